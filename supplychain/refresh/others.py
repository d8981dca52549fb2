"""What other rooms say of windows: one function each, so that a better answer changes nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.ledger import Cause
from supplychain.ledger.verdicts import FAIL

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit

REBALANCE = "rebalance"


def drifted(chain: Chain, measured: Commit | None) -> str:
    """How far a window's people are from those of the release before it, where the drift gate says no; else empty.

    Args:
        chain: The product and its store.
        measured: The commit that measured the window's drift last.
    """
    from supplychain.monitor import cause

    if measured is None:
        return ""
    output = measured.output("drift")
    verdicts = chain.ledger.gates(chain.product.name, "drift", output.content)
    if not any(gate.gate == "drift" and gate.outcome == FAIL for gate in verdicts):
        return ""
    words = cause(chain.store.read_table(output.table)) or "the drift gate says no"
    return f"drifted from release {output.notes.get('compared_with')}: {words}"


def erased(chain: Chain) -> dict[str, tuple[str, str]]:
    """Windows whose release holds what has been erased: each with what names the erasure, and the reason in words."""
    from supplychain.erasure import stale_windows

    return {stale.window: (stale.event, stale.reason) for stale in stale_windows(chain)}


def rebalanced(chain: Chain) -> list[Cause]:
    """Windows for which a changed plan is proposed."""
    from supplychain.monitor import incidents

    found = (incident for incident in incidents(chain) if incident.kind == REBALANCE)
    return [Cause(incident.window, REBALANCE, incident.id, incident.reason) for incident in found]
