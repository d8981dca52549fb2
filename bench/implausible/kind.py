"""What a list of plants is."""

from __future__ import annotations

from typing import Any

Plants = dict[str, dict[str, Any]]
"""The name of a kind to the values that are put over an ordinary row."""
