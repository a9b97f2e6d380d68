"""The lake: each practice's checked tables, and what is derived from them once, as Parquet snapshots."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import polars as pl

from reachwell.atomic import read_pointer, write_text
from reachwell.layers import layered
from reachwell.tables import TABLES

CURRENT = "current"
FACTS = "snapshot.json"
KEY = ["practice_id", "patient_id"]
_OPTED_OUT = "opted_out.parquet"


@dataclass(frozen=True)
class Snapshot:
    """One practice's data as of one extract.

    path: its folder in the lake. rows: good rows by table. filled: for each table's columns, the first day of
    which there is a value (ISO); a column that is never filled is not among them. mirror: the state of the
    practice's mirror that it was made from; empty for a format that is not mirrored.
    """

    path: Path
    practice_id: str
    extracted_on: date
    covers_from: date
    migrated_on: date | None
    key_id: str
    national_data_opt_out: str
    legal_basis: str
    invented: bool
    delivery: str
    source_digest: str
    derived_digest: str
    rows: dict[str, int]
    filled: dict[str, dict[str, str]]
    mirror: str = ""

    @property
    def name(self) -> str:
        """The snapshot's name: its extract's day and the digest of all that made it."""
        return self.path.name

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a snapshot's facts."""
        facts = json.loads((path / FACTS).read_text(encoding="utf-8"))
        for name in ("extracted_on", "covers_from", "migrated_on"):
            facts[name] = date.fromisoformat(facts[name]) if facts[name] else None
        return cls(path=path, **facts)

    def facts(self) -> dict[str, Any]:
        """All that is kept of a snapshot beside its tables."""
        found = asdict(self)
        del found["path"]
        return {name: str(value) if isinstance(value, date) else value for name, value in found.items()}


def opted_out(snapshot: Snapshot | None) -> frozenset[str]:
    """Whoever has opted out as of a snapshot, which holds nothing of theirs but these pseudonyms."""
    if snapshot is None:
        return frozenset()
    return frozenset(pl.read_parquet(snapshot.path / _OPTED_OUT)["patient_id"])


def write_opted_out(folder: Path, patients: Collection[str]) -> None:
    """Write the pseudonyms of those who have opted out beside a snapshot's tables."""
    pl.DataFrame({"patient_id": sorted(patients)}, schema={"patient_id": pl.String}).write_parquet(folder / _OPTED_OUT)


def current(lake: Path, ods: str) -> Snapshot | None:
    """The practice's current snapshot, or None before its first good delivery."""
    name = read_pointer(lake / ods / CURRENT)
    return Snapshot.read(lake / ods / name) if name else None


def name_of(extracted_on: date, source_digest: str, derived: str) -> str:
    """A snapshot's name; the same delivery, SQL and code lists always give the same one."""
    return f"{extracted_on}-{hashlib.sha256(f'{source_digest} {derived}'.encode()).hexdigest()[:8]}"


def make_current(lake: Path, snapshot: Snapshot) -> None:
    """Move the practice's pointer to a snapshot: the last step of loading a delivery."""
    write_text(lake / snapshot.practice_id / CURRENT, snapshot.name)


def write_facts(folder: Path, snapshot: Snapshot) -> None:
    """Write what is known of a snapshot beside its tables."""
    text = json.dumps(snapshot.facts(), indent=2, ensure_ascii=False)
    (folder / FACTS).write_text(text, encoding="utf-8")


def rows_of(folders: Sequence[Path], table: str) -> str:
    """The SQL of one of our tables over the snapshots' folders, as it stands."""
    return layered(folders, table, KEY, list(TABLES[table].columns))


def patient_view(files: str) -> str:
    """The SQL of the patient table as SQL plugs see it: patient_id is the patient's number in the practice."""
    return f"SELECT * EXCLUDE (file_row_number) REPLACE ({_NUMBER} AS patient_id) FROM {_numbered(files)}"


def patient_names(files: str) -> str:
    """The SQL of who is who: practice_id, patient_id (the pseudonym) and number."""
    return f"SELECT practice_id, patient_id, {_NUMBER} AS number FROM {_numbered(files)}"


def table_view(rows: str, patient_files: str) -> str:
    """The SQL of another of our tables as SQL plugs see it, patients by their numbers."""
    return (
        f"SELECT t.* REPLACE (n.number AS patient_id) FROM ({rows}) AS t "
        f"JOIN ({patient_names(patient_files)}) AS n USING (practice_id, patient_id)"
    )


# A patient's number is the row of the practice's patient file. Counting by number costs half of counting by
# pseudonym, and the derived tables are smaller for it.
_NUMBER = "CAST(file_row_number AS INTEGER)"


def _numbered(files: str) -> str:
    return files.removesuffix(")") + ", file_row_number = true)"
