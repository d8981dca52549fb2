"""The blend of a window, built only from rows whose gates said yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import BadInput, GateRefused
from supplychain.store import sha256

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit, GateResult


def blend(chain: Chain, window: str) -> Commit:
    """Write `blend`: the window's real rows, then its accepted rows, with `_origin`, `_batch`, `_row` and `_weight`.

    The verdicts are read from the lineage log, of exactly the contents that are taken: Dagster's blocking checks
    hold only within the run that contains them. Gold and tune rows never enter.

    Raises:
        GateRefused: A critical gate refused, or has not judged, what would be taken.
    """
    with chain.step("merge", window) as step:
        real = step.read("real")
        accepted = step.read("accepted")
        require_verdicts(chain, window)
        weight = chain.product.levers.risk.synthetic_weight
        both = pl.concat(
            [
                real.drop("_entity").with_columns(
                    pl.lit("real").alias("_origin"),
                    pl.lit(None, pl.String).alias("_batch"),
                    pl.lit(None, pl.Int64).alias("_row"),
                    pl.lit(1.0).alias("_weight"),
                ),
                accepted.drop("_slice").with_columns(
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


def require_verdicts(chain: Chain, window: str) -> None:
    """Refuse unless every gate on the window's current real rows, accepted rows and evidence has said yes.

    Raises:
        GateRefused: Names the gate, what was found and what was expected, or what has not been judged.
    """
    product, ledger = chain.product.name, chain.ledger
    found = {asset: ledger.find(product, asset, window) for asset in ("real", "accepted", "gold", "evidence")}
    contents = {}
    for asset, entry in found.items():
        if entry is None:
            raise BadInput(
                f"{asset} of window {window} has not been made yet",
                where=f"product {product}",
                remedy=f"run `supplychain run {product} --window {window}`",
            )
        contents[asset] = entry[1].content
    evidence = found["evidence"]
    assert evidence is not None
    measured = {item.asset: item.content for item in evidence[0].inputs}
    stale = [asset for asset in ("real", "accepted", "gold") if measured[asset] != contents[asset]]
    if stale:
        raise GateRefused(
            f"product {product}: window {window}: the evidence is about another content of {', '.join(stale)}; "
            "materialise evidence and its checks again"
        )
    for asset, suite in (("real", "real"), ("accepted", "synthetic"), ("evidence", "evidence")):
        results = [gate for gate in ledger.gates(product, asset, contents[asset]) if gate.suite == suite]
        _require(chain, window, asset, suite, results)


def _require(chain: Chain, window: str, asset: str, suite: str, results: list[GateResult]) -> None:
    file = chain.suite_file(suite)
    now = sha256(file.read_bytes())[:16] if file.is_file() else "gone"
    where = f"product {chain.product.name}: window {window}: {asset}"
    if not results:
        raise GateRefused(f"{where} has not been judged; materialise it with its checks")
    if any(gate.suite_hash != now for gate in results):
        raise GateRefused(f"{where} was judged by another {suite}.yaml than the present one; run its checks again")
    refused = [gate for gate in results if gate.blocks]
    if refused:
        raise GateRefused(refusal(refused[0], where))


def refusal(gate: GateResult, where: str) -> str:
    """One line on a gate that refused: which, what it found, what it wanted, and why that matters."""
    return f"{where}: gate {gate.gate} refused: {gate.rule} found {gate.observed}, wanted {gate.limit} ({gate.why})"
