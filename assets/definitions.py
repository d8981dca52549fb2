"""What Dagster loads: every product of the project in whose folder it is started."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType

import dagster as dg

from assets.resources import Home
from supplychain.project import product_files, project_root, read_product


def definitions_of(root: Path, *, home: str = "") -> dg.Definitions:
    """The definitions of the products under `assets/products/` of a project.

    Args:
        root: The project.
        home: The state root; what the environment says, where empty.

    Raises:
        BadInput: A product file cannot be used; in one line, before Dagster says it in fifty.
    """
    for file in product_files(root).values():
        read_product(file, root)
    # The products' folder as a module: it may lie in another project than this code.
    products = ModuleType("assets.products")
    products.__file__ = str(root / "assets" / "products" / "__init__.py")
    products.__path__ = [str(root / "assets" / "products")]
    shared = dg.Definitions(resources={"home": Home(url=home)}, executor=dg.in_process_executor)
    with warnings.catch_warnings():
        # Partitioned checks are a preview in Dagster 1.13; see docs/decisions/.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        tree = dg.ComponentTree.from_module(products, project_root=root)
        return dg.Definitions.merge(tree.build_defs(), shared)


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this project."""
    return definitions_of(project_root())
