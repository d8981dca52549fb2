"""The entries of a suite file: each becomes a rule, or an error that names file, line, rule and remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput, nearest, one_line
from supplychain.gates.rule import EVIDENCE_RULE, SEVERITIES, SQL_RULE, Rule

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_SHAPE = "{type, kwargs, severity, meta: {id, gate, why}}"
_GATES_OF_ROWS = ("plausibility", "coverage")
_GATES_OF_EVIDENCE = ("plausibility", "fidelity", "utility", "confidence", "privacy", "bias", "coverage", "drift")


def read_rule(entry: Any, suite: str, where: str, line: int) -> Rule:  # noqa: ANN401  (any YAML value)
    """The rule that an entry is.

    Args:
        entry: The entry, plain.
        suite: The suite's name.
        where: File and line, for an error.
        line: The line.

    Raises:
        BadInput: Its shape is not that of an expectation.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise BadInput("is not an expectation", where=where, remedy=f"write {_SHAPE}")
    kwargs, meta = entry.get("kwargs", {}), entry.get("meta", {})
    for key in entry:
        if key not in ("type", "kwargs", "severity", "meta"):
            known = ("type", "kwargs", "severity", "meta")
            raise BadInput("unknown key", where=where, place=key, remedy=nearest(key, known))
    if not isinstance(kwargs, dict) or not isinstance(meta, dict):
        raise BadInput("kwargs and meta are mappings", where=where, remedy=f"write {_SHAPE}")
    for key in meta:
        if key not in ("id", "gate", "why"):
            raise BadInput("unknown key", where=where, place=f"meta.{key}", remedy=nearest(key, ("id", "gate", "why")))
    for key in ("id", "why"):
        if not isinstance(meta.get(key), str):
            raise BadInput(
                "is missing",
                where=where,
                place=f"meta.{key}",
                remedy="every expectation has an id and a reason",
            )
    severity = entry.get("severity", "critical")
    if severity not in SEVERITIES:
        raise BadInput(
            f"unknown severity {severity!r}",
            where=where,
            place=meta["id"],
            remedy=nearest(str(severity), SEVERITIES),
        )
    gates = _GATES_OF_EVIDENCE if suite == "evidence" else _GATES_OF_ROWS
    gate = str(meta.get("gate", "none" if suite == "evidence" else "plausibility"))
    if gate not in gates:
        raise BadInput(f"unknown gate {gate!r}", where=where, place=meta["id"], remedy=nearest(gate, gates))
    if entry["type"] == SQL_RULE and "column_list" not in kwargs:
        kwargs["column_list"] = _columns_of_sql(kwargs.get("rule"), where, meta["id"])
    return Rule(meta["id"], entry["type"], kwargs, severity, gate, one_line(meta["why"]), line)


def _columns_of_sql(rule: object, where: str, place: str) -> list[str]:
    if not isinstance(rule, str):
        raise BadInput("has no kwargs.rule", where=where, place=place, remedy="write a SQL condition")
    try:
        expression = pl.sql_expr(rule)
    except pl.exceptions.PolarsError as error:
        raise BadInput(
            f"cannot read the rule {rule!r} ({error})",
            where=where,
            place=place,
            remedy="write one SQL condition",
        ) from None
    columns = sorted(set(expression.meta.root_names()))
    if not columns or not _may_be_condition(expression, columns):
        raise BadInput(
            f"the rule {rule!r} {'is not a condition' if columns else 'reads no column'}",
            where=where,
            place=place,
            remedy="write one SQL condition, such as age >= 65",
        )
    return columns if len(columns) > 1 else columns * 2  # Great Expectations wants two


def _may_be_condition(expression: pl.Expr, columns: list[str]) -> bool:
    """Whether the expression says yes or no, as far as can be told before the columns' types are known."""
    try:
        answer = pl.DataFrame({column: [None] for column in columns}).select(expression).to_series()
    except pl.exceptions.PolarsError:
        return True
    return answer.dtype == pl.Boolean


