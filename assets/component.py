"""A product file becomes definitions: its assets, its checks and its job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import dagster as dg

from assets import define, generate, merge, monitor, publish, validate
from assets.checks import checks_of
from assets.wiring import PRODUCT_TAG, Wiring
from supplychain.product import Product

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass
class DataProduct(dg.Component):
    """A data product: real rows become released training data, in six steps.

    Its attributes are the product file's: see `supplychain.product.Product`.
    """

    product: Product
    root: Path

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """The attributes' model is the library's own."""
        return Product

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component of one product file; the file's project is the root of its sources and suites."""
        assert isinstance(attributes, Product)
        return cls(attributes, Path(context.project_root))

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """What `dg list components` shows."""
        return dg.ComponentTypeSpec(description=cls.__doc__, tags=["synthetic data"])

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The six steps in their order, the gates on them, and a job that runs them all."""
        del context
        wiring = Wiring(self.product, self.root)
        return dg.Definitions(
            assets=[
                *define.assets_of(wiring),
                *generate.assets_of(wiring),
                *validate.assets_of(wiring),
                *merge.assets_of(wiring),
                *publish.assets_of(wiring),
                *monitor.assets_of(wiring),
            ],
            asset_checks=checks_of(wiring),
            jobs=[
                dg.define_asset_job(
                    wiring.group,
                    selection=dg.AssetSelection.groups(wiring.group),
                    partitions_def=wiring.windows,
                    tags={PRODUCT_TAG: self.product.name},
                    description=f"All six steps of a window of {self.product.name}, with their gates.",
                )
            ],
        )
