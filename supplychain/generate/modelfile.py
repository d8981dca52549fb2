"""A model's file: one line of JSON that says what wrote it, and the model after it.

The line is read before anything else: a file of another kind, of a newer form or of another library's version is
refused by name, and nothing of it is run.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from supplychain.errors import StoreFault

if TYPE_CHECKING:
    from pathlib import Path


def write_model(path: Path, body: bytes, *, kind: str, form: int, **head: Any) -> None:  # noqa: ANN401  (plain values)
    """Write a model.

    Args:
        path: The file.
        body: The model, in whatever bytes its synthesizer likes.
        kind: What wrote it, as it is called in messages.
        form: The version of what the body and the head hold; it goes up when an older reader would misread them.
        head: Whatever else a reader should know first; plain values.
    """
    line = json.dumps({"kind": kind, "form": form, "supplychain": version("supplychain"), **head})
    path.write_bytes(line.encode() + b"\n" + body)


def read_model(path: Path, *, kind: str, form: int) -> tuple[dict[str, Any], bytes]:
    """Read a model's head and its body.

    Args:
        path: The file.
        kind: What should have written it.
        form: The newest form that the caller reads.

    Raises:
        StoreFault: It was written by something else, or in a newer form.
    """
    line, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(line)
        made_by, written = str(head["kind"]), int(head["form"])
    except (ValueError, KeyError, TypeError):
        raise StoreFault(f"the model file is none of {kind}, or of a version before 0.1; fit again") from None
    if made_by != kind:
        raise StoreFault(f"the model file was written by {made_by}, not by {kind}; fit again")
    if written > form:
        raise StoreFault(
            f"the model file of {kind} has form {written}, of supplychain {head.get('supplychain')}, and this version "
            f"({version('supplychain')}) reads up to {form}; upgrade supplychain, or fit again"
        )
    return head, body
