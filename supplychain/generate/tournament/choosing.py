"""Which entrant wins: those that may be used, their Pareto front, and the levers on the front.

Figures that lie within chance of one another count as the same, so that noise decides nothing that evidence could:

1. Out is who broke down, leaks (the lower limit of the attack's advantage above `levers.risk.attack_advantage`), breaks
   a critical rule, or would spend the candidates of `levers.cost.candidates_per_row` before the plan is filled. The
   baseline wins only where everyone else is out.
2. On the front is who is not dominated: nobody else is as good in utility (each slice of the plan and all), pairs of
   columns, discriminator, attack and cost, and better in one of the first four.
3. On the front, one after another until one is left: **risk**, where a tight lever comes first by itself (who is not
   surely within it goes if another is told to be safer); **coverage** (utility where the plan puts rows); then the
   lower attack advantage, the discriminator nearer to 0.5, **cost** (more than ten times the processor seconds), and,
   between those whom nothing tells apart, the order of the product file.

Seconds differ from run to run; they decide only by a factor of ten, beyond the first second, and only after all else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from supplychain.generate.tournament.scoring import Figure, Referee, Scores
    from supplychain.levers import Levers

    Keeps = Callable[[list["Entry"], Referee, Levers], list["Entry"]]
    Says = Callable[["Entry", "Entry", Referee, Levers], str]

MUCH_DEARER = 10.0
"""A fit is dearer than another where it takes so many times its processor seconds."""
LEAST_SECONDS = 1.0
"""Processor seconds below which fits cost the same."""


@dataclass(frozen=True)
class Entry:
    """An entrant that was measured: its name, figures, processor seconds, and whether it is a baseline."""

    name: str
    scores: Scores
    cpu_seconds: float
    baseline: bool = False

    @property
    def attack(self) -> Figure:
        """The attack's advantage."""
        return self.scores.attack

    @property
    def told(self) -> float:
        """How far the discriminator's AUC is from a half."""
        return abs(self.scores.discriminator.value - 0.5)


@dataclass(frozen=True)
class Choice:
    """Who won, why in a sentence, and how each entry stands: `chosen`, `on the front`, `dominated`, `out`."""

    winner: str
    reason: str
    standing: dict[str, tuple[str, str]]


def why_out(entry: Entry, levers: Levers) -> str:
    """Why an entrant may not be used, or nothing."""
    attack, scores, most = entry.attack, entry.scores, levers.cost.candidates_per_row
    if attack.low > levers.risk.attack_advantage:
        limit = levers.risk.attack_advantage
        return f"leaks: attack advantage {_with_limits(attack)}, and levers.risk.attack_advantage is {limit:g}"
    if scores.refused:
        return f"breaks the rules: {', '.join(scores.refused)}"
    if (1 - scores.broken.value) * most < 1:
        kept = 1 - scores.broken.value
        return f"{kept:.1%} of its rows keep the rules: too few for levers.cost.candidates_per_row {most}"
    return ""


def choose(entries: Sequence[Entry], referee: Referee, levers: Levers) -> Choice | None:
    """The winner by the levers, or None where no entrant may be used."""
    out = {entry.name: why for entry in entries if (why := why_out(entry, levers))}
    fit = [entry for entry in entries if entry.name not in out]
    able = [entry for entry in fit if not entry.baseline] or fit
    if not able:
        return None
    front = [entry for entry in able if not any(dominates(other, entry) for other in able)]
    winner, words = _pick(front, referee, levers)
    rest = [entry for entry in able if entry is not winner]
    if len(front) == 1 and rest:
        rival, _ = _pick(rest, referee, levers)
        better, why = _pick([winner, rival], referee, levers)
        words = f"no figure speaks for another; {why}" if better is winner else f"no figure speaks for {rival.name}"
    standing = {name: ("out", why) for name, why in out.items()}
    for entry in fit:
        standing[entry.name] = _standing(entry, winner, front, able)
    return Choice(winner.name, f"{winner.name}: {words or _alone(winner, fit, out, referee, levers)}", standing)


def dominates(one: Entry, other: Entry) -> bool:
    """Whether one is as good as the other in every figure, not much dearer, and better in one figure."""
    pairs = list(zip(_figures(one), _figures(other), strict=True))
    no_worse = all(mine >= theirs for mine, theirs in pairs) and not _much_dearer(one, other)
    return no_worse and any(mine > theirs for mine, theirs in pairs)


def _figures(entry: Entry) -> tuple[float, ...]:
    """Higher is better in each; an attack below chance is chance."""
    scores = entry.scores
    useful = (scores.utility.value, *(figure.value for figure in scores.slices.values()))
    return (*useful, scores.fidelity, -entry.told, -max(entry.attack.value, 0.0))


def _much_dearer(one: Entry, other: Entry) -> bool:
    return one.cpu_seconds > MUCH_DEARER * max(other.cpu_seconds, LEAST_SECONDS)


