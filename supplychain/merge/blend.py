"""The blend of a window, built only from rows whose gates said yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import GateRefused
from supplychain.gates import suite_hash
from supplychain.ledger.verdicts import excused, in_force, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.chain import Chain
    from supplychain.ledger import Commit, GateResult, Waiver
    from supplychain.product import Product
    from supplychain.step import Step
    from supplychain.tables import TableScan, TableWriter

GENERATION_DEPTH = 1
"""Synthetic rows are made by models of real rows alone: a source that holds synthetic ones is refused."""


def blend(chain: Chain, window: str) -> Commit:
    """Write `blend`: the window's real rows, then its accepted rows, with `_origin`, `_batch`, `_row` and `_weight`.

    The verdicts are read from the lineage log, of exactly the contents that are taken: Dagster's blocking checks
    hold only within the run that contains them. Gold and tune rows never enter. Every real row stays, at its full
    weight, but for those of one entity that came twice; a synthetic row weighs what was measured for its slice.

    Raises:
        GateRefused: A critical gate refused, or has not judged, what would be taken.
    """
    with chain.step("merge", window) as step:
        real, accepted = step.scan("real"), step.scan("accepted")
        without, weights = refused_by_people(step), chosen_weights(step.read("evidence"))
        step.waivers = require_verdicts(chain, window, {item.asset: item.content for item in step.inputs})
        _say(chain, weights)
        with step.open_table("blend") as table:
            combine(table, real, accepted, weights, chain.product, without=without)
    return step.done


def combine(
    table: TableWriter,
    real: TableScan,
    accepted: TableScan,
    weights: dict[str, float],
    product: Product,
    *,
    without: pl.DataFrame | None = None,
) -> None:
    """Write real rows, then synthetic ones, piece by piece: memory does not grow with the rows.

    Args:
        table: What is written; its notes say what travels with the data.
        real: Real rows of role train.
        accepted: Accepted rows.
        weights: What a synthetic row weighs, by the slice that it was made for.
        product: The product: its survey weights and entity.
        without: `_batch` and `_row` of accepted rows that are left out.
    """
    kept, real_weight = _write(table, _real(real, product))
    made, weight = _write(table, _synthetic(accepted, weights, table, without))
    table.notes = {
        "real_rows": kept,
        "repeated_rows": real.rows - kept,
        "synthetic_rows": made,
        "synthetic_share": made / max(kept + made, 1),
        "synthetic_weight": round(weight / (real_weight + weight or 1.0), 6),
        "weights": ", ".join(f"{name} {weight:.3g}" for name, weight in sorted(weights.items())),
        "generation_depth": GENERATION_DEPTH,
    }


def chosen_weights(evidence: pl.DataFrame) -> dict[str, float]:
    """What a synthetic row weighs, by the slice that it was made for, as the evidence says."""
    chosen = evidence.filter(pl.col("metric") == "weight.chosen")
    return dict(chosen.select("scope", "value").iter_rows())


def _write(table: TableWriter, pieces: Iterable[pl.DataFrame]) -> tuple[int, float]:
    """Write rows piece by piece; how many they are, and what they weigh together."""
    rows, weight = 0, 0.0
    for piece in pieces:
        table.write(piece)
        rows, weight = rows + piece.height, weight + float(piece["_weight"].sum())
    return rows, weight


def _real(scan: TableScan, product: Product) -> Iterator[pl.DataFrame]:
    """The real rows piece by piece, each with its survey weight over the mean, 1 where there is none.

    Of a row that stands twice for one declared entity the first is kept: it was sent twice.
    """
    mean = _mean(scan, product.weight) if product.weight else 1.0
    first, start = _first(scan) if product.entity else None, 0
    for piece in scan.pieces():
        rows = piece if first is None else piece.filter(first.slice(start, piece.height))
        given = rows[product.weight].cast(pl.Float64).fill_null(0.0) / mean if product.weight else pl.lit(1.0)
        start += piece.height
        yield rows.drop("_entity").with_columns(
            pl.lit("real").alias("_origin"),
            pl.lit(None, pl.String).alias("_batch"),
            pl.lit(None, pl.Int64).alias("_row"),
            given.alias("_weight"),
        )


def _mean(scan: TableScan, column: str) -> float:
    return float(scan.select([column])[column].cast(pl.Float64).fill_null(0.0).mean() or 1.0)  # type: ignore[arg-type]


def _first(scan: TableScan) -> pl.Series:
    """Whether each row is the first of its kind; by a hash of 64 bits, so that memory holds no rows."""
    return pl.concat([piece.hash_rows() for piece in scan.pieces()]).is_first_distinct()


def _synthetic(
    scan: TableScan, weights: dict[str, float], table: TableWriter, without: pl.DataFrame | None
) -> Iterator[pl.DataFrame]:
    """The accepted rows piece by piece, each at the weight of its slice, with the columns that are written already.

    Raises:
        GateRefused: Of a slice no weight was measured.
    """
    for piece in scan.pieces():
        unknown = sorted(set(piece["_slice"].unique()) - weights.keys())
        if unknown:
            raise GateRefused(
                f"no weight was measured for slice {unknown[0]}; materialise evidence and its checks again"
            )
        left = (
            piece if without is None else piece.join(without, on=["_batch", "_row"], how="anti", maintain_order="left")
        )
        weight = left["_slice"].replace_strict(weights, return_dtype=pl.Float64)
        rows = left.with_columns(pl.lit("synthetic").alias("_origin"), weight.alias("_weight"))
        yield rows.select(pl.col(name).cast(dtype) for name, dtype in table.schema.items())


def _say(chain: Chain, weights: dict[str, float]) -> None:
    """Say aloud where synthetic rows count for nothing."""
    nothing = [name for name, weight in weights.items() if not weight]
    if nothing:
        chain.progress(f"synthetic rows made for {', '.join(nothing)} weigh nothing: tune shows no worth in them")


def refused_by_people(step: Step) -> pl.DataFrame | None:
    """`_batch` and `_row` of the accepted rows that a person rejected; None where the product is not reviewed."""
    if step.chain.product.review is None:
        return None
    rejected = step.read("rejected")
    return rejected.filter(pl.col("_rules").list.first().str.starts_with("review:")).select("_batch", "_row")


def require_verdicts(chain: Chain, window: str, taken: dict[str, str]) -> list[Waiver]:
    """Refuse unless every gate on these real rows, these accepted rows and the evidence about both has said yes.

    A rule that a person has waived until today or later does not refuse.

    Args:
        chain: The product and its store.
        window: The window.
        taken: Asset to content: `real`, `accepted` and `evidence`.

    Returns:
        The waivers without which it would have refused.

    Raises:
        GateRefused: Names the gate, what was found and what was expected, or what has not been judged.
    """
    found = chain.ledger.find(chain.product.name, "evidence", window)
    assert found is not None, "the evidence was read a moment ago"
    measured = {item.asset: item.content for item in found[0].inputs}
    stale = [asset for asset in ("real", "accepted") if measured[asset] != taken[asset]]
    if stale:
        raise GateRefused(
            f"product {chain.product.name}: window {window}: the evidence is about another content of "
            f"{', '.join(stale)}; materialise evidence and its checks again"
        )
    if chain.product.review:
        _require_review(chain, window, taken["accepted"])
    waivers, leaned_on = in_force(chain.ledger, chain.product.name, window), []
    for asset, suite in (("real", "real"), ("accepted", "synthetic"), ("evidence", "evidence")):
        results = excused(chain.ledger.gates(chain.product.name, asset, taken[asset]), waivers)
        _require(chain, window, asset, suite, [gate for gate in results if gate.suite == suite])
        leaned_on += [gate.waiver for gate in results if gate.waiver]
    return leaned_on


def _require_review(chain: Chain, window: str, accepted: str) -> None:
    """Refuse unless people have judged exactly these rows, by the lot that is current, and said yes."""
    where = f"product {chain.product.name}: window {window}"
    lot = chain.ledger.find(chain.product.name, "lot", window)
    judged = chain.ledger.gates(chain.product.name, "accepted", accepted)
    results = [gate for gate in judged if gate.suite == "review" and lot and gate.suite_hash == lot[1].content[:16]]
    if not results:
        raise GateRefused(f"{where}: nobody has been asked to review accepted; materialise lot with its check")
    refused = [gate for gate in results if gate.blocks]
    if refused:
        raise GateRefused(refusal(refused[0], where))


def _require(chain: Chain, window: str, asset: str, suite: str, results: list[GateResult]) -> None:
    now = suite_hash(chain.suite_file(suite), chain.root, chain.product.lever_values)
    where = f"product {chain.product.name}: window {window}"
    if not results:
        raise GateRefused(f"{where}: {asset} has not been judged; materialise it with its checks")
    if any(gate.suite_hash != now for gate in results):
        raise GateRefused(
            f"{where}: {asset} was judged by another {suite}.yaml than the present one; run the window again"
        )
    refused = [gate for gate in results if gate.blocks]
    if refused:
        raise GateRefused(refusal(refused[0], where))
