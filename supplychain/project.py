"""A project: the folder with `workspace.yaml` and `assets/`, and the product files in it, read strictly.

What is wrong with a product file is said in one line with its place; what a product is stands in `product.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from supplychain.documents import line_of, plain, read_yaml
from supplychain.errors import BadInput, nearest
from supplychain.part import PATTERNS
from supplychain.product import Product

COMPONENT = "assets.DataProduct"
TOP_KEYS = ("type", "attributes", "requirements", "post_processing", "template_vars_module")
"""What may stand at the top of a product file: a component file's keys, as Dagster has them."""


def file_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a whole product file, by which editors complete and check it."""
    attributes = Product.model_json_schema()
    parts = attributes.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A product file of supplychain",
        "description": "assets/products/NAME/defs.yaml: one declared data product.",
        "type": "object",
        "properties": {
            "type": {"const": COMPONENT, "description": "What Dagster makes of this file."},
            "attributes": {"$ref": "#/$defs/Product"},
            "requirements": {"type": "object", "description": "What the component needs, as Dagster has it."},
            "post_processing": {"type": "object", "description": "Changes to the definitions, as Dagster has them."},
            "template_vars_module": {"type": ["string", "null"], "description": "Template variables of Dagster."},
        },
        "required": ["type", "attributes"],
        "additionalProperties": False,
        "$defs": {**parts, "Product": attributes},
    }


def project_root(start: Path | None = None) -> Path:
    """The nearest folder, from `start` upwards, that holds `workspace.yaml` and `assets/`.

    Raises:
        BadInput: There is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "workspace.yaml").is_file() and (folder / "assets").is_dir():
            return folder
    raise BadInput(
        "no project here: neither this folder nor one above it has workspace.yaml and assets/",
        where=here,
        remedy="change into the project's folder",
    )


def product_files(root: Path) -> dict[str, Path]:
    """Product name to product file, sorted by name."""
    files = (root / "assets" / "products").glob("*/defs.yaml")
    return {file.parent.name: file for file in sorted(files)}


def find_product(name: str, root: Path) -> Product:
    """The product of that name in the project.

    Raises:
        BadInput: It is not there, or its file cannot be used.
    """
    files = product_files(root)
    if name not in files:
        raise BadInput(f"there is no product {name!r}", where=root / "assets/products", remedy=nearest(name, files))
    return read_product(files[name], root)


def read_product(file: Path, root: Path | None = None) -> Product:
    """Read and check a product file.

    Args:
        file: The path of a `defs.yaml`.
        root: The project, to show the file's path relative to it.

    Raises:
        BadInput: Not readable, not YAML, not a product, or an unknown or ill-typed key: with file and line.
    """
    shown = file.relative_to(root) if root and file.is_relative_to(root) else file
    document = read_yaml(file, shown)
    if not isinstance(document, dict) or not isinstance(document.get("attributes"), dict):
        raise BadInput(
            "is not a product file",
            where=shown,
            remedy=f"write `type: {COMPONENT}` and `attributes:` at its top",
        )
    for key in document:
        if key not in TOP_KEYS:
            where = f"{shown}:{line_of(document, (key,))}"
            raise BadInput("unknown key", where=where, place=str(key), remedy=nearest(str(key), TOP_KEYS))
    if document.get("type") != COMPONENT:
        where = f"{shown}:{line_of(document, ('type',))}"
        problem = f"unknown type {document.get('type')!r}"
        raise BadInput(problem, where=where, place="type", remedy=f"write `type: {COMPONENT}`")
    attributes = document["attributes"]
    for key in SWITCHES:
        if key in attributes and attributes[key] is None:
            where, problem = f"{shown}:{line_of(attributes, (key,))}", "is empty, and would switch nothing on"
            raise BadInput(problem, where=where, place=key, remedy=f"write `{key}: {{}}`, or take it out")
    try:
        product = Product.model_validate(plain(attributes))
    except ValidationError as error:
        raise _first_error(error, attributes, shown) from None
    if product.name != file.parent.name:
        raise BadInput(
            f"{product.name!r} differs from the folder {file.parent.name!r}",
            where=f"{shown}:{line_of(attributes, ('name',))}",
            place="name",
            remedy="make them the same",
        )
    return product


