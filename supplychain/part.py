"""What the sections of the product file have in common: unknown keys are refused, names are names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from supplychain.errors import BadInput
from supplychain.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME, _WINDOW, _SEPARATOR = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", r"^[\t !#-~]$"
_CURRENCY, _IMPORT = r"^[A-Z]{3}$", r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
PATTERNS = {
    _NAME: "small letters, digits and single hyphens, such as night-shift",
    _WINDOW: "letters, digits, dots, hyphens and underscores, such as 2014-B",
    _SEPARATOR: "one character, such as ';'",
    _CURRENCY: "a currency's three letters, such as EUR",
    _IMPORT: "module:Name, such as sklearn.linear_model:LogisticRegression",
}
Name = Annotated[str, StringConstraints(pattern=_NAME)]
WindowName = Annotated[str, StringConstraints(pattern=_WINDOW)]
Separator = Annotated[str, StringConstraints(pattern=_SEPARATOR)]
Currency = Annotated[str, StringConstraints(pattern=_CURRENCY)]
ImportPath = Annotated[str, StringConstraints(pattern=_IMPORT)]
Rows = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]


def _readable(where: str) -> str:
    """The predicate, if it is one: refused here, the message has its line in the file."""
    try:
        _ = Slice("", where).columns
    except BadInput as error:
        raise ValueError(f"{error.problem}; {error.remedy}") from None
    return where


Predicate = Annotated[str, AfterValidator(_readable)]


class Part(BaseModel):
    """A section of the product file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def misplaced(place: tuple[str | int, ...], problem: str) -> PydanticCustomError:
    """An error that a section finds as a whole, and that is about one place in it."""
    return PydanticCustomError("misplaced", "{problem}", {"problem": problem, "place": place})


def or_list_of_names(key: str, *kinds: str) -> Callable[[dict[str, Any]], None]:
    """Say in the JSON Schema that a list may stand for the mapping under a key: its values are the names then."""

    def changed(schema: dict[str, Any]) -> None:
        field = schema["properties"][key]
        words = {word: field.pop(word) for word in ("description", "title", "default") if word in field}
        values = {"anyOf": [{"type": kind} for kind in kinds]} if len(kinds) > 1 else {"type": kinds[0]}
        listed = {"type": "array", "items": values, "minItems": 1}
        mappings = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
        schema["properties"][key] = {"anyOf": [*mappings, listed], **words}

    return changed
