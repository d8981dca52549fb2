"""Suite files, read strictly.

Great Expectations drops unknown expectation types and bad severities without a word, and passes an empty suite.
Here each of these is an error that names file, line, rule and remedy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.documents import line_of, plain, read_yaml
from supplychain.errors import BadInput, nearest, one_line
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

SUITES = ("real", "synthetic", "evidence")
SEVERITIES = ("critical", "warning", "info")
SQL_RULE = "expect_rows_to_satisfy_sql"
LEVER = "levers."
STRICT = "levers.risk.inconclusive"
"""The lever that says what an inconclusive verdict does."""
EVIDENCE_RULE = "expect_evidence_to_be_between"
_SHAPE = "{type, kwargs, severity, meta: {id, gate, why}}"
_GATES_OF_ROWS = ("plausibility", "coverage")
_GATES_OF_EVIDENCE = ("plausibility", "fidelity", "utility", "confidence", "privacy", "bias", "coverage", "drift")


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    Attributes:
        id: Its id, unique within the suite.
        type: The expectation's type in Great Expectations' words.
        kwargs: Its arguments.
        severity: critical (blocks), warning or info.
        gate: The group it belongs to; one asset check a group.
        why: The reason for it.
        line: Its line in the file.
        lever: The lever that its limit is; empty where the limit stands in the file.
    """

    id: str
    type: str
    kwargs: dict[str, Any]
    severity: str
    gate: str
    why: str
    line: int
    lever: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule names."""
        named = [self.kwargs.get(key) for key in ("column", "column_A", "column_B")]
        return tuple(name for name in (*named, *self.kwargs.get("column_list", ())) if name)

    @property
    def limit(self) -> str:
        """What is expected, in a few words."""
        if self.type == EVIDENCE_RULE:
            bounds = [f"{word} {self.kwargs[key]:g}" for key, word in _BOUNDS if self.kwargs.get(key) is not None]
            return f"{self.kwargs['metric']} {self.kwargs.get('bound', 'surely')} {', '.join(bounds)}"
        hidden = {"column_list", "rule"}
        words = [str(self.kwargs["rule"])] if "rule" in self.kwargs else []
        return ", ".join(words + [f"{key} {value}" for key, value in self.kwargs.items() if key not in hidden])


_BOUNDS = (("min_value", "at least"), ("max_value", "at most"))


@dataclass(frozen=True)
class Suite:
    """The expectations of one file; `strict` where the product blocks on what is inconclusive."""

    name: str
    file: str
    hash: str
    rules: tuple[Rule, ...]
    strict: bool = False

    def with_rules(self, rules: Iterable[Rule]) -> Suite:
        """The same suite with some of its rules."""
        return replace(self, rules=tuple(rules))

    def only(self, *gates: str) -> Suite:
        """The same suite with the rules of some gates."""
        return self.with_rules(rule for rule in self.rules if rule.gate in gates)

    def without(self, *gates: str) -> Suite:
        """The same suite without the rules of some gates."""
        return self.with_rules(rule for rule in self.rules if rule.gate not in gates)


def read_suite(
    file: Path,
    *,
    root: Path | None = None,
    columns: Collection[str] | None = None,
    metrics: Collection[str] | None = None,
    levers: Mapping[str, float | str] | None = None,
) -> Suite:
    """Read and check a suite file.

    Args:
        file: `expectations/<product>/<suite>.yaml`.
        root: The project, to show the path relative to it.
        columns: Columns of the judged frame; None leaves column names unchecked.
        metrics: Metrics that are measured; None leaves metric names unchecked.
        levers: The product's levers, for limits that are one: `max_value: levers.risk.bias_gap`.

    Raises:
        BadInput: The first thing in it that is not right.
    """
    shown = file.relative_to(root) if root and file.is_relative_to(root) else file
    document = read_yaml(file, shown)
    if not isinstance(document, dict) or not isinstance(document.get("expectations"), list):
        raise BadInput("is not a suite", where=shown, remedy="write `suite:` and a list `expectations:` at its top")
    for key in document:
        if key not in ("suite", "expectations"):
            raise BadInput(
                "unknown key",
                where=f"{shown}:{line_of(document, (key,))}",
                place=str(key),
                remedy=nearest(str(key), ("suite", "expectations")),
            )
    if document.get("suite") != file.stem:
        where = f"{shown}:{line_of(document, ('suite',))}"
        name = document.get("suite")
        problem = f"{name!r} differs from the file's name"
        raise BadInput(problem, where=where, place="suite", remedy=f"write `suite: {file.stem}`")
    named = _set_levers(document, levers or {}, shown)
    entries = document["expectations"]
    if not entries:
        where = f"{shown}:{line_of(document, ('expectations',))}"
        raise BadInput(
            "is empty, and would pass everything",
            where=where,
            place="expectations",
            remedy="add at least one expectation",
        )
    read = (
        _rule(plain(entry), file.stem, f"{shown}:{line_of(entries, (index,))}", line_of(entries, (index,)))
        for index, entry in enumerate(entries)
    )
    rules = tuple(replace(rule, lever=named.get(index, "")) for index, rule in enumerate(read))
    _refuse_twins(rules, shown)
    for rule in rules:
        where = f"{shown}:{rule.line}"
        _check_type(rule, file.stem, where)
        if columns is not None and rule.type != EVIDENCE_RULE:
            _check_columns(rule, columns, where)
        if metrics is not None and rule.type == EVIDENCE_RULE and rule.kwargs["metric"] not in metrics:
            metric = rule.kwargs["metric"]
            raise BadInput(f"nobody measures {metric!r}", where=where, place=rule.id, remedy=nearest(metric, metrics))
    strict = _is_strict(file, levers or {})
    return Suite(file.stem, str(shown), _hash(document, strict=strict), rules, strict)


def _set_levers(document: Any, levers: Mapping[str, float | str], shown: Path) -> dict[int, str]:  # noqa: ANN401  (any YAML value)
    """Put the value of a lever wherever a limit names one, so that a person turns it in one place.

    Returns:
        Place of an expectation in the list to the lever that it names.

    Raises:
        BadInput: There is no such lever, or it is not set.
    """
    numbers = {name: value for name, value in levers.items() if not isinstance(value, str)}
    found: dict[int, str] = {}
    entries = document.get("expectations") if isinstance(document, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        kwargs: Any = entry.get("kwargs") if isinstance(entry, dict) else None
        for key in ("min_value", "max_value") if isinstance(kwargs, dict) else ():
            named = kwargs.get(key)
            if not isinstance(named, str) or not named.startswith(LEVER):
                continue
            if named not in numbers:
                where = f"{shown}:{line_of(entries, (index, 'kwargs', key))}"
                problem = f"names {named!r}, which is no lever with a number"
                raise BadInput(problem, where=where, place=key, remedy=nearest(named, numbers))
            kwargs[key], found[index] = numbers[named], named
    return found


def suite_hash(file: Path, root: Path | None = None, levers: Mapping[str, float | str] | None = None) -> str:
    """The hash by which a suite is known: of what it expects, so that a comment or a blank line changes nothing.

    A lever that a limit names counts with its value, and so does what an inconclusive verdict does: turning either
    makes old verdicts void.

    Raises:
        BadInput: The file is not there, or not YAML.
    """
    shown = file.relative_to(root) if root and file.is_relative_to(root) else file
    document = read_yaml(file, shown)
    _set_levers(document, levers or {}, shown)
    return _hash(document, strict=_is_strict(file, levers or {}))


def _is_strict(file: Path, levers: Mapping[str, float | str]) -> bool:
    """Whether what is inconclusive blocks: rules on rows are never in doubt, they count all there are."""
    return file.stem == "evidence" and levers.get(STRICT) == "block"


def _hash(document: Any, *, strict: bool) -> str:  # noqa: ANN401  (any YAML value)
    content = {"strict": True, "suite": plain(document)} if strict else plain(document)
    return sha256(json.dumps(content, sort_keys=True, default=str).encode())[:16]


def _rule(entry: Any, suite: str, where: str, line: int) -> Rule:  # noqa: ANN401  (any YAML value)
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


def _refuse_twins(rules: tuple[Rule, ...], shown: Path) -> None:
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


def _check_type(rule: Rule, suite: str, where: str) -> None:
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
    low, high = (rule.kwargs.get(key) for key in ("min_value", "max_value"))
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        problem = f"wants at least {low:g} and at most {high:g}: nothing can meet that"
        raise BadInput(problem, where=where, place=rule.id, remedy="mend min_value or max_value")
    if rule.type == EVIDENCE_RULE and low is None and high is None:
        problem = "has no limit, and would pass everything"
        raise BadInput(problem, where=where, place=rule.id, remedy="add min_value or max_value")


def _first_complaint(error: Exception) -> tuple[str, str]:
    """The argument that a validation error is about, empty where it is about several, and what is wrong."""
    details = error.errors()[0] if hasattr(error, "errors") else {"loc": ("__root__",), "msg": str(error)}
    argument = str(details["loc"][0])
    return "" if argument == "__root__" else argument, one_line(str(details["msg"]))


def _check_columns(rule: Rule, columns: Collection[str], where: str) -> None:
    for column in rule.columns:
        if column not in columns:
            raise BadInput(f"unknown column {column!r}", where=where, place=rule.id, remedy=nearest(column, columns))


def declared_gates(file: Path) -> dict[str, bool]:
    """The gates that a suite names, and whether any of a gate's expectations is critical.

    For naming asset checks when the code location loads: it reads leniently and fast. What is wrong with the file is
    said by `read_suite`, when it is judged by or checked.
    """
    try:
        entries = plain(read_yaml(file, file))["expectations"]
        named = [(entry.get("meta", {}), entry.get("severity", "critical")) for entry in entries]
        gates: dict[str, bool] = {}
        for meta, severity in named:
            gate = str(meta.get("gate", "plausibility"))
            gates[gate] = gates.get(gate, False) or severity == "critical"
    except (BadInput, KeyError, TypeError, AttributeError):
        return {"plausibility": True}
    return dict(sorted(gates.items()))
