"""The gates as asset checks: one check a gate, blocking where one of its expectations is critical.

Rows are judged in the step that lands or screens them; their checks show the verdict that was kept. Evidence and
drift are judged here, so that executing a check again judges by the suite as it stands now.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dagster as dg

from assets import display
from assets.resources import Home
from assets.wiring import TRANSIENT, Wiring
from supplychain.chain import Chain
from supplychain.gates import declared_gates
from supplychain.ledger import Commit, GateResult, Output
from supplychain.ledger.verdicts import excused, in_force
from supplychain.monitor import judge_drift
from supplychain.validate import judge_evidence

Judge = Callable[[Chain, str], Commit | None]


def checks_of(wiring: Wiring) -> list[dg.AssetChecksDefinition]:
    """The checks on `real`, `accepted`, `evidence` and `drift`."""
    return [
        checks
        for asset, suite, only_drift, judge in (
            ("real", "real", False, None),
            ("accepted", "synthetic", False, None),
            ("evidence", "evidence", False, judge_evidence),
            ("drift", "evidence", True, judge_drift),
        )
        for checks in _checks_on(wiring, asset, suite, judge, only_drift=only_drift)
    ]


def _checks_on(
    wiring: Wiring, asset: str, suite: str, judge: Judge | None, *, only_drift: bool
) -> Iterable[dg.AssetChecksDefinition]:
    declared = declared_gates(wiring.root / "expectations" / wiring.product.name / f"{suite}.yaml")
    gates = {gate: blocks for gate, blocks in declared.items() if (gate == "drift") == only_drift}
    if not gates:
        return

    @dg.multi_asset_check(
        name=f"{wiring.group}__{asset}_gates",
        specs=[
            dg.AssetCheckSpec(
                gate,
                asset=wiring.key(asset),
                blocking=blocks,
                partitions_def=wiring.windows,
                description=f"The gate {gate} of expectations/{wiring.product.name}/{suite}.yaml",
            )
            for gate, blocks in gates.items()
        ],
        can_subset=True,
        retry_policy=TRANSIENT,
        pool=wiring.group,
    )
    def checks(context: dg.AssetCheckExecutionContext, home: Home) -> Iterator[dg.AssetCheckResult]:
        with wiring.chain(context, home) as chain:
            if judge:
                judge(chain, context.partition_key)
            output = chain.ledger.current(wiring.product.name, asset, context.partition_key)
            shown = display.of_drift(chain, output) if only_drift else {}
            waivers = in_force(chain.ledger, wiring.product.name, context.partition_key)
            results = excused(chain.ledger.gates(wiring.product.name, asset, output.content), waivers)
            for key in context.selected_asset_check_keys:
                yield _result(key, [gate for gate in results if gate.gate == key.name], output, shown)

    yield checks


def _result(
    key: dg.AssetCheckKey, results: list[GateResult], output: Output, shown: dict[str, Any]
) -> dg.AssetCheckResult:
    """What a gate said; a failed one with the cause in words where the asset's notes tell it."""
    failed = [gate for gate in results if not gate.passed]
    blocking = any(gate.blocks for gate in failed)
    words = [display.gate_words(gate) for gate in failed]
    cause = output.notes.get("cause")
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join([str(cause), *words] if failed and cause else words)
        or (f"{len(results)} expectations held" if results else "nothing to judge yet"),
        metadata={**shown, **display.of_gates(results)},
    )
