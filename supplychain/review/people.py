"""Who may do what at the desk. A person comes by a link that nobody else has; the file keeps only its hash."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.errors import BadInput
from supplychain.store import sha256

if TYPE_CHECKING:
    from pathlib import Path

REVIEWER, ADJUDICATOR, APPROVER, REAL_VIEWER = "reviewer", "adjudicator", "approver", "real-viewer"
ROLES = (REVIEWER, ADJUDICATOR, APPROVER, REAL_VIEWER)


@dataclass(frozen=True)
class Person:
    """Somebody with roles, known by the hash of a token."""

    name: str
    roles: tuple[str, ...]
    token: str = ""

    def csrf(self, token: str) -> str:
        """What a form has to carry, so that no other page can send it; it needs no memory and outlives a restart."""
        return hmac.new(token.encode(), b"supplychain desk form", "sha256").hexdigest()[:32]


@dataclass(frozen=True)
class People:
    """The people of a desk, in one small file that only its owner can read."""

    path: Path

    def invite(self, name: str, *roles: str) -> str:
        """Give a person roles, beside those that the person has, and a new token; an older link ends.

        Raises:
            BadInput: There is no such role, or the name is empty.
        """
        name = " ".join(name.split())
        if not name or any(role not in ROLES for role in roles):
            raise BadInput(
                "is no person with a role", where=f"{name}: {', '.join(roles)}", remedy=f"roles are {', '.join(ROLES)}"
            )
        token = secrets.token_urlsafe(24)
        there = {person.name: person for person in self.all()}
        had = there[name].roles if name in there else ()
        there[name] = Person(name, tuple(sorted({*had, *roles})), sha256(token.encode()))
        self._write(list(there.values()))
        return token

    def all(self) -> list[Person]:
        """Everybody."""
        if not self.path.is_file():
            return []
        return [
            Person(each["name"], tuple(each["roles"]), each["token"])
            for each in json.loads(self.path.read_text("utf-8"))
        ]

    def by_token(self, token: str) -> Person | None:
        """The person who has this token."""
        digest = sha256(token.encode())
        return next((person for person in self.all() if hmac.compare_digest(person.token, digest)), None)

    def _write(self, people: list[Person]) -> None:
        document = [{"name": each.name, "roles": list(each.roles), "token": each.token} for each in people]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=1))
        temporary.replace(self.path)
