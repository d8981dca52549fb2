"""The number of the next version, computed from what changed."""

from __future__ import annotations

from typing import Any

FIRST = "1.0.0"


def next_version(previous: dict[str, Any] | None, schema: dict[str, str], windows: set[str]) -> str:
    """Major where a consumer could break, minor where something was added, else patch.

    Args:
        previous: The manifest of the newest release; None before the first.
        schema: Column name to type of the new release.
        windows: Its windows.

    Example:
        >>> before = {"version": "1.2.3", "files": [{"schema": {"age": "Int64"}}], "windows": [{"window": "2024"}]}
        >>> next_version(before, {"age": "Int64"}, {"2024", "2025"})
        '1.3.0'
        >>> next_version(before, {"age": "String"}, {"2024"})
        '2.0.0'
    """
    if previous is None:
        return FIRST
    major, minor, patch = (int(part) for part in previous["version"].split("."))
    old_schema = next(file["schema"] for file in previous["files"] if "schema" in file)
    old_windows = {entry["window"] for entry in previous["windows"]}
    if any(schema.get(name) != kind for name, kind in old_schema.items()) or old_windows - windows:
        return f"{major + 1}.0.0"
    if schema.keys() - old_schema.keys() or windows - old_windows:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"