def refuse_twins(rules: tuple[Rule, ...], shown: Path) -> None:
    """Refuse two rules of one id, and two that expect the same."""
    ids: dict[str, Rule] = {}
    texts: dict[str, Rule] = {}
    for rule in rules:
        text = json.dumps([rule.type, rule.kwargs], sort_keys=True, default=str)
        twin = ids.get(rule.id) or texts.get(text)
        if twin:
            raise BadInput(
                f"repeats the expectation of line {twin.line}",
                where=f"{shown}:{rule.line}",
                place=rule.id,
                remedy="remove one, or give each an id and arguments of its own",
            )
        ids[rule.id] = texts[text] = rule


def check_type(rule: Rule, suite: str, where: str) -> None:
    """Let Great Expectations itself take the expectation, by the one way that does not drop what it dislikes."""
    from supplychain.gates.expectations import build, known_arguments, known_types

    if rule.type not in known_types():
        raise BadInput(
            f"unknown expectation {rule.type!r}",
            where=where,
            place=rule.id,
            remedy=nearest(rule.type, known_types()),
        )
    if (rule.type == EVIDENCE_RULE) != (suite == "evidence"):
        raise BadInput(
            f"{rule.type} cannot judge what {suite}.yaml is about",
            where=where,
            place=rule.id,
            remedy=f"put {EVIDENCE_RULE} into evidence.yaml, other rules into real.yaml or synthetic.yaml",
        )
    for argument in rule.kwargs:
        if argument not in known_arguments(rule.type):
            raise BadInput(
                f"{rule.type} takes no argument {argument!r}",
                where=where,
                place=rule.id,
                remedy=nearest(argument, known_arguments(rule.type)),
            )
    try:
        build(rule)
    except Exception as error:  # noqa: BLE001  (whatever its validators raise is about this entry)
        argument, problem = _first_complaint(error)
        raise BadInput(
            f"{argument or 'kwargs'} does not fit {rule.type} ({problem})",
            where=where,
            place=rule.id,
            remedy=f"mend kwargs.{argument}" if argument else "mend its kwargs",
        ) from None
    if rule.type == EVIDENCE_RULE and rule.limits == [None, None]:
        problem = "has no limit, and would pass everything"
        raise BadInput(problem, where=where, place=rule.id, remedy="add min_value or max_value")


def check_reach(rule: Rule, where: str, shares: Collection[str] = ()) -> None:
    """Refuse limits that no batch can meet.

    Args:
        rule: The rule.
        where: File and line, for an error.
        shares: Metrics that lie between 0 and 1.
    """
    low, high = (rule.kwargs.get(key) for key in ("min_value", "max_value"))
    least = low if isinstance(low, int | float) else None
    most = high if isinstance(high, int | float) else None
    if least is not None and most is not None:
        strict = rule.kwargs.get("strict_min") or rule.kwargs.get("strict_max")
        if least > most or (least == most and strict):
            words = "more than {:g} and less than {:g}" if strict else "at least {:g} and at most {:g}"
            problem = f"wants {words.format(least, most)}: nothing can meet that"
            raise BadInput(problem, where=where, place=rule.id, remedy="mend min_value or max_value")
    if rule.kwargs.get("metric") in shares:
        limit = least if least is not None and least > 1 else most if most is not None and most < 0 else None
        if limit is not None:
            problem = f"wants {rule.kwargs['metric']} beyond {limit:g}, and it lies between 0 and 1"
            raise BadInput(problem, where=where, place=rule.id, remedy="mend min_value or max_value")
    if rule.type == "expect_column_values_to_be_in_set" and not rule.kwargs.get("value_set"):
        raise BadInput("allows no value: nothing can meet that", where=where, place=rule.id, remedy="fill value_set")


def _first_complaint(error: Exception) -> tuple[str, str]:
    """The argument that a validation error is about, empty where it is about several, and what is wrong."""
    details = error.errors()[0] if hasattr(error, "errors") else {"loc": ("__root__",), "msg": str(error)}
    argument = str(details["loc"][0])
    return "" if argument == "__root__" else argument, one_line(str(details["msg"]))


def check_columns(rule: Rule, columns: Collection[str], where: str) -> None:
    """Refuse a rule on a column that is not there."""
    for column in rule.columns:
        if column not in columns:
            raise BadInput(f"unknown column {column!r}", where=where, place=rule.id, remedy=nearest(column, columns))
