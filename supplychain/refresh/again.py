"""Windows whose run would end where a person has said no: they would be the withdrawn release again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplychain.publish import is_made_as_now, windows_of_next, withdrawn_again
from supplychain.refresh.look import look

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.chain import Chain
    from supplychain.errors import GateRefused
    from supplychain.ledger import Commit


def never_again(chain: Chain, windows: Iterable[str]) -> dict[str, GateRefused]:
    """Of windows, those of which it is sure that a run would publish nothing, each with the refusal.

    The newest release is withdrawn and would have these windows again; the source, the product file, the suites, the
    code and the libraries are those that it was made with, and nobody has said or shown anything since. Where one of
    them may differ, only the run can tell. The source is read if the newest release is withdrawn, and else is not.

    Raises:
        BadInput: As for `look`.
    """
    name = chain.product.name
    published = next(reversed(chain.ledger.releases(name)), None)
    release = published.release if published else None
    refusal = withdrawn_again(chain, release.version) if release else None
    if published is None or release is None or refusal is None:
        return {}
    again = [one for one in windows if tuple(windows_of_next(chain, one)) == release.windows]
    if not again or not is_made_as_now(chain, release) or not _is_silent_since(chain, published):
        return {}
    found = look(chain)
    stale = {cause.window for cause in (*found.causes, *found.held)}
    return {window: refusal for window in again if window in found.arrived and window not in stale}


def _is_silent_since(chain: Chain, published: Commit) -> bool:
    """Whether the log has nothing since a release that was not known with it: no new content, and no person's word.

    What the release's own run measured after it, such as drift, is of the release.
    """
    commits = chain.ledger.commits(chain.product.name)
    later = [one for one in commits if one.sequence > published.sequence]
    own = [one for one in later if one.run == published.run and one.step == "monitor"]
    known = {
        (commit.window, output.asset, output.content)
        for commit in (*commits[: len(commits) - len(later)], *own)
        for output in commit.outputs
    }
    made = {(commit.window, output.asset, output.content) for commit in later for output in commit.outputs}
    return made <= known and not any(commit.waivers or commit.removals or commit.erasure for commit in later)
