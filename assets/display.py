"""How a commit looks in the UI: figures that Dagster plots, tables that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from supplychain.charts import data_uri
from supplychain.define.pictures import gap_pictures, gap_table, gap_words, plan_pictures, plan_table, plan_words
from supplychain.errors import one_line
from supplychain.gates.pictures import gate_pictures
from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, OUTCOMES
from supplychain.monitor import alarm
from supplychain.monitor import pictures as drift_pictures
from supplychain.roi.step import pictures
from supplychain.validate.pictures import evidence_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import polars as pl

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, GateResult, Output
    from supplychain.product import Product

SHOWN_ROWS = 40
PREVIEWED = {"gaps", "roi", "plan", "evidence", "feedback", "drift", "rebalance", "retired"}
"""Assets that are small tables of measurements, shown whole. Rows about people are never shown."""


def declared_columns(product: Product) -> dict[str, Any]:
    """The product file's words on its columns."""
    columns = [
        dg.TableColumn(
            name,
            column.kind or "string",
            description=f"{column.description} ({column.unit})" if column.unit else column.description or None,
            tags={"sensitive": ""} if name in product.sensitive else {},
        )
        for name, column in product.columns.items()
        if name not in product.drop
    ]
    return {"dagster/column_schema": dg.TableSchema(columns)} if columns else {}


def of_output(chain: Chain, commit: Commit, output: Output) -> dict[str, Any]:
    """Metadata of a materialised asset."""
    try:
        shown = _shown_first(chain, commit, output)
    except Exception as error:  # noqa: BLE001  (the work is committed: no picture of it may fail the step)
        shown = {"charts": f"could not be drawn ({type(error).__name__}: {one_line(str(error))})"}
    metadata = shown | {name: value for name, value in output.notes.items() if value is not None and name not in shown}
    metadata["content"] = output.content[:16]
    metadata["step_seconds"] = commit.seconds
    metadata["cpu_seconds"] = commit.cpu_seconds
    if output.path:
        metadata["path"] = dg.MetadataValue.path(chain.store.path(output.path))
        metadata["bytes"] = output.bytes
    if output.path.endswith(".parquet"):
        metadata["dagster/row_count"] = output.rows
        if output.asset not in PREVIEWED:  # a list of columns above what is measured would hide it
            metadata["dagster/column_schema"] = actual_columns(chain.product, output.columns)
        elif "table" not in metadata and output.rows:
            metadata["table"] = _table(chain.store.read_table(output.table))
    return metadata


def _shown_first(chain: Chain, commit: Commit, output: Output) -> dict[str, Any]:
    """What a person reads first of `gaps`, `roi`, `plan`, `evidence`, `drift` and a tournament."""
    shown = _SHOWN.get(output.asset)
    return shown(chain, commit, output) if shown else {}


def _of_gaps(chain: Chain, _: Commit, output: Output) -> dict[str, Any]:
    gaps = chain.store.read_table(output.table)
    return _told(gap_words(gaps), gap_pictures(gaps), gap_table(gaps))


def _of_plan(chain: Chain, _: Commit, output: Output) -> dict[str, Any]:
    plan = chain.store.read_table(output.table)
    return _told(plan_words(plan), plan_pictures(plan), plan_table(plan, chain.product.levers.cost.currency))


def _of_evidence(chain: Chain, _: Commit, output: Output) -> dict[str, Any]:
    evidence = chain.store.read_table(output.table)
    return {**_charts(evidence_pictures(evidence)), "table": _table(evidence)}


def _of_tournament(chain: Chain, commit: Commit, output: Output) -> dict[str, Any]:
    if "entrant" not in output.notes:
        return {}
    entrants = chain.store.read_table(commit.output("tournament").table)
    return {"reason": str(output.notes["reason"]), "table": _table(entrants)}


def _told(words: str, drawn: Mapping[str, str], shown: pl.DataFrame) -> dict[str, Any]:
    table = {"table": _table(shown)} if shown.height else {}
    return {"in_words": dg.MetadataValue.md(words), **_charts(drawn, words), **table}


def _charts(drawn: Mapping[str, str], words: str = "") -> dict[str, Any]:
    """The charts under the words, as images in markdown: markup is not shown."""
    pictured = (f"![{title}]({data_uri(svg)})" for title, svg in drawn.items())
    return {"charts": dg.MetadataValue.md("\n\n".join(filter(None, (words, *pictured))))} if drawn else {}


