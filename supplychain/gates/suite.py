"""Suite files, read strictly.

Great Expectations drops unknown expectation types and bad severities without a word, and passes an empty suite.
Here each of these is an error that names file, line, rule and remedy.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from supplychain.documents import line_of, plain, read_yaml
from supplychain.errors import BadInput, nearest
from supplychain.gates.entries import check_columns, check_reach, check_type, read_rule, refuse_twins
from supplychain.gates.rule import EVIDENCE_RULE, SEVERITIES, SQL_RULE, SUITES, Rule, Suite
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = [
    "EVIDENCE_RULE",
    "SEVERITIES",
    "SQL_RULE",
    "SUITES",
    "Rule",
    "Suite",
    "declared_gates",
    "read_suite",
    "suite_hash",
]

LEVER = "levers."
STRICT = "levers.risk.inconclusive"
"""The lever that says what an inconclusive verdict does."""


def read_suite(
    file: Path,
    *,
    root: Path | None = None,
    columns: Collection[str] | None = None,
    metrics: Collection[str] | None = None,
    shares: Collection[str] = (),
    levers: Mapping[str, float | str] | None = None,
) -> Suite:
    """Read and check a suite file.

    Args:
        file: `expectations/<product>/<suite>.yaml`.
        root: The project, to show the path relative to it.
        columns: Columns of the judged frame; None leaves column names unchecked.
        metrics: Metrics that are measured; None leaves metric names unchecked.
        shares: Those that lie between 0 and 1.
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
        read_rule(plain(entry), file.stem, f"{shown}:{line_of(entries, (index,))}", line_of(entries, (index,)))
        for index, entry in enumerate(entries)
    )
    rules = tuple(replace(rule, lever=named.get(index, "")) for index, rule in enumerate(read))
    refuse_twins(rules, shown)
    for rule in rules:
        where = f"{shown}:{rule.line}"
        check_type(rule, file.stem, where)
        if columns is not None and rule.type != EVIDENCE_RULE:
            check_columns(rule, columns, where)
        if metrics is not None and rule.type == EVIDENCE_RULE and rule.kwargs["metric"] not in metrics:
            metric = rule.kwargs["metric"]
            raise BadInput(f"nobody measures {metric!r}", where=where, place=rule.id, remedy=nearest(metric, metrics))
        check_reach(rule, where, shares)
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
