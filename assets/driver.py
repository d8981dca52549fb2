"""Runs a product's Dagster job in this process, with the project's own Dagster instance; and starts the UI.

The command line works through here: it starts the same assets as the browser does, and needs no webserver.
"""

from __future__ import annotations

import logging
import os
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import dagster as dg
from sqlalchemy.exc import OperationalError

from assets.backfills import tags_of
from assets.display import summary
from assets.wiring import BY_COMMAND, EXIT_CODE, PLAN_TAG, PRODUCT_TAG, Wiring
from supplychain.errors import DONE, FAILED, REFUSED, Busy, StoreFault, one_line
from supplychain.project import find_product
from supplychain.store import HOME_VARIABLE, Store

if TYPE_CHECKING:
    from dagster._core.events.log import EventLogEntry

    from supplychain.plan import Plan
    from supplychain.refresh import Incident

INSTANCE_FILE = "dagster.yaml"


@dataclass(frozen=True)
class Progress:
    """One thing that happened in a run.

    Attributes:
        kind: `start`, `made`, `held`, `warned`, `refused`, `log`, `end` or `failed`.
        step: The Dagster step.
        text: What to show.
    """

    kind: str
    step: str
    text: str = ""


@dataclass
class Outcome:
    """How a run ended: an exit code, and one line for each thing that went wrong."""

    run_id: str
    exit_code: int = DONE
    errors: list[str] = field(default_factory=list)


Watcher = Callable[[Progress], None]


def run_window(
    root: Path,
    product: str,
    window: str,
    *,
    store: Store,
    watch: Watcher,
    only: tuple[str, ...] = (),
    plan: Plan | None = None,
    incident: Incident | None = None,
) -> Outcome:
    """Materialise a window of a product, or only some of its assets, in this process.

    Args:
        root: The project.
        product: The product's name.
        window: The window's name.
        store: Where everything is written.
        watch: Called with each thing that happens.
        only: Nouns of the assets to make; all of them where empty.
        plan: A plan to apply as it is; without one the levers decide.
        incident: What makes the window stale, where it is rebuilt for that.

    Raises:
        Busy: Another run of the product is under way.
    """
    from assets.definitions import definitions_of

    with (
        store.lock(product, why=f"a run of {product} is under way"),
        _explained(store),
        opened_instance(root, store) as instance,
    ):
        _refuse_second_run(instance, product)
        if plan:
            store.write(plan.key, plan.to_json())
        definitions = definitions_of(root, home=store.url)
        Wiring(find_product(product, root), root).register(instance, [window])
        job = definitions.resolve_job_def(product.replace("-", "_"))
        outcome = Outcome(run_id=str(uuid.uuid4()))
        instance.add_event_listener(outcome.run_id, lambda entry: _report(entry, watch))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = job.execute_in_process(
                instance=instance,
                partition_key=window,
                run_id=outcome.run_id,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},  # the watcher shows it
                raise_on_error=False,
                tags={
                    PRODUCT_TAG: product,
                    BY_COMMAND: "command",
                    **({PLAN_TAG: plan.id} if plan else {}),
                    **(tags_of(incident) if incident else {}),
                },
                asset_selection=[dg.AssetKey([product, noun]) for noun in only] or None,
            )
        if not result.success:
            _explain(result, outcome)
        return outcome


@contextmanager
def _explained(store: Store) -> Iterator[None]:
    """Turn a failure of Dagster's own database into one line, which Dagster itself would print many times."""
    try:
        with redirect_stderr(_WithoutRepetition(sys.stderr)):
            yield
    except OperationalError as error:
        raise StoreFault(
            f"{store.url}/dagster: cannot write Dagster's database ({one_line(str(error.orig))}); "
            f"free some room there, or check that {HOME_VARIABLE} names a folder that you may write"
        ) from error


class _WithoutRepetition:
    """Standard error without Dagster's complaint about each event that it cannot store: the run fails too."""

    def __init__(self, inner: TextIO) -> None:
        self._inner = inner

    def write(self, text: str) -> int:
        """Write a text, unless it is that complaint."""
        if text.startswith("Exception while writing logger call to event log"):
            return len(text)
        return self._inner.write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever a stream has)
        return getattr(self._inner, name)


