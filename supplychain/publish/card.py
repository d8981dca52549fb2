"""The data card: what a person reads before using a release. It is `README.md` in the release's folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from supplychain.ledger.verdicts import INCONCLUSIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.ledger import Evidence, GateResult
    from supplychain.product import Product

_SHOWN = (
    "discriminator.auc",
    "marginal.mean",
    "pair.mean",
    "tstr.auc",
    "tstr.ratio",
    "copies.share",
    "copies.excess",
)


def card(
    product: Product,
    number: str,
    windows: list[dict[str, Any]],
    evidence: dict[str, list[Evidence]],
    gates: dict[str, list[GateResult]],
) -> str:
    """The card as Markdown; every figure in it comes from the lineage log.

    Args:
        product: The product.
        number: The version.
        windows: The windows' entries of the manifest.
        evidence: Window to its measurements.
        gates: Window to the verdicts on it.
    """
    real = sum(int(entry["real_rows"]) for entry in windows)
    synthetic = sum(int(entry["synthetic_rows"]) for entry in windows)
    lines = [
        "---",
        f"license: {json.dumps(product.source.licence or 'unknown')}",
        "tags: [tabular, synthetic]",
        "---",
        f"# {product.name} {number}",
        "",
        product.description,
        "",
        f"**{synthetic:,} of {real + synthetic:,} rows are synthetic** (`_origin = 'synthetic'`); "
        f"the other {real:,} are real rows of the role `train`.",
        f"The outcome is `{product.outcome.name}`"
        + (f", true where `{product.outcome.where}`." if product.outcome.where else "."),
        "",
        f"Origin of the real rows: {product.source.origin or 'not stated'}",
        "",
        "| window | real rows | synthetic rows | synthesizer |",
        "|---|---:|---:|---|",
        *(
            f"| {entry['window']} | {entry['real_rows']:,} | {entry['synthetic_rows']:,} "
            f"| {', '.join(sorted({batch['synthesizer'] for batch in entry['batches']}))} |"
            for entry in windows
        ),
    ]
    for entry in windows:
        window = str(entry["window"])
        lines += ["", *_window(window, evidence[window], gates[window])]
    lines += [
        "",
        "## How to read it",
        "",
        "`_origin` is real or synthetic, `_weight` the weight in training, `_batch` the batch that made a synthetic",
        "row, `_row` its number there. `supplychain verify` checks every byte; `supplychain lineage` tells its origin.",
        "Synthetic rows are no evidence about a person. Do not judge a model on them: judge it on real rows.",
        "",
    ]
    return "\n".join(lines)


def _window(window: str, evidence: list[Evidence], gates: list[GateResult]) -> Iterable[str]:
    failed = [gate for gate in gates if not gate.passed]
    yield f"## Window {window}"
    yield ""
    yield f"{len(gates) - len(failed)} of {len(gates)} expectations held." + (
        " These did not; none of them stops a release, or a person has waived it:" if failed else ""
    )
    for gate in failed:
        yield f"- {_words(gate)}: found {gate.observed}, wanted {gate.limit}. {gate.why}{_waived(gate)}"
    yield ""
    yield "| measure | value | 95% interval | reference (real rows) | rows |"
    yield "|---|---:|---|---:|---:|"
    for row in evidence:
        if row.metric in _SHOWN:
            interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None and row.high is not None else ""
            reference = f"{row.reference:.3f}" if row.reference is not None else ""
            yield f"| {row.metric} | {row.value:.3f} | {interval} | {reference} | {row.n:,} |"


def _words(gate: GateResult) -> str:
    doubt = ", too little data to tell" if gate.outcome == INCONCLUSIVE else ""
    return f"**{gate.rule}** ({gate.severity}{doubt})"


def _waived(gate: GateResult) -> str:
    waiver = gate.waiver
    return f" **Waived until {waiver.until} by {waiver.by}: {waiver.reason}**" if waiver else ""
