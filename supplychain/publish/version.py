"""The number of the next version, computed from what changed, and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.publish.columns import distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIRST = "1.0.0"
MAJOR, MINOR, PATCH = "major", "minor", "patch"
LEVELS = (MAJOR, MINOR, PATCH)
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that is other than before, and what it means to a consumer."""

    level: str
    about: str
    reason: str


def changes(old: Manifest, new: Manifest, *, same: float) -> list[Change]:
    """What changed between two manifests of one audience, the gravest first.

    Args:
        old: The earlier manifest.
        new: The later one.
        same: How far a column may lie from before to be of the same distribution.
    """
    found = [*_columns(old, new, same), *_terms(old, new), *_gates(old, new), *_windows(old, new), *_slices(old, new)]
    return sorted(found, key=lambda change: LEVELS.index(change.level))


def number(old: Manifest | None, found: Iterable[Change]) -> str:
    """The next version: major where a consumer could break, minor where something was added, else patch.

    Example:
        >>> number({"version": "1.2.3"}, [Change("minor", "rows", "more")])
        '1.3.0'
        >>> number({"version": "1.2.3"}, [])
        '1.2.4'
    """
    if old is None:
        return FIRST
    major, minor, patch = (int(part) for part in old["version"].split("."))
    levels = {change.level for change in found}
    if MAJOR in levels:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if MINOR in levels else f"{major}.{minor}.{patch + 1}"


def _columns(old: Manifest, new: Manifest, same: float) -> Iterator[Change]:
    before, after = ({column["name"]: column for column in one["columns"]} for one in (old, new))
    for name, column in before.items():
        if name not in after:
            yield Change(MAJOR, "schema", f"column {name} is gone")
        elif column["type"] != after[name]["type"]:
            yield Change(MAJOR, "schema", f"column {name} was {column['type']} and is {after[name]['type']}")
        else:
            yield from _values(name, column, after[name], same)
    for name in after.keys() - before.keys():
        yield Change(MINOR, "schema", f"column {name} is new")


def _values(name: str, old: dict[str, Any], new: dict[str, Any], same: float) -> Iterator[Change]:
    narrower = list(_narrower(old.get("allowed", {}), new.get("allowed", {})))
    if old["kind"] in ("category", "flag") and "values" in old.get("spread", {}) and "spread" in new:
        gone = old["spread"]["values"].keys() - new["spread"].get("values", {}).keys()
        narrower += [f"no longer takes {', '.join(sorted(gone))}"] if gone else []
    for reason in narrower:
        yield Change(MAJOR, "values", f"column {name} {reason}")
    if "spread" in old and "spread" in new and (apart := distance(old["spread"], new["spread"])) > same:
        yield Change(MINOR, "distribution", f"column {name} lies {apart:.3f} from before, beyond {same:g}")


