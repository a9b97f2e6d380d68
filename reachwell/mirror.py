"""The mirror: a supplier's own tables of one practice, merged by their row ids from a full extract and its changes."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, identifier
from reachwell.layers import add_changes, base_file, is_due, keep, layered, write_as_one, write_parquet
from reachwell.source import RawTable, Source
from reachwell.staging import Staged

FACTS = "mirror.json"
# Whose rows are in quarantine, in a state's folder.
HELD_BACK = "held_back.parquet"
# A few patients' rows are looked for each night.
COMPRESSION = "lz4"


@dataclass(frozen=True)
class Mirror:
    """One state of a practice's mirror: a folder with a Parquet file a raw table, which is not changed afterwards.

    reads_digest: the columns it was made of. applied: the deliveries in it, the full one first, each as its day and
    digest.
    """

    path: Path
    extracted_on: date
    reads_digest: str
    applied: tuple[str, ...]

    @property
    def deliveries(self) -> list[tuple[date, str]]:
        """The deliveries in it, the full one first: their days and digests."""
        return [(date.fromisoformat(on), digest) for on, digest in (each.split() for each in self.applied)]

    @classmethod
    def read(cls, path: Path) -> "Mirror":
        """Read a mirror's facts."""
        facts = json.loads((path / FACTS).read_text(encoding="utf-8"))
        applied = tuple(facts["applied"])
        return cls(path, date.fromisoformat(facts["extracted_on"]), facts["reads_digest"], applied)

    @property
    def digest(self) -> str:
        """The digest of all that it was made of."""
        return _digest(self.reads_digest, self.applied)

    def rows(self, table: RawTable) -> str:
        """The SQL of a raw table as it stands."""
        return rows_of(self.path, table)


def name_of(extracted_on: date, reads_digest: str, applied: Iterable[str]) -> str:
    """A state's name; the same deliveries read in the same way always give the same one."""
    return f"{extracted_on}-{_digest(reads_digest, applied)[:8]}"


def rows_of(folder: Path, table: RawTable) -> str:
    """The SQL of a raw table of a state's folder, as it stands."""
    return layered([folder], table.name, [str(table.key)], _columns(table))


def begin(db: Engine, source: Source, staged: Staged, folder: Path) -> None:
    """Fill a new state's folder from a full extract: its good rows but for those it says are deleted."""
    for table in source.reads:
        write_parquet(db, _in_order(table, _live(table, staged)), base_file(folder, table.name), COMPRESSION)


def go_on(db: Engine, source: Source, before: Mirror, staged: Staged, folder: Path) -> None:
    """Fill a new state's folder from the one before it and the changes of a delta."""
    for table in source.reads:
        if not staged.rows[table.name]:
            keep(before.path, folder, table.name)
            continue
        assert table.key
        add_changes(db, before.path, folder, table.name, [table.key], _columns(table), staged.changes(table))
        if is_due(db, folder, table.name):
            write_as_one(db, folder, table.name, _in_order(table, rows_of(folder, table)), COMPRESSION)


def write_facts(mirror: Mirror, folder: Path) -> None:
    """Write what is known of a state beside its tables."""
    facts = {
        "extracted_on": mirror.extracted_on.isoformat(),
        "reads_digest": mirror.reads_digest,
        "applied": mirror.applied,
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=2), encoding="utf-8")


def touched(db: Engine, source: Source, before: Mirror, staged: Staged) -> pl.Series | None:
    """Whose rows of our tables may differ after a delta: patients' ids, or None for everybody.

    They are the patients of its rows, of the rows that had their ids before, and of all rows that refer to a
    row of a reference table that has changed. Where nothing refers to a changed reference table, nobody can
    tell whom it touches.
    """
    found: list[str] = []
    for table in source.reads:
        if not staged.rows[table.name]:
            continue
        new = staged.changes(table)
        if table.patient:
            key, patient = identifier(str(table.key)), identifier(table.patient)
            found.append(f"SELECT {patient} FROM ({new})")
            found.append(f"SELECT {patient} FROM ({before.rows(table)}) SEMI JOIN ({new}) USING ({key})")
        else:
            referring = _referring(source, table, before, staged)
            if not referring and _changes_anything(db, table, before, staged):
                return None
            found += referring
    if not found:
        return pl.Series("patient_id", dtype=pl.String)
    ids = " UNION ".join(found)
    return db.frame(f"SELECT DISTINCT * FROM ({ids}) AS t(patient_id) WHERE patient_id IS NOT NULL")["patient_id"]


def _referring(source: Source, reference: RawTable, before: Mirror, staged: Staged) -> list[str]:
    """The SQL of the patients whose rows refer to changed rows of a reference table."""
    changed = _changed(reference, before, staged)
    return [
        f"SELECT {identifier(table.patient)} FROM ({rows}) WHERE {identifier(column.name)} IN "
        f"(SELECT {identifier(column.refers[1])} FROM ({changed}))"
        for table in source.reads
        if table.patient
        for column in table.columns
        if column.refers and column.refers[0] == reference.name
        for rows in (before.rows(table),)
    ]


def _changed(table: RawTable, before: Mirror, staged: Staged) -> str:
    # A row that is sent again as it was changes nothing; one that is gone, or unreadable now, is known by how it was.
    key, names = identifier(str(table.key)), ", ".join(map(identifier, _columns(table)))
    sent = f"SELECT {names} FROM ({staged.good(table)})"
    had = f"SELECT {names} FROM ({before.rows(table)}) SEMI JOIN ({staged.changes(table)}) USING ({key})"
    return f"(({sent}) EXCEPT ({had})) UNION (({had}) EXCEPT ({sent}))"


def _changes_anything(db: Engine, table: RawTable, before: Mirror, staged: Staged) -> bool:
    return bool(db.rows(f"SELECT 1 FROM ({_changed(table, before, staged)}) LIMIT 1"))


def _digest(reads_digest: str, applied: Iterable[str]) -> str:
    return hashlib.sha256(" ".join([reads_digest, *applied]).encode()).hexdigest()


def _live(table: RawTable, staged: Staged) -> str:
    rows = staged.good(table)
    return f"SELECT * FROM ({rows}) WHERE NOT coalesce({identifier(table.deleted)}, false)" if table.deleted else rows


def _in_order(table: RawTable, sql: str) -> str:
    # A patient's rows lie together, so that a few patients' are found without reading everybody's.
    order: Sequence[str] = [each for each in (table.patient, table.key) if each]
    return f"{sql} ORDER BY {', '.join(dict.fromkeys(map(identifier, order)))}"


def _columns(table: RawTable) -> list[str]:
    return [column.name for column in table.columns]
