"""The lake: each practice's checked tables, and what is derived from them once, as Parquet snapshots."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import polars as pl

from reachwell import codelists
from reachwell.atomic import new_folder, read_pointer, write_text
from reachwell.engine import ROW_GROUP_SIZE, engine, literal, parquet
from reachwell.errors import FileMistakes
from reachwell.manifest import Manifest
from reachwell.plugs import digest, find
from reachwell.sql_file import SqlFile, in_order
from reachwell.tables import TABLES

CURRENT = "current"
FACTS = "snapshot.json"


@dataclass(frozen=True)
class Snapshot:
    """One practice's data as of one extract.

    path: its folder in the lake. rows: good rows by table. filled: for each table's columns, the first day of
    which there is a value (ISO); a column that is never filled is not among them.
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


def derived_tables(area: Path | None, made: str) -> list[SqlFile]:
    """The tables of sql/tables in the order their reads imply.

    made: "delivery" for those made once, when a delivery is loaded, which keep each row's day so that
    they can be cut at any index date; "night" for those that speak for one index date.
    """
    files = [SqlFile.read(path, ("title", "made", "grain")) for path in find("sql/tables", area).values()]
    if wrong := [file.path.name for file in files if file.header["made"] not in ("delivery", "night")]:
        raise FileMistakes(wrong[0], ["header line '-- made:' should be delivery or night"])
    return [file for file in in_order(files) if file.header["made"] == made]


def derived_digest(area: Path | None) -> str:
    """The digest of all that the once-a-delivery tables are made from: their SQL and the code lists."""
    return digest([*(file.path for file in derived_tables(area, "delivery")), *find("sql/codelists", area).values()])


def current(lake: Path, ods: str) -> Snapshot | None:
    """The practice's current snapshot, or None before its first good delivery."""
    name = read_pointer(lake / ods / CURRENT)
    return Snapshot.read(lake / ods / name) if name else None


def name_of(extracted_on: date, source_digest: str, derived: str) -> str:
    """A snapshot's name; the same delivery, SQL and code lists always give the same one."""
    return f"{extracted_on}-{hashlib.sha256(f'{source_digest} {derived}'.encode()).hexdigest()[:8]}"


def store(
    tables: dict[str, pl.DataFrame],
    manifest: Manifest,
    source_digest: str,
    delivery: str,
    lake: Path,
    area: Path | None,
    scratch: Path | None = None,
) -> Snapshot:
    """Write a practice's checked tables and what is derived from them; the pointer is not moved."""
    derived = derived_digest(area)
    path = lake / manifest.practice / name_of(manifest.extracted_on, source_digest, derived)
    snapshot = Snapshot(
        path=path,
        practice_id=manifest.practice,
        **manifest.model_dump(
            include={
                "extracted_on", "covers_from", "migrated_on", "key_id", "national_data_opt_out",
                "legal_basis", "invented",
            }
        ),
        delivery=delivery,
        source_digest=source_digest,
        derived_digest=derived,
        rows={name: frame.height for name, frame in tables.items()},
        filled={name: _filled_from(frame) for name, frame in tables.items()},
    )  # fmt: skip
    with new_folder(path) as aside:
        for name, frame in tables.items():
            frame.write_parquet(aside / f"{name}.parquet", compression="zstd", row_group_size=ROW_GROUP_SIZE)
        _derive(aside, area, scratch)
        _write_facts(aside, snapshot)
    return snapshot


def up_to_date(lake: Path, ods: str, area: Path | None, scratch: Path | None = None) -> Snapshot | None:
    """The practice's current snapshot, derived again first if the code lists or the tables' SQL have changed."""
    snapshot = current(lake, ods)
    if snapshot is None or snapshot.derived_digest == derived_digest(area):
        return snapshot
    renewed = derive_again(snapshot, lake, area, scratch)
    make_current(lake, renewed)
    return renewed


def derive_again(snapshot: Snapshot, lake: Path, area: Path | None, scratch: Path | None = None) -> Snapshot:
    """A new snapshot of the same delivery, with what is derived from it made anew."""
    derived = derived_digest(area)
    path = lake / snapshot.practice_id / name_of(snapshot.extracted_on, snapshot.source_digest, derived)
    facts = {**asdict(snapshot), "path": path, "derived_digest": derived}
    renewed = Snapshot(**facts)
    with new_folder(path) as aside:
        for name in TABLES:
            shutil.copyfile(snapshot.path / f"{name}.parquet", aside / f"{name}.parquet")
        _derive(aside, area, scratch)
        _write_facts(aside, renewed)
    return renewed


def _filled_from(frame: pl.DataFrame) -> dict[str, str]:
    # A row is there from the day it speaks for, or from the day it was written if that is later.
    days = [pl.col(name).fill_null(date.min) for name in ("on_date", "recorded_on") if name in frame.columns]
    day = pl.max_horizontal(*days) if days else pl.lit(date.min)
    first = frame.select(day.filter(pl.col(name).is_not_null()).min().alias(name) for name in frame.columns)
    return {name: value.isoformat() for name, value in first.row(0, named=True).items() if value is not None}


def make_current(lake: Path, snapshot: Snapshot) -> None:
    """Move the practice's pointer to a snapshot: the last step of loading a delivery."""
    write_text(lake / snapshot.practice_id / CURRENT, snapshot.name)


def _write_facts(folder: Path, snapshot: Snapshot) -> None:
    text = json.dumps(snapshot.facts(), indent=2, ensure_ascii=False)
    (folder / FACTS).write_text(text, encoding="utf-8")


def patient_view(files: str) -> str:
    """The SQL of the patient table as SQL plugs see it: patient_id is the patient's number in the practice."""
    return f"SELECT * EXCLUDE (file_row_number) REPLACE ({_NUMBER} AS patient_id) FROM {_numbered(files)}"


def patient_names(files: str) -> str:
    """The SQL of who is who: practice_id, patient_id (the pseudonym) and number."""
    return f"SELECT practice_id, patient_id, {_NUMBER} AS number FROM {_numbered(files)}"


def table_view(files: str, patient_files: str) -> str:
    """The SQL of another of our tables as SQL plugs see it, patients by their numbers."""
    return (
        f"SELECT t.* REPLACE (n.number AS patient_id) FROM {files} AS t "
        f"JOIN ({patient_names(patient_files)}) AS n USING (practice_id, patient_id)"
    )


# A patient's number is the row of the practice's patient file. Counting by number costs half of counting by
# pseudonym, and the derived tables are smaller for it.
_NUMBER = "CAST(file_row_number AS INTEGER)"


def _numbered(files: str) -> str:
    return files.removesuffix(")") + ", file_row_number = true)"


def _derive(folder: Path, area: Path | None, scratch: Path | None) -> None:
    with engine(writable=folder, scratch=scratch) as db:
        db.offer("codelist", codelists.read_all(area))
        files = {name: parquet([folder / f"{name}.parquet"]) for name in TABLES}
        db.run(f"CREATE VIEW patient AS {patient_view(files['patient'])}")
        for name in TABLES.keys() - {"patient"}:
            db.run(f"CREATE VIEW {name} AS {table_view(files[name], files['patient'])}")
        for file in derived_tables(area, "delivery"):
            target = folder / f"{file.name}.parquet"
            db.run(
                f"COPY ({file.sql}) TO {literal(target)} "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
            )
            db.run(f"CREATE VIEW {file.name} AS SELECT * FROM {parquet([target])}")