def _of_roi(chain: Chain, commit: Commit, output: Output) -> dict[str, Any]:
    """The friction beside the comparison, and both as pictures; lines of text as paragraphs."""
    strategies, sensitivity, friction = (
        chain.store.read_table(one.table) for one in (output, commit.output("sensitivity"), commit.output("friction"))
    )
    drawn = pictures(strategies, sensitivity, chain.product.levers.cost.currency)
    notes = {
        name: dg.MetadataValue.md(text.replace("\n", "\n\n"))
        for name in ("to_know", "break_even")
        if isinstance(text := output.notes.get(name), str)
    }
    verdict = str(output.notes.get("verdict") or "")
    tables = {"table": _table(strategies), "friction": _table(friction)}
    return {"verdict": verdict} | _charts(drawn, verdict) | notes | tables


def of_drift(chain: Chain, output: Output) -> dict[str, Any]:
    """What moved, the cause first, with pictures; the table below them."""
    table = chain.store.read_table(output.table)
    against = str(output.notes.get("compared_with"))
    words = alarm(table, against=f"release {against}" if table.height else against)
    return _told(words, drift_pictures(table), table.drop("words"))


_SHOWN: dict[str, Callable[[Chain, Commit, Output], dict[str, Any]]] = {
    "gaps": _of_gaps,
    "roi": _of_roi,
    "plan": _of_plan,
    "evidence": _of_evidence,
    "drift": lambda chain, _, output: of_drift(chain, output),
    "synthesizer": _of_tournament,
}


def _table(frame: pl.DataFrame) -> dg.TableMetadataValue:
    records = [dg.TableRecord(_rounded(row)) for row in frame.head(SHOWN_ROWS).iter_rows(named=True)]
    return dg.MetadataValue.table(records)


def actual_columns(product: Product, columns: Mapping[str, str]) -> dg.TableSchema:
    """The columns that a table really has, with the product file's words on them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                kind,
                description=(column.description or None) if (column := product.columns.get(name)) else None,
                tags={"sensitive": ""} if name in product.sensitive else {},
            )
            for name, kind in columns.items()
        ]
    )


_RULES = dg.TableSchema(
    [dg.TableColumn(name, "string") for name in ("rule", "verdict", "severity", "found", "wanted", "moved by", "why")]
)


def gate_words(gate: GateResult) -> str:
    """One line on a rule that did not hold: too few data to tell, waived, or simply broken."""
    found = f"{gate.rule}: found {gate.observed}, wanted {gate.limit}"
    if gate.waiver:
        return f"{found} (waived until {gate.waiver.until} by {gate.waiver.by}: {gate.waiver.reason})"
    return f"{found} (too little data to tell)" if gate.outcome == INCONCLUSIVE else found


def of_gates(results: Iterable[GateResult]) -> dict[str, Any]:
    """Metadata of a check: a picture, a line a rule, and each score as a number by itself so that Dagster plots it."""
    results = sorted(results, key=lambda gate: (-OUTCOMES.index(gate.outcome), gate.rule))
    records = [
        dg.TableRecord(
            {
                "rule": gate.rule,
                "verdict": f"{gate.outcome}, waived" if gate.waiver else gate.outcome,
                "severity": gate.severity,
                "found": gate.observed,
                "wanted": gate.limit,
                "moved by": gate.set_by,
                "why": gate.why,
            }
        )
        for gate in results
    ]
    return {
        **_charts(gate_pictures(results)),
        "rules": dg.MetadataValue.table(records, schema=_RULES),
        "rules_held": sum(gate.passed for gate in results),
        "rules_inconclusive": sum(gate.outcome == INCONCLUSIVE for gate in results),
        "rules_failed": sum(gate.outcome == FAIL for gate in results),
        **{name: figure for gate in results for name, figure in _figures(gate)},
    }


def _figures(gate: GateResult) -> Iterator[tuple[str, float]]:
    """Each score under the rule's name, with its scope where that is not everything."""
    for scope, figure in gate.figures.items():
        yield (gate.rule if scope == "all" else f"{gate.rule}, {scope}"), figure


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its figures in four digits, as a person reads them."""
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in row.items()}


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value).replace("|", "\\|")


def summary(metadata: Mapping[str, Any]) -> str:
    """The few figures of a materialisation that fit a line on a terminal."""
    shown = (
        "version",
        "rows",
        "gaps",
        "best",
        "headline",
        "rows_planned",
        "synthesizer",
        "entrant",
        "share_of_plan",
        "broke_a_rule",
        "never_met",
        "not_new",
        "doubted",
        "surplus",
        "synthetic_share",
        "sample",
        "compared_with",
        "most_moved",
        "observed",
        "predictions",
        "foremost",
    )
    return ", ".join(f"{name} {_cell(metadata[name])}" for name in shown if metadata.get(name) is not None)
