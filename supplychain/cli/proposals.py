"""How proposals of the monitor are shown, by `plan` and by `drift`."""

from __future__ import annotations

from typing import Any

from supplychain.cli.output import say


def show(proposed: list[dict[str, Any]]) -> None:
    """What the last release was found to need: what the next plan does by itself, and what waits for a person."""
    if proposed:
        say("\nRebalance, from feedback, drift and what the last batches did", style="bold")
    for one in proposed:
        say(f"  {one['slice']}: {in_words(one)} [{one['done']}]")
        say(f"    {one['why']}", style="dim")


def in_words(one: dict[str, Any]) -> str:
    """A proposal with its rows, expected gain and price, as far as they are known."""
    told = str(one["proposal"])
    if one["rows"]:
        told += f", {one['rows']:,} rows" + (f" of window {one['from_window']}" if one["from_window"] else "")
    if one["gain"] is not None:
        span = f"{one['gain_low']:.3g} to {one['gain_high']:.3g}"
        told += f"; expected to lower the {one['gain_in']} by {one['gain']:.3g} ({span})"
    if one["price"]:
        told += f"; {one['price']:,.0f} {one['currency']}"
        if one["price_low"] != one["price_high"]:
            told += f" ({one['price_low']:,.0f} to {one['price_high']:,.0f})"
    return told
