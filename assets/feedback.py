"""A folder of feedback that is watched: new files are taken in, and what they tell is measured."""

from __future__ import annotations

import json

import dagster as dg

from assets.resources import Home
from assets.wiring import PRODUCT_TAG, Wiring
from supplychain.chain import Chain
from supplychain.errors import SupplyChainError
from supplychain.monitor import AGAIN, WRITING, Taken, folder_mark, observe, unmeasured
from supplychain.project import find_product

LOOK_SECONDS = 60
MEASURED = ("feedback", "drift", "rebalance", "retired")
"""What new feedback makes stale."""


def feedback_sensors_of(wiring: Wiring) -> list[dg.SensorDefinition]:
    """The sensor on `monitor.feedback.folder`, if the product file names one."""
    folder = wiring.product.monitor.feedback.folder
    if folder is None:
        return []

    @dg.sensor(
        name=f"{wiring.group}__feedback",
        job_name=wiring.group,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Takes in predictions and outcomes that come to {folder}, and measures them.",
    )
    def sensor(context: dg.SensorEvaluationContext, home: Home) -> dg.SensorResult:
        try:
            now = folder_mark(wiring.root / folder)
            if context.cursor and json.loads(context.cursor)["mark"] == now:
                return dg.SensorResult(skip_reason=f"{folder}: no file has changed", cursor=context.cursor)
            name = wiring.product.name
            chain = Chain.open(find_product(name, wiring.root), wiring.root, home.store().url)
            taken = observe(chain, wiring.root / folder)
            return _measured(wiring, taken, unmeasured(chain), now)
        except (SupplyChainError, OSError) as error:
            return dg.SensorResult(skip_reason=f"{error}; looked at again", cursor=context.cursor)

    return [sensor]


def _measured(wiring: Wiring, taken: list[Taken], stale: dict[str, str], mark: str) -> dg.SensorResult:
    """A run for each window whose feedback is another now; a file that is still being written is looked at again."""
    requests = [
        dg.RunRequest(
            run_key=f"{wiring.product.name} feedback {window} {contents}",
            partition_key=window,
            asset_selection=[wiring.key(noun) for noun in MEASURED],
            tags={PRODUCT_TAG: wiring.product.name},
        )
        for window, contents in stale.items()
    ]
    told = "; ".join(one.words for one in taken if one.status != AGAIN) or "nothing new has come"
    cursor = json.dumps({"mark": "" if any(one.status == WRITING for one in taken) else mark})
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else told, cursor=cursor)
