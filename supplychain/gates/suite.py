"""Suite files, read strictly.

Great Expectations drops unknown expectation types and bad severities without a word, and passes an empty suite.
Here each of these is an error that names file, line, rule and remedy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.documents import line_of, plain, read_yaml
from supplychain.errors import BadInput, nearest, one_line
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

SUITES = ("real", "synthetic", "evidence")
SEVERITIES = ("critical", "warning", "info")
SQL_RULE = "expect_rows_to_satisfy_sql"
EVIDENCE_RULE = "expect_evidence_to_be_between"
_SHAPE = "{type, kwargs, severity, meta: {id, gate, why}}"
_GATES_OF_ROWS = ("plausibility", "coverage")
_GATES_OF_EVIDENCE = ("fidelity", "utility", "confidence", "privacy", "bias", "coverage", "drift")


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
    """

    id: str
    type: str
    kwargs: dict[str, Any]
    severity: str
    gate: str
    why: str
    line: int

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
            return f"{self.kwargs['metric']} {self.kwargs.get('bound', 'value')} {', '.join(bounds)}"
        hidden = {"column_list", "rule"}
        words = [str(self.kwargs["rule"])] if "rule" in self.kwargs else []
        return ", ".join(words + [f"{key} {value}" for key, value in self.kwargs.items() if key not in hidden])


_BOUNDS = (("min_value", "at least"), ("max_value", "at most"))


@dataclass(frozen=True)
class Suite:
    """The expectations of one file."""

    name: str
    file: str
    hash: str
    rules: tuple[Rule, ...]

    def only(self, *gates: str) -> Suite:
        """The same suite with the rules of some gates."""
        return Suite(self.name, self.file, self.hash, tuple(rule for rule in self.rules if rule.gate in gates))

    def without(self, *gates: str) -> Suite:
        """The same suite without the rules of some gates."""
        return Suite(self.name, self.file, self.hash, tuple(rule for rule in self.rules if rule.gate not in gates))


def read_suite(
    file: Path,
    *,
    root: Path | None = None,
    columns: Collection[str] | None = None,
    metrics: Collection[str] | None = None,
) -> Suite:
    """Read and check a suite file.

    Args:
        file: `expectations/<product>/<suite>.yaml`.
        root: The project, to show the path relative to it.
        columns: Columns of the judged frame; None leaves column names unchecked.
        metrics: Metrics that are measured; None leaves metric names unchecked.

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
                "unknown key", where=f"{shown}:{line_of(document, (key,))}", place=key, remedy="keep suite, expectations"
            )
    if document.get("suite") != file.stem:
        raise BadInput(f"suite is {document.get('suite')!r}", where=shown, remedy=f"write `suite: {file.stem}`")
    entries = document["expectations"]
    if not entries:
        raise BadInput("has no expectations, and would pass everything", where=shown, remedy="add at least one")
    rules = tuple(
        _rule(plain(entry), file.stem, f"{shown}:{line_of(entries, (index,))}", line_of(entries, (index,)))
        for index, entry in enumerate(entries)
    )
    _refuse_twins(rules, shown)
    for rule in rules:
        where = f"{shown}:{rule.line}"
        _check_type(rule, where)
        if columns is not None and rule.type != EVIDENCE_RULE:
            _check_columns(rule, columns, where)
        if metrics is not None and rule.type == EVIDENCE_RULE and rule.kwargs["metric"] not in metrics:
            metric = rule.kwargs["metric"]
            raise BadInput(f"nobody measures {metric!r}", where=where, place=rule.id, remedy=nearest(metric, metrics))
    return Suite(file.stem, str(shown), sha256(file.read_bytes())[:16], rules)


def _rule(entry: Any, suite: str, where: str, line: int) -> Rule:  # noqa: ANN401  (any YAML value)
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise BadInput("is not an expectation", where=where, remedy=f"write {_SHAPE}")
    kwargs, meta = entry.get("kwargs", {}), entry.get("meta", {})
    for key in entry:
        if key not in ("type", "kwargs", "severity", "meta"):
            raise BadInput("unknown key", where=where, place=key, remedy=nearest(key, ("type", "kwargs", "severity", "meta")))
    if not isinstance(kwargs, dict) or not isinstance(meta, dict):
        raise BadInput("kwargs and meta are mappings", where=where, remedy=f"write {_SHAPE}")
    for key in meta:
        if key not in ("id", "gate", "why"):
            raise BadInput("unknown key", where=where, place=f"meta.{key}", remedy=nearest(key, ("id", "gate", "why")))
    for key in ("id", "why"):
        if not isinstance(meta.get(key), str):
            raise BadInput("is missing", where=where, place=f"meta.{key}", remedy="every expectation has an id and a reason")
    severity = entry.get("severity", "critical")
    if severity not in SEVERITIES:
        raise BadInput(
            f"unknown severity {severity!r}", where=where, place=meta["id"], remedy=nearest(str(severity), SEVERITIES)
        )
    known = _GATES_OF_EVIDENCE if suite == "evidence" else _GATES_OF_ROWS
    gate = meta.get("gate", None if suite == "evidence" else "plausibility")
    if gate not in known:
        raise BadInput(f"unknown gate {gate!r}", where=where, place=meta["id"], remedy=nearest(str(gate), known))
    if entry["type"] == SQL_RULE and "column_list" not in kwargs:
        kwargs["column_list"] = _columns_of_sql(kwargs.get("rule"), where, meta["id"])
    return Rule(meta["id"], entry["type"], kwargs, severity, gate, one_line(meta["why"]), line)


def _columns_of_sql(rule: object, where: str, place: str) -> list[str]:
    if not isinstance(rule, str):
        raise BadInput("has no kwargs.rule", where=where, place=place, remedy="write a SQL condition")
    try:
        return sorted(set(pl.sql_expr(rule).meta.root_names()))
    except pl.exceptions.PolarsError as error:
        raise BadInput(
            f"cannot read the rule {rule!r} ({error})", where=where, place=place, remedy="write one SQL condition"
        ) from None


def _refuse_twins(rules: tuple[Rule, ...], shown: Path) -> None:
    ids: dict[str, Rule] = {}
    texts: dict[str, Rule] = {}
    for rule in rules:
        text = json.dumps([rule.type, rule.kwargs], sort_keys=True)
        twin = ids.get(rule.id) or texts.get(text)
        if twin:
            raise BadInput(
                f"repeats the expectation of line {twin.line}",
                where=f"{shown}:{rule.line}",
                place=rule.id,
                remedy="remove one, or give each an id and arguments of its own",
            )
        ids[rule.id] = texts[text] = rule


def _check_type(rule: Rule, where: str) -> None:
    """Let Great Expectations itself take the expectation, by the one way that does not drop what it dislikes."""
    from supplychain.gates.expectations import build, known_arguments, known_types

    if rule.type not in known_types():
        raise BadInput(
            f"unknown expectation {rule.type!r}", where=where, place=rule.id, remedy=nearest(rule.type, known_types())
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
        raise BadInput(
            f"arguments do not fit {rule.type} ({one_line(str(error))})", where=where, place=rule.id, remedy="mend them"
        ) from None


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
