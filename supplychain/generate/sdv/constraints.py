"""Domain rules that SDV 2.0 can keep by construction, as its own constraints.

SDV's are few. `Inequality` and `Range` compare numeric columns, and need a row rule that is just that. A rule over
columns of few values (at most one of these flags; this flag only with that one) becomes `FixedCombinations`: only
the combinations that were seen are made. All else is left to the gates, which judge every candidate anyway.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_COMBINATIONS = 200
"""Combinations of values at most that are made one category: with more, most would be seen once or never."""
_LESS = {"Lt": True, "LtEq": False}
_MORE = {"Gt": True, "GtEq": False}


@dataclass(frozen=True)
class Constraint:
    """One of SDV's constraints: the name of its class in `sdv.cag`, its columns, and whether an order is strict."""

    kind: str
    columns: tuple[str, ...]
    strict: bool | None = None

    def __str__(self) -> str:
        return f"{self.kind} of {', '.join(self.columns)}"

    def made(self) -> Any:  # noqa: ANN401  (SDV has no types)
        """SDV's own object."""
        import sdv.cag

        kind = getattr(sdv.cag, self.kind)
        if self.strict is None:
            return kind(list(self.columns))
        return kind(*self.columns, strict_boundaries=self.strict)


def constraints(rules: Iterable[str], frame: pl.DataFrame, sdtypes: Mapping[str, str]) -> list[Constraint]:
    """What SDV can keep of the rules, no two constraints over the same column: it cannot chain them.

    A rule that is parts joined by AND is taken apart, and a part is used only if every row of the frame keeps it:
    SDV refuses to fit on rows that break a constraint.

    Args:
        rules: SQL conditions on a row; a row on which one is unknown breaks none.
        frame: The rows to fit on.
        sdtypes: Column to what SDV takes it for; other columns are not SDV's to make.
    """
    parts = [part for rule in rules for part in _parts(pl.sql_expr(rule))]
    kept = [part for part in parts if set(part.meta.root_names()) <= set(sdtypes) and _holds(part, frame)]
    apart: list[Constraint] = []
    for constraint in [*_orders(kept, frame, sdtypes), *_combinations(kept, frame, sdtypes)]:
        if not any(set(constraint.columns) & set(other.columns) for other in apart):
            apart.append(constraint)
    return apart


def _parts(rule: pl.Expr) -> list[pl.Expr]:
    """The conditions that a rule joins by AND."""
    if _tree(rule).get("BinaryExpr", {}).get("op") != "And":
        return [rule]
    return [part for side in reversed(rule.meta.pop()) for part in _parts(side)]


def _tree(expression: pl.Expr) -> dict[str, Any]:
    tree = json.loads(expression.meta.serialize(format="json"))
    return tree if isinstance(tree, dict) else {}


def _holds(part: pl.Expr, frame: pl.DataFrame) -> bool:
    try:
        return bool(frame.select(part.fill_null(value=True).all()).item())
    except pl.exceptions.PolarsError:  # a condition that cannot be told is for the gates to complain of
        return False


def _orders(parts: list[pl.Expr], frame: pl.DataFrame, sdtypes: Mapping[str, str]) -> list[Constraint]:
    """Inequalities between two numeric columns; two that meet in a column are a range."""
    pairs = [pair for part in parts if (pair := _pair(part)) and _comparable(pair[:2], frame, sdtypes)]
    ranges = [
        Constraint("Range", (low, middle, high), strict)
        for low, middle, strict in pairs
        for start, high, also in pairs
        if start == middle and also == strict and high not in (low, middle)
    ]
    return [*ranges, *(Constraint("Inequality", (low, high), strict) for low, high, strict in pairs)]


def _pair(part: pl.Expr) -> tuple[str, str, bool] | None:
    """The lower column, the higher, and whether they differ, where the condition just compares two columns."""
    tree = _tree(part).get("BinaryExpr", {})
    left, right = (tree.get(side, {}).get("Column") for side in ("left", "right"))
    if left is None or right is None or left == right:
        return None
    if tree["op"] in _LESS:
        return left, right, _LESS[tree["op"]]
    return (right, left, _MORE[tree["op"]]) if tree["op"] in _MORE else None


def _comparable(pair: tuple[str, str], frame: pl.DataFrame, sdtypes: Mapping[str, str]) -> bool:
    """Whether SDV sees two numbers in the same unit; dates count days and times microseconds."""
    low, high = (frame.schema[column] for column in pair)
    if any(sdtypes[column] != "numerical" for column in pair):
        return False
    return low == high or (low.is_numeric() and high.is_numeric())


def _combinations(parts: list[pl.Expr], frame: pl.DataFrame, sdtypes: Mapping[str, str]) -> Iterator[Constraint]:
    """Rules over columns of few values; those that share a column become one."""
    groups: list[set[str]] = []
    for part in parts:
        columns = set(part.meta.root_names())
        if len(columns) > 1 and all(sdtypes[column] != "numerical" for column in columns):
            apart = [group for group in groups if group.isdisjoint(columns)]
            groups = [*apart, columns.union(*(group for group in groups if group not in apart))]
    for group in groups:
        names = tuple(name for name in frame.columns if name in group)
        if frame.select(names).n_unique() <= MOST_COMBINATIONS:
            yield Constraint("FixedCombinations", names)
