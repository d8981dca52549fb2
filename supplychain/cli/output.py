"""What commands print: tables for people, JSON for programs, complaints on standard error."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDE = 200
"""Columns of a table that goes into a file or another program."""

_width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE
console = Console(highlight=False, soft_wrap=False, width=_width)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def complain(line: str) -> None:
    """One line on standard error."""
    errors.print(f"supplychain: {line}", style="red", markup=False)


def say(text: str = "", style: str = "") -> None:
    """A line for a person."""
    console.print(text, style=style or None, markup=False)


def put_json(value: Any) -> None:  # noqa: ANN401  (plain values)
    """A value for a program."""
    typer.echo(json.dumps(value, indent=2, default=str))


def put_table(rows: Iterable[dict[str, Any]], *, title: str = "") -> None:
    """Rows for a person; numbers to the right, four digits."""
    rows = list(rows)
    if not rows:
        return
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for name, value in rows[0].items():
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(value) for value in row.values()))
    console.print(table)


def cell(value: object) -> str:
    """A value in a table's cell, safe from markup."""
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def status(text: str, *, quiet: bool) -> AbstractContextManager[object]:
    """A spinner on a terminal, a line elsewhere, nothing where a program reads."""
    if quiet:
        return nullcontext()
    if console.is_terminal:
        return console.status(text)
    say(f"{text} ...")
    return nullcontext()
