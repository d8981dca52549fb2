"""YAML files that people write: read strictly, with the line of every key at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def read_yaml(file: Path, shown: Path) -> Any:  # noqa: ANN401  (any YAML value)
    """A YAML 1.2 document, with line numbers kept.

    Raises:
        BadInput: Not there, not readable, not UTF-8, not YAML, or a key stands twice.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import YAMLError

    try:
        text = file.read_text(encoding="utf-8")
        return YAML(typ="rt").load(text)
    except FileNotFoundError:
        raise BadInput("there is no such file", where=shown, remedy="create it") from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise BadInput(problem, where=shown, remedy="put a readable file there") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = "has bytes that are not UTF-8"
        raise BadInput(problem, where=f"{shown}:{line}", remedy="save it as UTF-8") from None
    except DuplicateKeyError as error:
        key = str(error.problem).split('"')[1]
        where = f"{shown}:{error.problem_mark.line + 1}"
        raise BadInput("this key stands twice", where=where, place=key, remedy="remove one") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line if mark else text[: getattr(error, "position", 0)].count("\n")
        problem = f"is not YAML ({getattr(error, 'problem', None) or error})"
        raise BadInput(problem, where=f"{shown}:{line + 1}", remedy="mend that line") from None


def plain(value: Any) -> Any:  # noqa: ANN401  (any YAML value)
    """The value without the YAML reader's own types."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return bool(value)
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def line_of(node: Any, path: tuple[Any, ...]) -> int:  # noqa: ANN401  (any YAML value)
    """The 1-based line of the deepest part of `path` that the document has."""
    line = node.lc.line + 1 if hasattr(node, "lc") else 1
    for key in path:
        try:
            lines: Any = node.lc
            position = lines.key(key) if isinstance(node, dict) else lines.item(key)
            node = node[key]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
        line = position[0] + 1
    return line
