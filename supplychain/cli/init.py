"""`init`: a project laid down, and a product drafted from a stranger's data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say

if TYPE_CHECKING:
    from supplychain.draft import Draft, Drafted


def init(
    source: Annotated[
        Path | None, typer.Option("--from", help="The data: CSV, CSV in gzip, or Parquet. Without it: a project alone.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The outcome's column; suggested where not given.")] = None,
    name: Annotated[str | None, typer.Option(help="The product's name; of the file's name where not given.")] = None,
    json: AsJson = False,
) -> None:
    """Draft a product and its three suites from data; in a folder that is no project, lay one down first."""
    from supplychain.draft import initialise

    done = initialise(Path.cwd(), source, target=target, name=name, progress=(lambda _: None) if json else _Progress())
    if json:
        put_json(_as_json(done))
        return
    if done.laid:
        say(f"a project: {', '.join(done.laid)}", "dim")
    if done.draft is None:
        say("Next:", "bold")
        say("  supplychain init --from FILE   draft a product from your data")
        return
    _show(done, done.draft)


class _Progress:
    """A line for what is under way."""

    def __call__(self, text: str) -> None:
        say(f"{text} ...", "dim")


def _show(done: Drafted, draft: Draft) -> None:
    table = draft.table
    kept = [name for name in draft.frame.columns if name != draft.goal.name]
    say(f"\nProduct {done.name}: {table.rows:,} rows; {len(kept)} columns beside the outcome", "bold")
    say(f"  outcome   {draft.goal.name}: {draft.goal.reason}")
    if draft.entity:
        say(f"  entity    {draft.entity.column}: {draft.entity.reason}")
    if draft.sensitive:
        say(f"  sensitive {', '.join(draft.sensitive)}")
    if draft.slices:
        say(f"  slices    {', '.join(one.name for one in draft.slices)}")
    if draft.drops:
        say("\nLeft out:", "bold")
        put_table({"column": column, "why": why} for column, why in draft.drops.items())
    say("\nWritten:", "bold")
    for file in done.files:
        say(f"  {file.relative_to(done.root)}")
    say("\nNext:", "bold")
    say(f"  supplychain check {done.name}")
    say(f"  supplychain run {done.name}")


def _as_json(done: Drafted) -> dict[str, Any]:
    """What was decided and why; no value of the data is in it beside those that many rows share."""
    draft = done.draft
    files = [str(file.relative_to(done.root)) for file in done.files]
    base: dict[str, Any] = {"project": str(done.root), "laid_down": done.laid, "product": done.name, "files": files}
    if draft is None:
        return base
    return {
        **base,
        "rows": draft.table.rows,
        "outcome": {"name": draft.goal.name, "reason": draft.goal.reason},
        "entity": draft.entity.__dict__ if draft.entity else None,
        "window": {"column": draft.window[0], "values": draft.window[1]} if draft.window else None,
        "sensitive": draft.sensitive,
        "personal": draft.personal,
        "dropped": draft.drops,
        "missing": list(draft.missing),
        "columns": [_column(draft, column) for column in draft.profiles],
        "slices": [one.__dict__ for one in draft.slices],
        "next": [f"supplychain check {done.name}", f"supplychain run {done.name}"],
    }


def _column(draft: Draft, name: str) -> dict[str, Any]:
    profile = draft.profiles[name]
    entity = draft.entity is not None and draft.entity.column == name
    use = "entity" if entity else "dropped" if name in draft.drops else "modelled"
    return {
        "name": name,
        "type": profile.form,
        "use": "outcome" if name == draft.goal.name else use,
        "declared": draft.kinds.get(name),
        "missing": round(profile.share_missing, 4),
        "markers": list(profile.markers),
        "why": draft.drops.get(name, profile.note),
    }
