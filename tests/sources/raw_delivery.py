"""Hand-made deliveries: a few rows of a supplier's own tables, written as the supplier writes them.

    EMIS = RawFormat("emis", "5.4", headers={"Admin_Patient": ["PatientGuid", "Sex", ...], ...})
    full = EMIS.deliver(tmp_path, {"Admin_Patient": [{"PatientGuid": "ann", "Sex": "F"}]})
    changes = EMIS.deliver(tmp_path, {"Admin_Patient": [{"PatientGuid": "ann", "Deleted": "true"}]}, changes_since=...)
    taken(full, changes).patient  # what our table has of it: []

A cell that a row does not give is blank; a table that is not given comes with its header and no rows, as suppliers
send it; a column that the header lacks is a mistake of the test and raises ValueError.
"""

import csv
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from reachwell import codelists, drug_tariff, manifest, mirror
from reachwell.engine import engine
from reachwell.extract import extract
from reachwell.manifest import MANIFEST_FILE, Manifest
from reachwell.mirror import Mirror
from reachwell.plugs import find_one
from reachwell.source import Source
from reachwell.staging import stage
from reachwell.tables import TABLES
from reachwell.validate import Checked, check

PRACTICE = "A81001"
EXTRACTED_ON = date(2026, 11, 21)
_MANIFEST = """\
practice = "{practice}"
format = "{format}"
version = "{version}"
kind = "{kind}"
extracted_on = {extracted_on}
{changes_since}covers_from = 2010-01-01
key_id = "none"
national_data_opt_out = "not_required"
legal_basis = "invented people"
invented = true
"""
Rows = Iterable[Mapping[str, str]]


@dataclass(frozen=True)
class RawDelivery:
    """A delivery's folder and what its manifest says."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True)
class RawFormat:
    """How a supplier writes: its source's name and version, its tables' columns in order, and its files.

    file: a file's name, with {table} and {day} (of the extract, as digits). Lines end as Windows ends them.
    """

    name: str
    version: str
    headers: Mapping[str, Sequence[str]]
    file: str = "{table}.csv"
    encoding: str = "utf-8"

    def deliver(
        self,
        folder: Path,
        tables: Mapping[str, Rows],
        *,
        is_delta: bool = False,
        extracted_on: date = EXTRACTED_ON,
        practice: str = PRACTICE,
        without: Iterable[str] = (),
    ) -> RawDelivery:
        """Write a delivery into a new sub-folder of `folder`; a delta holds the changes since the day before.

        without: tables whose files are not there at all.
        """
        delivery = folder / f"delivery-{len(list(folder.iterdir())) + 1}"
        delivery.mkdir()
        if unknown := sorted(tables.keys() - self.headers.keys()):
            raise ValueError(f"the format has no table {unknown}")
        for table in self.headers.keys() - {*without}:
            self._write(delivery / self.file_name(table, extracted_on), self.headers[table], tables.get(table, ()))
        since = f"changes_since = {extracted_on - timedelta(days=1)}\n" if is_delta else ""
        text = _MANIFEST.format(
            practice=practice,
            format=self.name,
            version=self.version,
            kind="delta" if is_delta else "full",
            extracted_on=extracted_on,
            changes_since=since,
        )
        (delivery / MANIFEST_FILE).write_text(text, encoding="utf-8")
        return RawDelivery(delivery, manifest.read(delivery))

    def file_name(self, table: str, extracted_on: date = EXTRACTED_ON) -> str:
        """The name of a table's file."""
        return self.file.format(table=table, day=f"{extracted_on:%Y%m%d}")

    def _write(self, path: Path, header: Sequence[str], rows: Rows) -> None:
        with path.open("w", encoding=self.encoding, newline="") as text:
            writer = csv.DictWriter(text, header, restval="", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)


@dataclass(frozen=True)
class Taken:
    """Our tables as rows, the counts of what was left out, and the counts of bad rows by table and rule."""

    tables: dict[str, list[dict[str, Any]]]
    left_out: dict[str, int]
    bad: dict[tuple[str, str], int]

    @property
    def patient(self) -> list[dict[str, Any]]:
        """The good rows of the patient table, in the order of their columns."""
        return self.tables["patient"]

    @property
    def event(self) -> list[dict[str, Any]]:
        """The good rows of the event table."""
        return self.tables["event"]

    @property
    def contact(self) -> list[dict[str, Any]]:
        """The good rows of the contact table."""
        return self.tables["contact"]

    @property
    def medicine(self) -> list[dict[str, Any]]:
        """The good rows of the medicine table."""
        return self.tables["medicine"]


def taken(*deliveries: RawDelivery, tariff: pl.DataFrame = drug_tariff.NONE) -> Taken:
    """What becomes of a full extract and the changes after it, in the order in which they came.

    tariff: the prices of the area, if it has any, as reachwell.drug_tariff reads them.
    """
    source = Source.read(find_one("sql/sources", deliveries[0].manifest.format, None))
    checked = Checked()
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
    with tempfile.TemporaryDirectory(dir=deliveries[0].folder.parent) as name:
        mirrored = _mirrored(source, deliveries, Path(name), checked)
        with engine(mirrored, scratch=Path(name), threads=1) as db:
            raw = {table.name: mirror.rows_of(mirrored, table) for table in source.reads}
            extracted = extract(db, source, raw, deliveries[-1].manifest, tariff)
            for part in extracted.parts():
                good = check(part, deliveries[-1].manifest, codelists.read_all(), checked)
                for table, frame in good.items():
                    tables[table].append(frame)
    return Taken(
        {table: pl.concat(frames).sort(pl.all()).to_dicts() for table, frames in tables.items()},
        extracted.left_out,
        {(each.table, each.rule): each.rows for each in checked.findings if each.bad},
    )


def _mirrored(source: Source, deliveries: Sequence[RawDelivery], place: Path, checked: Checked) -> Path:
    """The folder of the mirror after the last of the deliveries."""
    before: Mirror | None = None
    for number, each in enumerate(deliveries):
        folder, staging = place / f"{number}", place / f"staging-{number}"
        folder.mkdir()
        staging.mkdir()
        with engine(each.folder, staging, place, writable=folder, scratch=staging, threads=1) as db:
            staged = stage(db, each.folder, source, staging)
            checked.add_staged(staged)
            if before:
                mirror.go_on(db, source, before, staged, folder)
            else:
                mirror.begin(db, source, staged, folder)
        before = Mirror(folder, each.manifest.extracted_on, source.reads_digest, ())
    return folder
