"""What `bench.gates` found, as counts with exact limits: for a program and as docs/planted-faults.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.faults import FAULTS, GOOD
from bench.tables import markdown
from supplychain.validate.privacy.chance import share_limits

PAGE = Path(__file__).resolve().parents[1] / "docs" / "planted-faults.md"
GATES = ("plausibility", "fidelity", "coverage", "utility", "confidence", "bias", "privacy")
TOP = """# Planted faults: how sure the gates are

Written by `python -m bench.gates --page` from the batches that `python -m bench.gates` measured:
{batches} batches over {partings} partings of the people of {data}.
Each parting makes a project of 70% of the people, and batches of the others, whom it never saw.
The chain's own steps screen, measure and judge each batch, and it is refused where a critical rule fails.
`drug-spend` has its own suites, both of its windows in one.
Every other data set has those that `supplychain init` drafts for it.
Limits are exact 95% ones (Clopper and Pearson). What a few batches cannot tell, wide limits say.
Some lines are from slightly older code than this page: a batch that was measured once is not measured again.
"""
GOAL_WORDS = """## Against the goals

| goal | measured | met |
| ---- | -------- | --- |
"""
GOAL_COPIES, GOAL_GOOD = 0.0025, 0.05
GOOD_WORDS = """## Good batches

Fresh people are real ones whom nobody fitted on; `trees` are the chain's own, as they are by default.
One batch of each a parting. A gate is counted once a batch, however many of its rules failed.
"""
FAULT_WORDS = """## Faults

For each dose how many batches were refused, and how many by each gate. `screening` is a batch of which no row was left.
Faults are planted into candidates. Copies of unique people, and rows that break a rule, are taken out one by one
before anything is accepted: none of them is in a release, even where the batch passes.
"""
DATA_WORDS = """## By data set

