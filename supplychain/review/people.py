"""Who may do what at the desk. A person comes by an own link, until it ends; the file keeps only its hash.

The file says how things are; a log beside it says how they came to be: whatever is given or taken is appended there.
"""

from __future__ import annotations

import fcntl
import getpass
import hmac
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from supplychain.errors import BadInput, nearest
from supplychain.review.journal import Journal, Record
from supplychain.store import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVIEWER, ADJUDICATOR, APPROVER, REAL_VIEWER = "reviewer", "adjudicator", "approver", "real-viewer"
ROLES = (REVIEWER, ADJUDICATOR, APPROVER, REAL_VIEWER)
DAYS = 14
"""How long a link is good where nobody says otherwise."""


@dataclass(frozen=True)
class Person:
    """Somebody with roles, known by the hash of a token.

    Attributes:
        name: Who.
        roles: As what.
        token: Hash of what the person's link holds.
        until: When the link ends, UTC, as ISO 8601; a file that does not say it is older, and its links have ended.
    """

    name: str
    roles: tuple[str, ...]
    token: str = ""
    until: str = ""

    @property
    def seconds_left(self) -> float:
        """How long the link is still good; 0 where it has ended."""
        ends = datetime.fromisoformat(self.until) if self.until else datetime.min.replace(tzinfo=UTC)
        return max((ends - datetime.now(UTC)).total_seconds(), 0.0)

    @property
    def has_ended(self) -> bool:
        """Whether the link is not good any more."""
        return not self.seconds_left

    @property
    def end(self) -> str:
        """When the link ends or ended, to the minute, for a person."""
        return f"{self.until[:16].replace('T', ' ')} UTC" if self.until else "before links had an end"

    def csrf(self, token: str) -> str:
        """What a form has to carry, so that no other page can send it; it needs no memory and outlives a restart."""
        return hmac.new(token.encode(), b"supplychain desk form", "sha256").hexdigest()[:32]


@dataclass(frozen=True)
class People:
    """The people of a desk, in one small file that only its owner can read."""

    path: Path

    def invite(self, name: str, *roles: str, days: float = DAYS) -> str:
        """Give a person roles, beside those that the person has, and a new token for so long; an older link ends.

        Raises:
            BadInput: There is no such role, or the name is empty.
        """
        name = " ".join(name.split())
        if not name or any(role not in ROLES for role in roles):
            raise BadInput(
                "is no person with a role", where=f"{name}: {', '.join(roles)}", remedy=f"roles are {', '.join(ROLES)}"
            )
        token, until = secrets.token_urlsafe(24), _moment(datetime.now(UTC) + timedelta(days=days))
        with self._changing() as there:
            had = there[name].roles if name in there else ()
            person = Person(name, tuple(sorted({*had, *roles})), sha256(token.encode()), until)
            self._put(there, person, "invite", roles, f"good until {person.end}, ")
        return token

    def end(self, name: str) -> Person:
        """End a person's link now; what the person has answered stays.

        Raises:
            BadInput: Nobody is called so.
        """
        with self._changing() as there:
            person = _named(there, name)
            return person if person.has_ended else self._put(there, _ended(person), "end", person.roles)

    def take_away(self, name: str, *roles: str) -> Person:
        """Take roles away from a person, from now on: all, where none is named. With the last one the link ends too.

        What the person did in those roles stays, in the log and in the verdict.

        Raises:
            BadInput: Nobody is called so, or the person does not have a role.
        """
        with self._changing() as there:
            person = _named(there, name)
            taken = roles or person.roles
            for role in taken:
                if role not in person.roles:
                    has = f"{name} is {', '.join(person.roles) or 'nothing'}"
                    raise BadInput(f"is no role of theirs ({has})", where=role, remedy=f"roles are {', '.join(ROLES)}")
            if not taken:  # long gone
                return person
            left = tuple(each for each in person.roles if each not in taken)
            changed = replace(person, roles=left)
            return self._put(there, changed if left else _ended(changed), "take", taken)

    @property
    def log(self) -> Journal:
        """Everything that was given and taken, in its order; whoever has no role any more is still in it."""
        return Journal(self.path.with_suffix(".jsonl"))

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Person]]:
        """Everybody, by name, while nobody else changes anything: what two give or take at once both holds."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield {person.name: person for person in self.all()}

    def _put(
        self, there: dict[str, Person], person: Person, what: str, roles: tuple[str, ...], note: str = ""
    ) -> Person:
        """Write down what becomes of a person, and then what has become of the person."""
        note = f"{note}by {_user()}"
        self.log.append([Record(what, "", reviewer=person.name, role=", ".join(roles), note=note)])
        self._write(list({**there, person.name: person}.values()))
        return person

    def all(self) -> list[Person]:
        """Everybody."""
        if not self.path.is_file():
            return []
        there = json.loads(self.path.read_text("utf-8"))
        return [Person(**{**each, "roles": tuple(each["roles"])}) for each in there]

    def by_token(self, token: str) -> Person | None:
        """The person who has this token, whether or not it is still good."""
        digest = sha256(token.encode())
        return next((person for person in self.all() if hmac.compare_digest(person.token, digest)), None)

    def _write(self, people: list[Person]) -> None:
        document = [asdict(each) for each in people]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=1))
        temporary.replace(self.path)


def _named(there: dict[str, Person], name: str) -> Person:
    if name not in there:
        raise BadInput("is nobody at the desk", where=name, remedy=nearest(name, there))
    return there[name]


def _ended(person: Person) -> Person:
    return person if person.has_ended else replace(person, until=_moment(datetime.now(UTC)))


def _user() -> str:
    """The user of the operating system; a number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