SWITCHES = ("review", "refresh")
"""Sections that switch something on by being there: whoever writes one and leaves it empty means it."""
_WANTED = (
    ("int", "a whole number"),
    ("float", "a number"),
    ("bool", "true or false"),
    ("string_type", "a text, in quotes where YAML takes it for something else"),
    ("tuple", "a list, such as [a, b]"),
    ("dict", "a mapping, such as {key: value}"),
    ("model", "a mapping, such as {key: value}"),
    ("too_short", "at least one"),
)
"""Beginnings of pydantic's types of error, and what is to be written there."""


def with_levers(product: Product, settings: Mapping[str, Any]) -> Product:
    """The product with other levers, for one plan.

    Args:
        product: The product as its file says.
        settings: Dotted keys under `levers`, and their values.

    Raises:
        BadInput: A key is no lever, or its value does not fit.
    """
    document = product.model_dump(mode="json")
    for key, value in settings.items():
        *path, last = key.split(".")
        if path[:1] != ["levers"]:
            remedy = "levers can be set for one plan; change all else in the product file"
            raise BadInput("is no lever", where="--set", place=key, remedy=remedy)
        section = document
        for depth, part in enumerate(path):
            if not isinstance(section.get(part), dict):
                remedy = nearest(part, _keys_at(tuple(path[:depth])))
                raise BadInput("there is no such lever", where="--set", place=key, remedy=remedy)
            section = section[part]
        section[last] = value
    try:
        changed = Product.model_validate(document)
    except ValidationError as error:
        raise _first_error(error, document, None) from None
    if changed.levers.coverage.ways != product.levers.coverage.ways:
        raise BadInput(
            "decides which gaps are looked for, before there is a plan",
            where="--set",
            place="levers.coverage.ways",
            remedy="change it in the product file",
        )
    return changed.with_windows(product.windows)


def _first_error(error: ValidationError, attributes: Any, shown: Path | None) -> BadInput:  # noqa: ANN401
    """The first of pydantic's errors as one line with its place; a misspelt key before a missing one."""
    first = min(error.errors(), key=lambda one: one["type"] == "missing")
    kind = first["type"]
    path = (*first["loc"], *first.get("ctx", {}).get("place", ()))
    if kind != "missing":
        path = _written(attributes, path)
    place = ".".join(str(part) for part in path) or None
    where = f"{shown}:{line_of(attributes, path)}" if shown else "--set"
    if kind == "extra_forbidden":
        return BadInput("unknown key", where=where, place=place, remedy=nearest(str(path[-1]), _keys_at(path[:-1])))
    if kind == "missing":
        return BadInput("is missing", where=where, place=place, remedy="add it")
    message = first["msg"]
    if kind in ("value_error", "misplaced"):  # our own: problem and remedy in one
        return BadInput(message.removeprefix("Value error, "), where=where, place=place)
    given = first["input"]
    words = {type(None): "nothing", list: "a list", dict: "a mapping"}.get(type(given), repr(given))
    wanted = next((words for beginning, words in _WANTED if kind.startswith(beginning)), None)
    wanted = wanted or PATTERNS.get(first.get("ctx", {}).get("pattern", ""))
    remedy = f"write {wanted}" if wanted else re.sub(r"^\w+ should", "it should", message)
    return BadInput(f"{words} does not fit here", where=where, place=place, remedy=remedy)


def _written(attributes: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401  (any YAML value)
    """As much of a path as stands in the file: pydantic adds words of its own for keys and for unions."""
    node = attributes
    for depth, part in enumerate(path):
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return path[:depth]
    return path


def _keys_at(path: tuple[Any, ...]) -> list[str]:
    """The keys that the model allows at a place of the file."""
    model: Any = Product
    for part in path:
        field = model.model_fields.get(part) if isinstance(model, type) and issubclass(model, BaseModel) else None
        if field is None:
            continue  # a name of the user's own, inside a dictionary of parts
        model = next((kind for kind in _models_in(field.annotation)), None)
    return list(model.model_fields) if model else []


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401  (a type expression)
    from typing import get_args

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
