"""The text of a drafted product file: the levers first, then the six steps, each suggestion with its reason."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from supplychain.draft.outcome import MOST_CLASSES
from supplychain.draft.rounding import down
from supplychain.draft.slicing import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supplychain.draft.drafting import Draft

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*([ /.-][A-Za-z0-9_]+)*")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def scalar(value: Any) -> str:  # noqa: ANN401  (a text or a number)
    """A value as YAML, in quotes where it needs them.

    Example:
        >>> scalar("age"), scalar("NO"), scalar('a "b": c')
        ('age', '"NO"', '"a \\\\"b\\\\": c"')
    """
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())


def predicate(where: str) -> str:
    """A SQL condition as YAML: bare where it is plain, in single quotes or folded otherwise."""
    if re.fullmatch(r"[A-Za-z_]\w* (=|>=|<) (-?[\d.]+|'[\w ./-]+')", where):
        return where
    return json.dumps(where, ensure_ascii=False)


def folded(items: Iterable[str], indent: int) -> str:
    """A list in one pair of brackets, folded to the width of the page."""
    pad = " " * indent
    lines = textwrap.wrap(", ".join(items), WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "[" + f"\n{pad}".join(lines) + "]"


def comment(text: str, indent: int = 2) -> list[str]:
    """A remark of any length as lines of comment."""
    pad = " " * indent + "# "
    return textwrap.wrap(text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False)


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."


def product_text(draft: Draft, name: str, source: str, schema: str | None) -> str:
    """The product file.

    Args:
        draft: What was decided.
        name: The product's name.
        source: The data file, as the product file names it.
        schema: The JSON Schema's path from the product file, for editors; None to leave it out.
    """
    blocks = [
        _head(draft, name, schema),
        _levers(draft),
        _source(draft, source),
        _entity(draft),
        _window(draft),
        _outcome(draft),
        _drop(draft),
        _sensitive(draft),
        _columns(draft),
        _slices(draft),
        _roi(),
        ["  generate:", "    synthesizer: trees  # guarded trees; `supplychain doctor` lists the others"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(draft: Draft, name: str, schema: str | None) -> list[str]:
    table = draft.table
    about = f"A draft from {table.file.name}. Say here what it is for, in a sentence or two."
    return [
        *([f"# yaml-language-server: $schema={schema}"] if schema else []),
        "# Drafted by `supplychain init`: each suggestion has its reason. What you know better, change.",
        f"# Then: supplychain check {name}, supplychain run {name}",
        "type: assets.DataProduct",
        "attributes:",
        f"  name: {name}",
        f"  description: {json.dumps(about, ensure_ascii=False)}",
        "  # owners: [team:NAME]",
    ]


def _levers(draft: Draft) -> list[str]:
    return [
        "  levers:",
        "    coverage:",
        f"      rows: {{all: {draft.rows}}}  # about as many as there are real rows to learn from, rounded down;",
        "      # a slice's name in place of `all` asks for rows there",
        f"      most_rows: {down(draft.rows / 4)}  # the plan may spread these over gaps that rows can close",
        "    cost:",
        "      candidates_per_row: 2  # these rules refuse few",
        "      # budget: the most money that one window may spend, with `currency`; prices stand under `roi`",
        "    risk:",
        "      synthetic_weight: 0.5  # the most that a synthetic row weighs; what it weighs is measured",
    ]


def _source(draft: Draft, source: str) -> list[str]:
    lines = ["  source:", f"    file: {scalar(source)}"]
    if draft.table.separator != ",":
        lines.append(f"    separator: {json.dumps(draft.table.separator)}")
    if draft.missing:
        texts = ", ".join(json.dumps(text) for text in draft.missing)
        lines.append(f"    missing: [{texts}]  # stand where a value is missing, and nowhere for a value")
    return [*lines, "    # origin: who collected the rows, when and where", "    # licence: what one may do with them"]


def _entity(draft: Draft) -> list[str]:
    if not draft.entity:
        return comment(
            "entity: no column seems to name a person; each row is one. If one does: {column: NAME, rows: many}"
        )
    key = draft.entity
    return [*comment(_sentence(key.reason)), f"  entity: {{column: {scalar(key.column)}, rows: {key.rows}}}"]


def _window(draft: Draft) -> list[str]:
    dates = [name for name in draft.frame.columns if draft.frame[name].dtype.is_temporal()]
    if draft.window:
        name, values = draft.window
        listed = ", ".join(scalar(value) if isinstance(value, int) else _window_value(value) for value in values)
        why = (
            f"{name} looks like a period, a group or a site. If rows arrive by it, make each value a window of its own:"
        )
        brackets = "[]" if all(_names_itself(value) for value in values) else "{}"
        return [
            *comment(why),
            *_commented(f"window: {{column: {scalar(name)}, values: {brackets[0]}{listed}{brackets[1]}}}"),
        ]
    if dates:
        why = f"window: rows have a date ({scalar(dates[0])}); a column with its month or year could name the window"
        return comment(why)
    return []


def _commented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  # ", subsequent_indent="  #   ", break_long_words=False)


def _names_itself(value: Any) -> bool:  # noqa: ANN401
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", str(value)))


def _window_value(value: Any) -> str:  # noqa: ANN401
    if _names_itself(value):
        return scalar(str(value))
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', str(value)).strip('-_.') or 'w'}: {scalar(str(value))}"


def _outcome(draft: Draft) -> list[str]:
    goal = draft.goal
    lines = [*comment(_sentence(goal.reason)), f"  outcome: {{name: {scalar(goal.name)}}}"]
    if draft.frame[goal.name].n_unique() > MOST_CLASSES:
        condition = f"where: {quoted(goal.name)} >= LIMIT"
        lines += comment(f"For a yes or no: another name and a condition, `{condition}`; then drop the column.")
    return lines


def _drop(draft: Draft) -> list[str]:
    if not draft.drops:
        return []
    reasons: dict[str, list[str]] = {}
    for name, why in draft.drops.items():
        reasons.setdefault(why, []).append(name)
    lines = ["  drop:  # read, but neither learned from nor released"]
    for why, names in reasons.items():
        if len(names) > 2:
            lines += comment(why, 4)
            lines += [f"    - {scalar(name)}" for name in names]
        else:
            lines += [f"    - {scalar(name)}  # {why}" for name in names]
    return lines


def _sensitive(draft: Draft) -> list[str]:
    if not draft.sensitive:
        return []
    what = ", ".join(dict.fromkeys(draft.sensitive.values()))
    names = folded((scalar(name) for name in draft.sensitive), 14)
    return [*comment(f"By their names or values probably {what}."), f"  sensitive: {names}"]


def _columns(draft: Draft) -> list[str]:
    entries = []
    for name in [*draft.frame.columns, *draft.drops]:
        parts = []
        profile = draft.profiles.get(name)
        why = profile.note if profile else ""
        if name in draft.kinds:
            parts.append(f"kind: {draft.kinds[name]}")
            classes = name == draft.goal.name and profile is not None and profile.form == "number"
            why = why or ("classes that are written as numbers" if classes else "whole numbers that name kinds")
        if name in draft.own:
            texts = ", ".join(json.dumps(text) for text in draft.own[name])
            parts.append(f"missing: [{texts}]")
            why = why or "a value in other columns, missing here"
        if parts:
            entries.append(f"    {scalar(name)}: {{{', '.join(parts)}}}" + (f"  # {why}" if why else ""))
    hint = "  # NAME: {description: what it holds, unit: of a number}"
    return ["  columns:", *entries, f"  {hint}"] if entries else []


def _slices(draft: Draft) -> list[str]:
    if not draft.slices:
        return []
    lines = ["  slices:  # groups to watch, and to ask rows for under levers.coverage"]
    return lines + [f"    {one.name}: {predicate(one.where)}  # {one.reason}" for one in draft.slices]


def _roi() -> list[str]:
    """What to find out first, as a remark: no price is known, and none is guessed."""
    from supplychain.roi.words import FIRST

    lines = comment(
        "Which is better here: nothing, more real rows, synthetic ones, or both? `supplychain roi` compares them in "
        "money once it knows these; docs/roi.md has the others. Each: {dist: pert, low: , mode: , high: , unit: , "
        "source: measured, quoted (with ref), literature (with ref) or assumed}"
    )
    return [*lines, "  # roi:", "  #   inputs:", *(f"  #     {name}:  # {what}" for name, what in FIRST)]
