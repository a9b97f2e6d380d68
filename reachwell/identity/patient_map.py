"""The practice's map: who is behind which pseudonym, in a file for the practice only."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reachwell.errors import UsageError
from reachwell.identity.key import create_private, refuse_if_others_may_read

_WAIT_SECONDS = 30
_TABLES = """
CREATE TABLE IF NOT EXISTS about (practice TEXT NOT NULL, key_id TEXT NOT NULL, format TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS patient (system_id TEXT PRIMARY KEY, nhs_number TEXT, pseudonym TEXT NOT NULL UNIQUE);
"""


@dataclass(frozen=True)
class Person:
    """Somebody in the map: the system's own id, the NHS number if there is one, and the pseudonym."""

    system_id: str
    nhs_number: str | None
    pseudonym: str


@dataclass(frozen=True)
class About:
    """Whose map it is: the practice, the id of the key, and the format its system ids are from."""

    practice: str
    key_id: str
    format: str


class PatientMap:
    """An open map, within one transaction."""

    def __init__(self, db: sqlite3.Connection, file: Path) -> None:
        self._db, self._file = db, file

    @property
    def about(self) -> About | None:
        """Whose map it is; None while it is empty."""
        row = self._db.execute("SELECT practice, key_id, format FROM about").fetchone()
        return About(*row) if row else None

    def refuse_unless_of(self, needed: About, is_full: bool) -> None:
        """Raise UsageError where it is another practice's, format's or key's, or changes are to be its beginning."""
        now = self.about
        if now is None:
            if not is_full:
                raise UsageError(
                    f"map {self._file} does not exist yet, and a night's changes do not say who everybody is. Begin "
                    "with a full extract, or name the map that was written with it. Nothing was written."
                )
            return
        for word, has, needs in (("practice", now.practice, needed.practice), ("format", now.format, needed.format),
                                 ("key", now.key_id, needed.key_id)):  # fmt: skip
            if has != needs:
                raise UsageError(
                    f"map {self._file} is of {word} {has}, and this delivery needs one of {word} {needs}. Name the "
                    "right map, or a new file. Nothing was written."
                )

    def people(self) -> dict[str, Person]:
        """Everybody in it, by the system's own id."""
        rows = self._db.execute("SELECT system_id, nhs_number, pseudonym FROM patient").fetchall()
        return {row[0]: Person(*row) for row in rows}

    def replace(self, about: About, people: Mapping[str, Person]) -> None:
        """Write everybody anew; they are there once the transaction ends well."""
        self._db.execute("DELETE FROM about")
        self._db.execute("INSERT INTO about VALUES (?, ?, ?)", (about.practice, about.key_id, about.format))
        self._db.execute("DELETE FROM patient")
        rows = [(each.system_id, each.nhs_number, each.pseudonym) for each in people.values()]
        self._db.executemany("INSERT INTO patient VALUES (?, ?, ?)", rows)


@contextmanager
def changing(file: Path) -> Iterator[PatientMap]:
    """A map to be changed: made if there is none, and as it was if the block raises.

    Raises UsageError where it is no map, may be read by others, or another command holds it for half a minute.
    """
    is_new = not file.exists()
    if is_new:
        create_private(file)
    try:
        with _opened(file) as db:
            db.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                db.execute(statement)
            yield PatientMap(db, file)
            db.commit()
    except BaseException:
        if is_new:
            file.unlink(missing_ok=True)
        raise


@contextmanager
def reading(file: Path) -> Iterator[PatientMap]:
    """A map to be read; UsageError where there is none."""
    if not file.is_file():
        raise UsageError(f"map {file} is not there. It is the file that 'reachwell pseudonymise' wrote with --map")
    with _opened(file) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone():
            raise UsageError(f"{file} is no map of reachwell. Name the one that 'reachwell pseudonymise' wrote.")
        yield PatientMap(db, file)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    refuse_if_others_may_read(file, "map")
    try:
        with closing(sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            yield db
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise UsageError(f"map {file} is in use by another command. Wait for it to end, then run again.") from None
        raise UsageError(f"map {file} cannot be read or written. Check its permissions and the disk.") from None
    except sqlite3.DatabaseError:
        raise UsageError(f"{file} is no map of reachwell. Name the file that was given as --map before.") from None
