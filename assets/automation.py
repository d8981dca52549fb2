"""What starts by itself: a sensor that looks for what is stale, and the schedule of the product file.

Both ask the library what is stale and what to do, and do it: land a new window, or start one backfill. What was
decided is in the lineage log; the sensor's cursor only spares it a look.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.backfills import (
    backfill_under_way,
    clear_dead_runs,
    is_under_way,
    runs_of,
    start_backfill,
    tags_of,
    was_cancelled,
)
from assets.resources import Home
from assets.wiring import PRODUCT_TAG, Wiring
from supplychain.chain import Chain
from supplychain.errors import Busy, SupplyChainError
from supplychain.project import find_product
from supplychain.refresh import SCHEDULE, SENSOR, Decision, History, decide, finish, look, mark, note
from supplychain.refresh.history import BEING_DECIDED, DUE, PROPOSED, STARTED, decision_lock

LANDING = ("real", "tune", "gold", "set_aside", "drift")
"""What is made of a new window, before it is decided whether to release it."""
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
Context = dg.SensorEvaluationContext | dg.ScheduleEvaluationContext


def schedules_of(wiring: Wiring) -> list[dg.ScheduleDefinition]:
    """The product's schedule, if its file has one."""
    refresh = wiring.product.refresh
    if refresh is None or refresh.schedule is None:
        return []

    @dg.schedule(
        name=f"{wiring.group}__schedule",
        job_name=wiring.group,
        cron_schedule=refresh.schedule,
        execution_timezone=refresh.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Rebuilds what is stale of {wiring.product.name}, as one backfill.",
    )
    def scheduled(context: dg.ScheduleEvaluationContext, home: Home) -> dg.SkipReason:
        try:
            with _opened(wiring, home, wait=True) as chain:
                ended = _closed(context.instance, chain)
                decision = _decided(wiring, context, chain, SCHEDULE)
                return dg.SkipReason(
                    "; ".join(filter(None, (ended, _done(wiring, context, chain, decision, SCHEDULE))))
                )
        except SupplyChainError as error:
            return dg.SkipReason(f"{error}; nothing was started, and what is in force stays")

    return [scheduled]


def sensors_of(wiring: Wiring) -> list[dg.SensorDefinition]:
    """The sensor that looks for what is stale, if the product file wants one."""
    refresh = wiring.product.refresh
    if refresh is None or not refresh.watch:
        return []

    @dg.sensor(
        name=f"{wiring.group}__watch",
        job_name=wiring.group,
        minimum_interval_seconds=refresh.look_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Lands new windows of {wiring.product.name}, and rebuilds what is stale, as one backfill.",
    )
    def watch(context: dg.SensorEvaluationContext, home: Home) -> dg.SensorResult:
        try:
            with _opened(wiring, home, wait=False) as chain:
                return _watched(wiring, context, chain)
        except SupplyChainError as error:
            again = f"looked at again in {refresh.look_seconds} seconds; what is in force stays"
            return dg.SensorResult(skip_reason=f"{error}; {again}", cursor=context.cursor)

    return [watch]


@contextmanager
def _opened(wiring: Wiring, home: Home, *, wait: bool) -> Iterator[Chain]:
    """The product's chain, by its file as it is now, while nobody else decides on it."""
    store, name = home.store(), wiring.product.name
    with store.lock(decision_lock(name), why=BEING_DECIDED.format(name), wait=wait):
        yield Chain.open(find_product(name, wiring.root), wiring.root, store.url)


