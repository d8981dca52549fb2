"""What the data could be for: the outcome, and the columns off which it could be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.draft.personal import words_of
from supplychain.draft.profile import LEAST_SUPPORT
from supplychain.draft.rounding import figure
from supplychain.errors import BadInput, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supplychain.draft.profile import Profile
    from supplychain.draft.reading import Table

MOST_CLASSES = 20
FEW_CLASSES = 10
LEAST_IN_CLASS = 10
"""Rows that every class of a suggested outcome has, so that it can stand in all three roles; two have more."""
_FIRST = "target label outcome y class".split()
_SECOND = set(
    "target label outcome default defaulted churn churned readmitted readmission result survived survival died death "
    "mortality fraud response responded converted conversion diagnosis malignant approved attrition exited passed "
    "dropout deposit subscribed clicked cancelled canceled risk".split()
)
ROWS = 20_000
BINS = 50
LEAK = 0.98
"""The share of what one does not know of the outcome beyond its commonest value, from which a column gives it away."""


@dataclass(frozen=True)
class Goal:
    """The outcome: a column, classes or a quantity, as it is.

    Attributes:
        name: The column.
        reason: Why this one.
    """

    name: str
    reason: str


def asked(target: str, table: Table, profiles: Mapping[str, Profile], personal: Mapping[str, str]) -> Goal:
    """The outcome that was asked for.

    Raises:
        BadInput: There is no such column, or it cannot be an outcome.
    """
    if target not in profiles:
        problem, remedy = f"there is no column {target!r}", nearest(target, profiles)
        raise BadInput(problem, where=table.file, place="--target", remedy=remedy)
    profile = profiles[target]
    classes = profile.distinct
    problem = ""
    if target in personal:
        problem, remedy = f"column {target!r} probably holds personal data ({personal[target]})", "name another column"
    elif profile.missing:
        problem = f"column {target!r} is missing in {profile.missing:,} rows"
        remedy = "leave rows without an outcome out of the file, or name another column"
    elif classes < 2:
        problem, remedy = f"column {target!r} has one value: there is nothing to predict", "name another column"
    elif not profile.is_number and classes > MOST_CLASSES:
        problem = f"column {target!r} has {classes:,} classes"
        remedy = f"join them to at most {MOST_CLASSES}, or name another column"
    elif (profile.unfit and classes > 1) or profile.form in ("date", "datetime"):
        problem, remedy = f"column {target!r} cannot be an outcome ({profile.unfit or profile.form})", "name another"
    elif classes <= MOST_CLASSES and not _two_can_be_made(table, target):
        problem = f"column {target!r} has fewer than two classes of {LEAST_SUPPORT} rows, too few to learn from"
        remedy = "bring more rows of the rare class, or name another column"
    if problem:
        raise BadInput(problem, where=table.file, place="--target", remedy=remedy)
    return Goal(target, "asked for by --target")


def suggested(table: Table, usable: Iterable[Profile], sensitive: Iterable[str]) -> Goal:
    """The column that is most probably what one wants to predict.

    Args:
        table: The rows.
        usable: Profiles of the columns that can be modelled.
        sensitive: Sensitive columns, taken last.

    Raises:
        BadInput: No column can be an outcome.
    """
    protected, usable = set(sensitive), list(usable)
    ranked, passed_over = [], ""
    for place, profile in enumerate(usable):
        score, why = _score(profile, last=profile.name == list(table.types)[-1])
        likely = score >= 3 and profile.distinct <= MOST_CLASSES
        if likely and (profile.missing or not _classes_are_common(table, profile)):
            passed_over = f" ({profile.name} sounds more like one, but misses values or has a class of too few rows)"
        if profile.missing or not 2 <= profile.distinct <= (MOST_CLASSES if score > 2 else FEW_CLASSES):
            continue
        if profile.form in ("date", "datetime") or not _classes_are_common(table, profile):
            continue
        ranked.append((profile.name not in protected, score, place, profile.name, why))
    best = max(ranked, default=None)
    numbers = [profile for profile in usable if profile.is_number and not profile.missing]
    for profile in sorted(numbers, key=lambda one: (_score(one, last=False)[0], one.distinct), reverse=True):
        if best and ((best[0] and best[1] >= 3) or _score(profile, last=False)[0] < 3):
            break  # a class that is as likely is easier to speak about
        if profile.distinct > MOST_CLASSES:
            return Goal(profile.name, "a quantity, to be predicted as it is" + passed_over)
    if best:
        return Goal(best[3], best[4] + (passed_over if best[1] < 3 else ""))
    raise BadInput(
        "has no column that could be an outcome: two to twenty classes, or a number, in every row",
        where=table.file,
        remedy="name one with --target, or add one",
    )


def _score(profile: Profile, *, last: bool) -> tuple[float, str]:
    name, words = profile.name.strip().lower(), set(words_of(profile.name))
    if name in _FIRST:
        return 4, "its name says so"
    if words & _SECOND:
        return 3, "its name sounds like an outcome"
    if last:
        return 2, "the last column, and of few values: often the outcome"
    if profile.form == "flag" or profile.distinct == 2:
        return 1, "the last column of two values; a guess"
    return 0, "the last column of few values; a guess"


def _classes_are_common(table: Table, profile: Profile) -> bool:
    counts = table.sample[profile.name].drop_nulls().value_counts()["count"]
    return figure(counts.min()) >= LEAST_IN_CLASS and _two_can_be_made(table, profile.name)


def _two_can_be_made(table: Table, name: str) -> bool:
    """Whether two classes have rows enough for the default synthesizer to make them."""
    share = min(LEAST_SUPPORT, table.sample.height / 10)
    return int((table.sample[name].drop_nulls().value_counts()["count"] >= share).sum()) > 1


def tells(values: pl.Series, outcome: pl.Series) -> tuple[float, float]:
    """How well one column alone foretells the outcome, on rows that it was not learned from.

    Returns:
        The share of errors of the commonest guess that it takes away (1: it gives the outcome away), and the mutual
        information of the two in nats, the column in ten bins.
    """
    every = max(len(values) // ROWS, 1)
    values, classes = values.gather_every(every), _classes(outcome.gather_every(every))
    frame = pl.DataFrame({"bin": _bins(values, BINS), "outcome": classes})
    folds = [frame.gather_every(2), frame.gather_every(2, 1)]
    right = sum(_right(*pair) for pair in (folds, folds[::-1]))
    base = int(figure(classes.value_counts()["count"].max()))
    coarse = pl.DataFrame({"bin": _bins(values, 10), "outcome": classes})
    return (right - base) / max(frame.height - base, 1), _information(coarse)


def _right(learned: pl.DataFrame, judged: pl.DataFrame) -> int:
    """How many rows the commonest outcome of each bin foretells."""
    best = (
        learned.group_by("bin", "outcome")
        .len()
        .sort("bin", "len", "outcome", descending=[False, True, False])
        .unique("bin", keep="first", maintain_order=True)
        .select("bin", pl.col("outcome").alias("guess"))
    )
    return judged.join(best, on="bin", how="left", nulls_equal=True).filter(pl.col("guess") == pl.col("outcome")).height


def _information(frame: pl.DataFrame) -> float:
    counts = frame.group_by("bin", "outcome").len()
    share = pl.col("len") / pl.col("len").sum()
    joint = counts.with_columns(share.alias("p")).with_columns(
        pl.col("p").sum().over("bin").alias("b"), pl.col("p").sum().over("outcome").alias("o")
    )
    return float(joint.select((pl.col("p") * (pl.col("p") / (pl.col("b") * pl.col("o"))).log()).sum()).item())


def _bins(values: pl.Series, most: int) -> pl.Series:
    """Each value as the number of its bin: its own where there are few, a quantile's where there are many."""
    if values.dtype == pl.String or values.n_unique() <= most:
        codes = values.rank("dense")
        return codes.cast(pl.Int64)
    ranks = values.rank("average") / max(len(values) - values.null_count(), 1)
    return (ranks * most).cast(pl.Int64)


def _classes(outcome: pl.Series) -> pl.Series:
    """The outcome's classes; tenths of a quantity."""
    return _bins(outcome, MOST_CLASSES if outcome.n_unique() <= MOST_CLASSES else 10)
