"""A product file becomes definitions: its assets, its checks and its job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import dagster as dg
from pydantic import ModelWrapValidatorHandler, model_validator

from assets import define, generate, merge, monitor, publish, review, validate
from assets.automation import schedules_of, sensors_of
from assets.checks import checks_of
from assets.feedback import feedback_sensors_of
from assets.wiring import PRODUCT_TAG, Wiring
from supplychain.product import Product
from supplychain.project import read_product

if TYPE_CHECKING:
    from pydantic import BaseModel


class _Declared(Product):
    """The product's schema, for Dagster's tools, without its values.

    Dagster reads YAML 1.1, where `NO` is false and `12:30` is 750; the component reads its file by
    `read_product`, as the command does, so that both see the same product.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _unread(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        del data, handler
        nothing: dict[str, Any] = {}
        return cast("Self", cls.model_construct(**nothing))


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
        return _Declared

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component of one product file; the file's project is the root of its sources and suites."""
        del attributes
        root = Path(context.project_root)
        return cls(read_product(context.path / "defs.yaml", root), root)

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """What `dg list components` shows."""
        return dg.ComponentTypeSpec(description=cls.__doc__, tags=["synthetic data"])

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The six steps in their order, the gates on them, and a job that runs them all."""
        del context
        wiring = Wiring(self.product, self.root)
        job = dg.define_asset_job(
            wiring.group,
            selection=dg.AssetSelection.groups(wiring.group),
            partitions_def=wiring.windows,
            tags={PRODUCT_TAG: self.product.name},
            description=f"All six steps of a window of {self.product.name}, with their gates.",
        )
        return dg.Definitions(
            assets=[
                *define.assets_of(wiring),
                *generate.assets_of(wiring),
                *validate.assets_of(wiring),
                *review.assets_of(wiring),
                *merge.assets_of(wiring),
                *publish.assets_of(wiring),
                *monitor.assets_of(wiring),
            ],
            asset_checks=[*checks_of(wiring), *review.checks_of(wiring)],
            jobs=[job],
            schedules=schedules_of(wiring),
            sensors=[*sensors_of(wiring), *feedback_sensors_of(wiring), *review.sensors_of(wiring)],
        )