def _narrower(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    if "min" in new and ("min" not in old or new["min"] > old["min"]):
        yield f"must be at least {new['min']:g}, was {_end(old, 'min')}"
    if "max" in new and ("max" not in old or new["max"] < old["max"]):
        yield f"must be at most {new['max']:g}, was {_end(old, 'max')}"
    if "values" in new and ("values" not in old or set(old["values"]) - set(new["values"])):
        lost = sorted(set(map(str, old.get("values", ()))) - set(map(str, new["values"])))
        yield f"must not be {', '.join(lost)} any more" if lost else "has a list of allowed values, had none"
    if new.get("required") and not old.get("required"):
        yield "must not be missing, might be"


def _end(allowed: dict[str, Any], key: str) -> str:
    return f"{allowed[key]:g}" if key in allowed else "unlimited"


def _terms(old: Manifest, new: Manifest) -> Iterator[Change]:
    for key, before in old["terms"].items():
        after = new["terms"].get(key)
        if before != after:
            yield Change(MAJOR, key, f"{key} was {_said(before)} and is {_said(after)}")


def _said(term: object) -> str:
    return repr(term) if isinstance(term, str) else ", ".join(f"{k} {v!r}" for k, v in dict(term or {}).items()) or "-"  # type: ignore[call-overload]


def _gates(old: Manifest, new: Manifest) -> Iterator[Change]:
    before, after = ({(g["suite"], g["rule"]): g for g in one["gates"]} for one in (old, new))
    for key, gate in before.items():
        reason = "is gone" if key not in after else weaker(gate, after[key])
        if reason:
            yield Change(MAJOR, "gates", f"gate {'/'.join(key)} {reason}")
    waived = [
        {(entry["window"], gate["rule"]) for entry in one["windows"] for gate in entry["gates"] if "waived" in gate}
        for one in (old, new)
    ]
    for window, rule in sorted(waived[1] - waived[0]):
        yield Change(MAJOR, "gates", f"gate {rule} was waived in window {window}")


def weaker(old: dict[str, Any], new: dict[str, Any]) -> str:
    """In which way a rule lets more through than before; empty where it does not."""
    order = ("critical", "warning", "info")
    if order.index(new["severity"]) > order.index(old["severity"]):
        return f"was {old['severity']} and is {new['severity']}"
    if old["strict"] and not new["strict"]:
        return "no longer blocks where there is too little data to tell"
    before, after = old["kwargs"], new["kwargs"]
    if before == after and old["type"] == new["type"]:
        return ""
    limits = ("min_value", "max_value", "mostly")
    if {k: v for k, v in before.items() if k not in limits} != {k: v for k, v in after.items() if k not in limits}:
        return f"asks for something else: {old['limit']!r} before, {new['limit']!r} now"
    for key, sign in (("min_value", -1), ("max_value", 1), ("mostly", -1)):
        ends = [_limit(kwargs, key) for kwargs in (before, after)]
        if (key in before or key in after) and _looser_end(ends[0], ends[1], sign):
            return f"is weaker: {old['limit']!r} before, {new['limit']!r} now"
    return ""


def _limit(kwargs: dict[str, Any], key: str) -> float | None:
    """A limit of a rule, None where it has none; `mostly` that is not given is 1."""
    found: float | None = kwargs.get(key, 1 if key == "mostly" else None)
    return found


def _looser_end(old: float | None, new: float | None, sign: int) -> bool:
    """Whether an end of a range lets more through; an end that is not given lets all through."""
    return old is not None and (new is None or (new - old) * sign > 0)


def _windows(old: Manifest, new: Manifest) -> Iterator[Change]:
    before, after = ({entry["window"]: entry for entry in one["windows"]} for one in (old, new))
    for name in sorted(before.keys() - after.keys()):
        yield Change(MAJOR, "rows", f"window {name} is gone")
    for name in sorted(after.keys() - before.keys()):
        yield Change(MINOR, "rows", f"window {name} is new")
    if old["rows"] != new["rows"]:
        level = MINOR if new["rows"] > old["rows"] else PATCH
        yield Change(level, "rows", f"{new['rows']:,} rows, {old['rows']:,} before")


def _slices(old: Manifest, new: Manifest) -> Iterator[Change]:
    for name, where in old["slices"].items():
        if name in new["slices"] and new["slices"][name] != where:
            yield Change(MINOR, "slices", f"slice {name} is now {new['slices'][name]}")
    for name in new["slices"].keys() - old["slices"].keys():
        yield Change(MINOR, "slices", f"slice {name} is new")
    for name in old["slices"].keys() - new["slices"].keys():
        yield Change(PATCH, "slices", f"slice {name} is no longer watched")


def newest(versions: Iterable[str]) -> str:
    """The largest of some versions.

    Example:
        >>> newest(["1.10.0", "1.9.1"])
        '1.10.0'
    """
    return max(versions, key=key_of)


def key_of(version: str) -> tuple[int, ...]:
    """A version as numbers, to sort by."""
    return tuple(int(part) for part in version.split("."))
