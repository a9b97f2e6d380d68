"""Code lists that were made live, each kept whole in the state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from reachwell.made_live import digest_of
from reachwell.state import State

HASH_LENGTH = 12


@dataclass(frozen=True)
class CodelistVersion:
    """A code list that was made live. digest: SHA-256 of its text. at: filled when it is noted."""

    list: str
    digest: str
    by: str
    reason: str
    text: str
    at: str = ""

    @classmethod
    def of(cls, name: str, text: str, by: str, reason: str) -> Self:
        """A list's text with who makes it live and why."""
        return cls(name, digest_of(text), by, reason, text)

    @property
    def hash(self) -> str:
        """The digest's beginning, by which people name a version."""
        return self.digest[:HASH_LENGTH]


def note(state: State, versions: Iterable[CodelistVersion]) -> None:
    """Note code lists that are made live, in their order."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [(at, one.list, one.digest, one.by, one.reason, one.text) for one in versions]
    with state.transaction() as db:
        db.executemany("INSERT INTO codelist_version VALUES (?, ?, ?, ?, ?, ?)", rows)


def noted(state: State, name: str) -> list[CodelistVersion]:
    """A list's versions that were made live, oldest first."""
    with state.transaction() as db:
        found = db.execute(
            "SELECT list, digest, by_whom, reason, text, at FROM codelist_version WHERE list = ? ORDER BY rowid",
            (name,),
        )
        return [CodelistVersion(*row) for row in found]


def newest(state: State) -> dict[str, CodelistVersion]:
    """Of each list the version that was made live last."""
    with state.transaction() as db:
        found = db.execute("SELECT list, digest, by_whom, reason, text, at FROM codelist_version ORDER BY rowid")
        return {row[0]: CodelistVersion(*row) for row in found}
