"""Exports: a delivery as the practice's system wrote it, identities and all, refused where it is not whole."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reachwell import manifest as manifests
from reachwell.engine import Engine, identifier
from reachwell.errors import DeliveryRejected, OutOfRoom, RunFailed, UsageError
from reachwell.identity.key import Key
from reachwell.identity.people import Sent
from reachwell.identity.raw_cells import NOBODY, cell, deleted_cell, patient_cell
from reachwell.manifest import MANIFEST_FILE, Manifest
from reachwell.plugs import find, find_one
from reachwell.raw_files import RawFile, check_names, opened
from reachwell.raw_files import find as find_file
from reachwell.source import RawTable, Source


@dataclass(frozen=True)
class Export:
    """A folder that the practice's system wrote, its manifest with the key's id added, and how its format is read."""

    folder: Path
    manifest: Manifest
    source: Source

    @property
    def own(self) -> RawTable:
        """The table that has a row for each patient."""
        return _own_table(self.source) or self.source.reads[0]

    @property
    def number(self) -> str:
        """The column of it that holds NHS numbers."""
        return _number_column(self.source)

    def opened(self, db: Engine, scratch: Path) -> list[tuple[RawTable, RawFile]]:
        """Its files that are read. scratch: where a copy in UTF-8 is put, if the format is in another encoding.

        Raises DeliveryRejected where a file is missing, twice there, cut off, or lacks a column that is needed.
        """
        found = []
        for table in self.source.reads:
            if file := find_file(self.folder, self.source, table):
                raw = opened(db, file, self.source, scratch)
                self._refuse_if_columns_lack(table, raw)
                found.append((table, raw))
        return found

    def _refuse_if_columns_lack(self, table: RawTable, raw: RawFile) -> None:
        needed = [column.names for column in table.columns if not column.optional]
        # Without it nobody on a list could be found again.
        needed += [(self.number,)] if table == self.own else []
        lacking = [" or ".join(names) for names in needed if not any(name.lower() in raw.columns for name in names)]
        if lacking:
            raise DeliveryRejected(
                f"delivery {self.folder.name}: {raw.path.name} has no column {', '.join(lacking)}. Check that the "
                "manifest names the right format, and that the export was made with identifiers."
            )


def read_export(folder: Path, key: Key) -> Export:
    """A delivery that has not been pseudonymised yet.

    Raises UsageError or DeliveryRejected where its manifest does not say so, or names a format that cannot be.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder. Name the folder that the practice's system wrote")
    _refuse_if_pseudonymised(folder)
    manifest = manifests.read(folder, key_id=key.id)
    source = Source.read(find_one("sql/sources", manifest.format))
    if not _number_column(source):
        able = [name for name, file in find("sql/sources").items() if _number_column(Source.read(file))]
        raise UsageError(f"format {manifest.format} cannot be pseudonymised; these can: {', '.join(able)}")
    check_names(folder, source)
    return Export(folder, manifest, source)


def sent_patients(db: Engine, export: Export, raw: RawFile) -> list[Sent]:
    """The rows of the patients' own table."""
    cells = ", ".join([patient_cell(export.own, raw), cell(raw, export.number), deleted_cell(export.own, raw)])
    rows = db.rows(f"SELECT row_number() OVER () + 1, {cells} FROM {raw.relation} AS raw")
    return [
        Sent(row, person, None if number == NOBODY else number, is_gone)
        for row, person, number, is_gone in rows
        if person not in (None, NOBODY)
    ]


def mentioned(db: Engine, table: RawTable, raw: RawFile) -> set[str]:
    """The system's ids of the patients of a table's rows."""
    ids = db.frame(f"SELECT DISTINCT {patient_cell(table, raw)} AS id FROM {raw.relation} AS raw")["id"].drop_nulls()
    return set(ids) - {NOBODY}


@contextmanager
def whole(db: Engine, raw: RawFile) -> Iterator[None]:
    """Raise DeliveryRejected where what is done with a file fails because the file cannot be read to its end."""
    try:
        yield
    except OutOfRoom:
        raise
    except RunFailed:
        # Was it the reading, or what was done with it?
        try:
            cells = ", ".join(f"max({identifier(name)})" for name in raw.columns.values() if name)
            db.rows(f"SELECT {cells} FROM {raw.relation}")
        except OutOfRoom:
            raise
        except RunFailed:
            raise DeliveryRejected(
                f"delivery {raw.path.parent.name}: {raw.path.name} cannot be read to its end; it may have been cut "
                "off, or a quote is not closed. Export it again."
            ) from None
        raise


def _own_table(source: Source) -> RawTable | None:
    return next((each for each in source.reads if each.patient and each.key in (None, each.patient)), None)


def _number_column(source: Source) -> str:
    own = _own_table(source)
    known = source.identifying.get(own.name, {}) if own else {}
    return next((name for name, kind in known.items() if kind == "nhs_number"), "")


def _refuse_if_pseudonymised(folder: Path) -> None:
    path = folder / MANIFEST_FILE
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8")).get("key_id")
    except FileNotFoundError:
        raise UsageError(
            f"{folder} has no {MANIFEST_FILE}. Write one beside the files, all but its key_id; see docs/identity.md"
        ) from None
    except (OSError, ValueError):
        # The reader of manifests tells it better.
        return
    if stated is not None:
        raise UsageError(
            f"{path} names a key_id already: the delivery looks pseudonymised. If it is not, take the line out."
        )