Refused batches of those measured. Rows of train, gold and the batch: {sizes}.
"""
DOSE_WORDS = """## What a dose is
"""


def summary(lines: list[dict]) -> dict:
    """For each batch and dose: how many there were, how many were refused, and by which gates and rules."""
    found: dict = {}
    for (batch, dose), some in _grouped(lines).items():
        found.setdefault(batch, {})[f"{dose:g}"] = {
            **_counted(some),
            "gates": dict(Counter(gate for line in some for gate in {gate for gate, _ in line["refused"]})),
            "rules": dict(Counter("/".join(pair) for line in some for pair in line["refused"])),
            "data": {name: _counted(few) for name, few in _by_data(some).items()},
        }
    return found


def _grouped(lines: list[dict]) -> dict[tuple[str, float], list[dict]]:
    """Batches by name and dose: good ones, then faults, each from the smallest dose."""
    order = [*((name, 0.0) for name in GOOD), *((fault.name, dose) for fault in FAULTS for dose in fault.doses)]
    return {key: some for key in order if (some := [one for one in lines if (one["batch"], one["dose"]) == key])}


def _by_data(lines: list[dict]) -> dict[str, list[dict]]:
    return {name: [one for one in lines if one["data"] == name] for name in dict.fromkeys(one["data"] for one in lines)}


def _counted(lines: list[dict]) -> dict:
    refused = sum(bool(line["refused"]) for line in lines)
    limits = share_limits(refused, len(lines))
    return {"n": len(lines), "refused": refused, "low": round(limits.low, 4), "high": round(limits.high, 4)}


def _words(lines: list[dict]) -> str:
    found = _counted(lines)
    return f"{found['refused']} of {found['n']} ({found['low']:.0%} to {found['high']:.0%})"


def _by_gate(lines: list[dict]) -> list[object]:
    gates = Counter(gate for line in lines for gate in {gate for gate, _ in line["refused"]})
    return [gates[gate] or "" for gate in GATES]


def tables(lines: list[dict]) -> dict[str, str]:
    """The tables of the page, by name."""
    groups = _grouped(lines)
    good = [line for line in lines if line["batch"] in GOOD]
    data = list(_by_data(lines))
    kinds = [(name, [line for line in good if line["batch"] == name]) for name in GOOD]
    head = ["batch", "refused", *GATES]
    rules = Counter("/".join(pair) for line in good for pair in line["refused"])
    planted = {key: some for key, some in groups.items() if key[0] not in GOOD}
    return {
        "good": markdown(
            head, [[name, _words(some), *_by_gate(some)] for name, some in [*kinds, ("all", good)] if some]
        ),
        "rules": "; ".join(f"`{rule}` {count}" for rule, count in rules.most_common()) or "none",
        "faults": markdown(
            ["fault", "dose", "refused", *GATES],
            [[name, f"{dose:g}", _words(some), *_by_gate(some)] for (name, dose), some in planted.items()],
        ),
        "data": markdown(
            ["batch", "dose", *data],
            [[name, f"{dose:g}" if dose else "", *_each(some, data)] for (name, dose), some in groups.items()],
        ),
        "doses": markdown(["fault", "dose"], [[fault.name, fault.what] for fault in FAULTS]),
    }


def goals(lines: list[dict]) -> str:
    """What was wanted, and whether it was reached: the point, and what the limits say of it."""
    groups, good = _grouped(lines), _counted([line for line in lines if line["batch"] in GOOD])
    copies = groups.get((FAULTS[0].name, GOAL_COPIES), [])
    largest = {fault.name: some for fault in FAULTS if (some := groups.get((fault.name, fault.doses[-1])))}
    few = {name: _words(some) for name, some in largest.items() if _counted(some)["refused"] < len(some)}
    every = [line for some in largest.values() for line in some]
    share = good["refused"] / max(good["n"], 1)
    sure = "surely" if good["high"] <= GOAL_GOOD else "more batches are needed to be sure"
    rows = [
        (f"copies of {GOAL_COPIES:.2%} are refused always", _where(copies), _yes(copies)),
        ("every fault is refused always at its largest dose", _words(every), _yes(every)),
        (
            f"good batches are refused at most {GOAL_GOOD:.0%} of the time",
            _words([line for line in lines if line["batch"] in GOOD]),
            f"yes, {sure}" if share <= GOAL_GOOD else "no",
        ),
    ]
    missed = "; ".join(f"{name} {words}" for name, words in few.items())
    table = GOAL_WORDS + "\n".join(f"| {goal} | {found} | {met} |" for goal, found, met in rows) + "\n"
    return table + (f"\nMissed at the largest dose: {missed}.\n" if missed else "")


def _where(lines: list[dict]) -> str:
    each = (f"`{name}` {_counted(some)['refused']} of {len(some)}" for name, some in _by_data(lines).items())
    return ", ".join(each) or "nothing"


def _yes(lines: list[dict]) -> str:
    if not lines:
        return "not measured"
    return "yes" if all(line["refused"] for line in lines) else "no"


def _each(lines: list[dict], data: list[str]) -> list[str]:
    by_data = _by_data(lines)
    return [f"{_counted(by_data[name])['refused']} of {len(by_data[name])}" if name in by_data else "" for name in data]


def _sizes(lines: list[dict]) -> str:
    first = {name: some[0] for name, some in _by_data(lines).items()}
    return "; ".join(f"{name} {one['train']:,}, {one['gold']:,}, {one['rows']:,}" for name, one in first.items())


def page(lines: list[dict]) -> str:
    """The page."""
    found = tables(lines)
    partings = len({(line["data"], line["seed"]) for line in lines})
    top = TOP.format(batches=len(lines), partings=partings, data=", ".join(f"`{name}`" for name in _by_data(lines)))
    return "\n".join(
        [
            top,
            goals(lines),
            GOOD_WORDS,
            found["good"],
            f"\nRules that refused good ones: {found['rules']}.\n",
            FAULT_WORDS,
            found["faults"],
            "",
            DATA_WORDS.format(sizes=_sizes(lines)),
            found["data"],
            "",
            DOSE_WORDS,
            found["doses"],
            "",
        ]
    )


def write_page(lines: list[dict]) -> None:
    """Write docs/planted-faults.md, and print its tables."""
    if lines:
        PAGE.write_text(page(lines), encoding="utf-8")
        for name in ("good", "faults"):
            print(tables(lines)[name])