def _watched(wiring: Wiring, context: dg.SensorEvaluationContext, chain: Chain) -> dg.SensorResult:
    """One tick of the sensor. The cursor holds the mark of the last look, and the refresh that is under way."""
    cursor = json.loads(context.cursor or "{}")
    now = mark(chain)
    if cursor.get("open"):
        clear_dead_runs(context.instance, chain.store, chain.product.name)
    if cursor.get("open") and is_under_way(context.instance, cursor["open"]):
        return dg.SensorResult(skip_reason=f"refresh {cursor['open']} is under way", cursor=context.cursor)
    if now and now == cursor.get("mark") and not cursor.get("open"):
        return dg.SensorResult(skip_reason=f"nothing has changed; {cursor.get('words', '')}", cursor=context.cursor)
    ended = _closed(context.instance, chain)
    decision = _decided(wiring, context, chain, SENSOR)
    words = "; ".join(filter(None, (ended, _done(wiring, context, chain, decision, SENSOR))))
    settled = decision.action in ("nothing", "propose")
    incident = decision.incident.id if decision.incident else ""
    cursor = {
        "mark": mark(chain) if settled else "",
        "open": incident if decision.action == "start" else "",
        "words": words,
    }
    if decision.action != "land":
        return dg.SensorResult(skip_reason=words, cursor=json.dumps(cursor))
    assert decision.incident is not None
    request = dg.RunRequest(
        run_key=incident,
        partition_key=decision.incident.windows[0],
        asset_selection=[wiring.key(noun) for noun in LANDING],
        tags=dict(tags_of(decision.incident)),
    )
    return dg.SensorResult(run_requests=[request], cursor=json.dumps(cursor))


def _decided(wiring: Wiring, context: Context, chain: Chain, by: str) -> Decision:
    """Look, and decide; windows that were found become partitions first."""
    found = look(chain)
    wiring.register(context.instance, (cause.window for cause in (*found.causes, *found.held)))
    unknown = [cause for cause in found.causes if not _is_partition(wiring, cause.window)]
    if unknown:
        windows = ", ".join(dict.fromkeys(cause.window for cause in unknown))
        return Decision("wait", f"the product file has new windows ({windows}): reload the code location in Dagster")
    busy = _busy(context.instance, chain)
    return decide(chain, found, by=by, busy=busy, tried=lambda incident: bool(runs_of(context.instance, incident)))


def _is_partition(wiring: Wiring, window: str) -> bool:
    return wiring.product.finds_windows or window in wiring.product.windows


def _done(wiring: Wiring, context: Context, chain: Chain, decision: Decision, by: str) -> str:
    """Do what was decided, the backfill before the note of it; what was done, in words."""
    incident = decision.incident
    if incident is not None and decision.action == "wait" and by == SCHEDULE:  # the sensor starts it as soon as it can
        note(chain, incident, DUE, by=by, reason=decision.words)
    if incident is None or decision.action in ("land", "wait"):
        return decision.words
    if decision.action == "propose":
        note(chain, incident, PROPOSED, by=by, reason=decision.words)
        return f"proposed, {decision.words}: {incident.description}"
    assert context.repository_def is not None
    start_backfill(wiring, context.instance, context.repository_def.asset_graph, incident)
    note(chain, incident, STARTED, by=by, reason=incident.description)
    return f"backfill {incident.id} is started: {incident.description}"


def _closed(instance: dg.DagsterInstance, chain: Chain) -> str:
    """Note the end of the refresh that was started last, if it has ended since; how it ended, in words."""
    started = History.of(chain).open
    if started is None or is_under_way(instance, started.incident) or _held_by_command(chain):
        return ""
    cancelled = was_cancelled(instance, started.incident)
    return finish(chain, started, runs_of(instance, started.incident), cancelled=cancelled).reason


def _busy(instance: dg.DagsterInstance, chain: Chain) -> str:
    """What of the product is under way, in words."""
    product = chain.product.name
    clear_dead_runs(instance, chain.store, product)
    backfill = backfill_under_way(instance, product)
    if backfill:
        return f"backfill {backfill} is under way"
    runs = instance.get_runs(dg.RunsFilter(tags={PRODUCT_TAG: product}, statuses=UNFINISHED), limit=1)
    if runs:
        return f"run {runs[0].run_id[:8]} is under way"
    return _held_by_command(chain)


def _held_by_command(chain: Chain) -> str:
    """Whether the command is at work on the product, in words."""
    name = chain.product.name
    try:
        with chain.store.lock(name, why=f"the command runs {name}", shared=True):
            return ""
    except Busy as busy:
        return str(busy)