def _pick(front: list[Entry], referee: Referee, levers: Levers) -> tuple[Entry, str]:
    """The entry that is left when each criterion has been asked, and what sets it off from the last rival."""
    left = list(front)
    for keeps, says in CRITERIA:
        kept = keeps(left, referee, levers)
        gone = [entry for entry in left if entry not in kept]
        if gone and len(kept) == 1:
            rival = max(gone, key=lambda entry: entry.scores.utility.value)
            return kept[0], says(kept[0], rival, referee, levers)
        left = kept
    return left[0], (
        f"nothing tells it from {left[1].name} beyond chance, and it stands before it" if len(left) > 1 else ""
    )


def _safe(left: list[Entry], _: Referee, levers: Levers) -> list[Entry]:
    """Who is surely within the lever, or not told to leak more than the safest."""
    safest = min(left, key=lambda entry: entry.attack.value)
    limit = levers.risk.attack_advantage
    return [entry for entry in left if entry.attack.high <= limit or not entry.attack.apart(safest.attack)]


def _say_safe(one: Entry, rival: Entry, _: Referee, levers: Levers) -> str:
    sides = f"attack advantage {_with_limits(one.attack)}, not {_with_limits(rival.attack)}"
    return f"it is safer than {rival.name}: {sides}; the lever is {levers.risk.attack_advantage:g}"


def _useful(left: list[Entry], referee: Referee, _: Levers) -> list[Entry]:
    """Who is not told to be less useful than the most useful one, where the plan puts rows."""
    best = max(left, key=lambda entry: entry.scores.utility.value)
    return [entry for entry in left if referee.usefulness(best.scores, entry.scores).low <= 0]


def _say_useful(one: Entry, rival: Entry, referee: Referee, _: Levers) -> str:
    gain = _with_limits(referee.usefulness(one.scores, rival.scores))
    return f"a model that learns from its rows loses {gain} less per planned row than with {rival.name}"


def _safest(left: list[Entry], _: Referee, __: Levers) -> list[Entry]:
    safest = min(left, key=lambda entry: entry.attack.value)
    return [entry for entry in left if not entry.attack.apart(safest.attack)]


def _say_safest(one: Entry, rival: Entry, _: Referee, __: Levers) -> str:
    sides = f"attack advantage {_with_limits(one.attack)}, not {_with_limits(rival.attack)}"
    return f"it is as useful as {rival.name}, and safer: {sides}"


def _like_real(left: list[Entry], _: Referee, __: Levers) -> list[Entry]:
    best = min(left, key=lambda entry: entry.told)

    def chance(entry: Entry) -> float:
        margins = [one.scores.discriminator.value - one.scores.discriminator.low for one in (entry, best)]
        return hypot(*margins)

    return [entry for entry in left if entry.told - best.told <= chance(entry)]


def _say_like_real(one: Entry, rival: Entry, _: Referee, __: Levers) -> str:
    sides = f"discriminator AUC {one.scores.discriminator.value:.3f}, not {rival.scores.discriminator.value:.3f}"
    return f"it is as useful and as safe as {rival.name}, and harder to tell from real rows: {sides}"


def _cheap(left: list[Entry], _: Referee, __: Levers) -> list[Entry]:
    cheapest = min(left, key=lambda entry: entry.cpu_seconds)
    return [entry for entry in left if not _much_dearer(entry, cheapest)]


def _say_cheap(one: Entry, rival: Entry, _: Referee, __: Levers) -> str:
    sides = f"{one.cpu_seconds:.0f} processor seconds, not {rival.cpu_seconds:.0f}"
    return f"it is measured the same as {rival.name}, and cheaper: {sides}"


CRITERIA: tuple[tuple[Keeps, Says], ...] = (
    (_safe, _say_safe),
    (_useful, _say_useful),
    (_safest, _say_safest),
    (_like_real, _say_like_real),
    (_cheap, _say_cheap),
)
"""Who stays in, and what to say where that leaves one; see the head of this file."""


def _standing(entry: Entry, winner: Entry, front: list[Entry], able: list[Entry]) -> tuple[str, str]:
    if entry is winner:
        return "chosen", ""
    if entry not in able:
        return "baseline", "wins only where nobody else may be used"
    if entry in front:
        return "on the front", ""
    return "dominated", f"{next(other.name for other in able if dominates(other, entry))} is better or the same in all"


def _alone(winner: Entry, fit: list[Entry], out: dict[str, str], referee: Referee, levers: Levers) -> str:
    """Why there was nobody to compare the winner with, but for the baseline."""
    others = "; ".join(f"{name} {why}" for name, why in out.items())
    said = f"nobody else may be used ({others})" if others else "nobody else was measured"
    base = next((entry for entry in fit if entry.baseline and entry is not winner), None)
    if base is None:
        return said
    return f"{said} but {base.name}, the baseline: {_say_useful(winner, base, referee, levers)}"


def _with_limits(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