@contextmanager
def opened_instance(root: Path, store: Store) -> Iterator[dg.DagsterInstance]:
    """The project's Dagster instance; it lives under the state root."""
    home = instance_home(root, store)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def instance_home(root: Path, store: Store) -> Path:
    """The folder of the Dagster instance, with the project's `dagster.yaml` in it; DAGSTER_HOME is set to it."""
    base = store.local or root / ".supplychain"
    home = base / "dagster"
    with store.explained("prepare", str(home)):
        home.mkdir(parents=True, exist_ok=True)
        settings = (
            (root / INSTANCE_FILE).read_bytes()
            if (root / INSTANCE_FILE).is_file()
            else b"telemetry:\n  enabled: false\n"
        )
        target = home / INSTANCE_FILE
        if not target.is_file() or target.read_bytes() != settings:
            Store(str(home)).write(INSTANCE_FILE, settings)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home


def _refuse_second_run(instance: dg.DagsterInstance, product: str) -> None:
    """Refuse while a run of the product is under way that was started in the UI or by the daemon."""
    under_way = instance.get_runs(
        dg.RunsFilter(tags={PRODUCT_TAG: product}, statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
    )
    # A run of the command holds the product's lock as long as it lives: here its process is gone.
    others = [run for run in under_way if run.tags.get(BY_COMMAND) != "command"]
    for run in under_way:
        if run not in others:
            instance.report_run_failed(run, "the process that ran it is gone")
    if others:
        raise Busy(
            f"run {others[0].run_id[:8]} of {product} is under way in Dagster; wait for it, or terminate it in the UI"
        )


def _report(entry: EventLogEntry, watch: Watcher) -> None:
    event = entry.dagster_event
    if event is None:
        if entry.step_key and int(entry.level) == logging.INFO:
            watch(Progress("log", entry.step_key, entry.user_message))
        return
    step = (event.step_key or "").partition("__")[2]
    kind = event.event_type_value
    if kind == "STEP_START":
        watch(Progress("start", step))
    elif kind == "ASSET_MATERIALIZATION":
        metadata = event.materialization.metadata
        rows = metadata.get("dagster/row_count")
        text = summary({name: value.value for name, value in metadata.items()})
        noun = event.asset_key.path[-1] if event.asset_key else ""
        count = f"{rows.value:,} rows" if rows is not None else ""
        watch(Progress("made", step, ": ".join(filter(None, [noun, ", ".join(filter(None, [count, text]))]))))
    elif kind == "ASSET_CHECK_EVALUATION":
        data = event.asset_check_evaluation_data
        name = f"{data.asset_key.path[-1]} {data.check_name}"
        refused = "refused" if data.severity == dg.AssetCheckSeverity.ERROR else "warned"
        watch(Progress("held" if data.passed else refused, step, f"{name}: {data.description}"))
    elif kind == "STEP_SUCCESS":
        watch(Progress("end", step))
    elif kind == "STEP_FAILURE":
        watch(Progress("failed", step))


def _explain(result: Any, outcome: Outcome) -> None:  # noqa: ANN401  (a result of Dagster)
    """Turn the failures of a run into an exit code and one line each."""
    codes = []
    for event in result.all_events:
        if event.event_type_value != "STEP_FAILURE":
            continue
        data = event.step_failure_data
        user = data.user_failure_data
        error = data.error.cause if data.error and data.error.cls_name == "RetryRequestedFromPolicy" else data.error
        if user is not None and user.metadata and EXIT_CODE in user.metadata:
            codes.append(int(user.metadata[EXIT_CODE].value))
            outcome.errors.append(str(user.description))
        elif error is not None and error.cls_name == "DagsterAssetCheckFailedError":
            codes.append(REFUSED)
        else:
            codes.append(FAILED)
            message = error.message.strip().splitlines()[0] if error else "failed"
            outcome.errors.append(
                f"step {event.step_key}: {message}; run {outcome.run_id} in Dagster has the traceback"
            )
    outcome.exit_code = max(codes, default=FAILED)
