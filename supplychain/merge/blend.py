"""The blend of a window, built only from rows whose gates said yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import GateRefused
from supplychain.gates import suite_hash
from supplychain.ledger.verdicts import excused, in_force, refusal

if TYPE_CHECKING:
    from supplychain.chain import Chain, Step
    from supplychain.ledger import Commit, GateResult, Waiver


def blend(chain: Chain, window: str) -> Commit:
    """Write `blend`: the window's real rows, then its accepted rows, with `_origin`, `_batch`, `_row` and `_weight`.

    The verdicts are read from the lineage log, of exactly the contents that are taken: Dagster's blocking checks
    hold only within the run that contains them. Gold and tune rows never enter.

    Raises:
        GateRefused: A critical gate refused, or has not judged, what would be taken.
    """
    with chain.step("merge", window) as step:
        real = step.read("real")
        accepted = without_refused(step, step.read("accepted"))
        step.refer("evidence")
        step.waivers = require_verdicts(chain, window, {item.asset: item.content for item in step.inputs})
        weight = chain.product.levers.risk.synthetic_weight
        both = pl.concat(
            [
                real.drop("_entity").with_columns(
                    pl.lit("real").alias("_origin"),
                    pl.lit(None, pl.String).alias("_batch"),
                    pl.lit(None, pl.Int64).alias("_row"),
                    _weights(real, chain.product.weight).alias("_weight"),
                ),
                accepted.drop("_slice", "_repaired", "_entity", strict=False).with_columns(
                    pl.lit("synthetic").alias("_origin"), pl.lit(weight).alias("_weight")
                ),
            ],
            how="diagonal",
        )
        step.write(
            "blend",
            both,
            real_rows=real.height,
            synthetic_rows=accepted.height,
            synthetic_share=accepted.height / max(both.height, 1),
        )
    return step.done


def _weights(real: pl.DataFrame, column: str | None) -> pl.Series:
    """What each real row counts for in training: its survey weight over the mean, 1 where there is none."""
    if column is None:
        return pl.repeat(1.0, real.height, dtype=pl.Float64, eager=True)
    given = real[column].cast(pl.Float64).fill_null(0.0)
    return given / (given.mean() or 1.0)


def without_refused(step: Step, accepted: pl.DataFrame) -> pl.DataFrame:
    """The accepted rows without those that a person rejected, where the product is reviewed."""
    if step.chain.product.review is None:
        return accepted
    by_people = step.read("rejected").filter(pl.col("_rules").list.first().str.starts_with("review:"))
    return accepted.join(by_people, on=["_batch", "_row"], how="anti", maintain_order="left")


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
