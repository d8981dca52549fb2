"""What a release is made from: each window's blend, and all that the log says of it, found by content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import GateRefused
from supplychain.ledger.behind import behind, maker_for, maker_of
from supplychain.ledger.verdicts import excused, in_force, refusal
from supplychain.publish.reviewed import SUITE, is_reviewed, said_by_people

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Batch, Commit, Evidence, GateResult, Output, Waiver
    from supplychain.step import Step

ABOUT = ("gaps", "plan")
"""Tables that evidence is measured beside: the report tells of them."""
COMPARED = ("roi", "sensitivity")
"""Tables that were made of the same gaps."""


@dataclass(frozen=True)
class Member:
    """One window of a release.

    Attributes:
        window: Its name.
        blend: The commit that made its blend.
        batches: The batches that its synthetic rows came from.
        evidence: What was measured of them.
        gates: What the gates said of exactly these contents, with the waivers that were leaned on.
        contents: Asset to content: all that the blend and the evidence were made from.
        tables: Asset to table: gaps, plan, roi and sensitivity, as they were then.
        path: Commits that lead to the blend, oldest first.
        reviewed: Whether people have accepted its rows; None where the product asks nobody.
    """

    window: str
    blend: Commit
    batches: list[Batch]
    evidence: list[Evidence]
    gates: list[GateResult]
    contents: dict[str, str]
    tables: dict[str, pl.DataFrame]
    path: list[Commit]
    reviewed: bool | None = None

    @property
    def made(self) -> Output:
        """The blend."""
        return self.blend.output("blend")

    @property
    def real_rows(self) -> int:
        """Real rows of the blend."""
        return int(self.made.notes["real_rows"] or 0)

    @property
    def synthetic_rows(self) -> int:
        """Synthetic rows of the blend."""
        return int(self.made.notes["synthetic_rows"] or 0)

    @property
    def generation_depth(self) -> int:
        """How many generators lie between a real person and the most distant row; 1 where the blend does not say."""
        return int(self.made.notes.get("generation_depth") or 1)

    @cached_property
    def synthesizers(self) -> list[str]:
        """Names of those that made its rows."""
        return sorted({batch.synthesizer for batch in self.batches})


def member(chain: Chain, step: Step, window: str) -> Member:
    """All that is known of a window's present blend.

    Raises:
        GateRefused: A gate that blocks did not let it through, or the evidence has not been judged.
    """
    product, ledger = chain.product.name, chain.ledger
    step.refer("blend", window=window)
    found = ledger.find(product, "blend", window)
    assert found is not None
    blend, commits = found[0], ledger.commits(product)
    taken = {item.asset: item.content for item in blend.inputs}
    measured = _maker(commits, "evidence", taken["evidence"], window)
    contents = {**{item.asset: item.content for item in measured.inputs}, **taken}
    judged = [gate for asset in ("real", "accepted", "evidence") for gate in ledger.gates(product, asset, taken[asset])]
    carried = window != step.window
    judged = [gate for gate in judged if gate.suite != SUITE]
    judged += said_by_people(chain.product, commits, window, taken["accepted"], carried=carried)
    gates = excused(judged, _waivers(chain, step, blend))
    refused = [gate for gate in gates if gate.blocks]
    if refused or not any(gate.asset == "evidence" for gate in gates):
        where = f"product {product}: window {window}"
        what = refusal(refused[0], where) if refused else f"{where}: the evidence has not been judged"
        raise GateRefused(f"{what}; nothing is published")
    path = behind(commits, blend)
    batches = _batches(commits, blend)
    tables = _tables(chain, commits, contents, window)
    reviewed = is_reviewed(gates) if chain.product.review else None
    return Member(window, blend, batches, list(measured.evidence), gates, contents, tables, path, reviewed)


def _maker(commits: list[Commit], asset: str, content: str, window: str) -> Commit:
    """The newest commit that made a content."""
    made = maker_of(commits, asset, window, content)
    assert made is not None, f"{asset} of window {window} is an input, so that a commit made it"
    return made


def _batches(commits: list[Commit], blend: Commit) -> list[Batch]:
    """The batches that a blend's synthetic rows were drawn from, and no others that led to the plan."""
    accepted = maker_for(commits, blend, "accepted")
    candidates = maker_for(commits, accepted, "candidates") if accepted else None
    return list(candidates.batches) if candidates else []


def _waivers(chain: Chain, step: Step, blend: Commit) -> list[Waiver]:
    """What the blend leaned on; of the window that is being published, only what still counts today.

    A window that is carried over from the last release was blended while its waivers counted.
    """
    if blend.window != step.window:
        return list(blend.waivers)
    now = in_force(chain.ledger, chain.product.name, blend.window)
    return [waiver for waiver in blend.waivers if waiver in now]


def _tables(chain: Chain, commits: list[Commit], contents: dict[str, str], window: str) -> dict[str, pl.DataFrame]:
    """The tables that the report tells of, as far as they are still there."""
    outputs = {
        asset: _maker(commits, asset, contents[asset], window).output(asset) for asset in ABOUT if asset in contents
    }
    for commit in commits:
        if commit.window == window and any(item.content == contents.get("gaps") for item in commit.inputs):
            outputs |= {made.asset: made for made in commit.outputs if made.asset in COMPARED}
    store = chain.store
    return {name: store.read_table(made.table) for name, made in outputs.items() if store.exists(made.path)}
