"""Pseudonymise: a delivery as the practice's system wrote it, made into one that may leave the practice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reachwell import manifest as manifests
from reachwell.area import Validation
from reachwell.atomic import new_folder, write_text
from reachwell.engine import Engine, engine
from reachwell.errors import DeliveryRejected
from reachwell.identity.deprivation import read_deciles
from reachwell.identity.export import Export, mentioned, read_export, sent_patients, whole
from reachwell.identity.homes import HOMES, address_of, homes
from reachwell.identity.key import Key, read_key, writing
from reachwell.identity.patient_map import About, Person, changing
from reachwell.identity.people import checked, everybody
from reachwell.identity.places import a_private_folder, refuse_place, sweep_others
from reachwell.identity.pseudonymised_files import Written, write_table
from reachwell.manifest import MANIFEST_FILE
from reachwell.raw_files import RawFile
from reachwell.source import RawTable

Files = list[tuple[RawTable, RawFile]]


@dataclass(frozen=True)
class Pseudonymised:
    """What came of a delivery, in counts.

    patients: those in the map now. new: of these, first seen. strangers: of the new, those whom only rows of other
    tables name, such as appointments of people who have left. without_number: patients of the delivery's own rows who
    have no NHS number.
    files: written. left: files that were not read, and so not written. broken_lines: lines of files that do not split
    into the header's columns, and so are not written. homes: addresses; without_decile: of these, those whose postcode
    the table of deprivation does not have.
    """

    key_id: str
    patients: int
    new: int
    strangers: int
    without_number: int
    files: int
    left: int
    broken_lines: int
    homes: int
    without_decile: int


def pseudonymise(
    delivery: Path, out: Path, key_file: Path, map_file: Path, deprivation: Path | None = None
) -> Pseudonymised:
    """Write a delivery without identities into a new folder, and who is who into the practice's map.

    deprivation: a CSV of postcode and imd_decile. Only columns that the format's source reads are written. Raises
    UsageError or DeliveryRejected where anything is wrong; then neither the folder nor the map has changed.
    """
    key, deciles = read_key(key_file), read_deciles(deprivation) if deprivation else {}
    export = read_export(delivery, key)
    refuse_place(delivery, out)
    is_full = export.manifest.kind == "full"
    about = About(export.manifest.practice, key.id, export.manifest.format)
    with (
        writing(out),
        new_folder(out) as aside,
        changing(map_file) as known,
        a_private_folder(map_file) as scratch,
    ):
        sweep_others(out, aside)
        known.refuse_unless_of(about, is_full)
        before = known.people()
        with engine(delivery, writable=aside, scratch=scratch) as db:
            files = export.opened(db, scratch)
            people, there = _people(db, export, files, before, key)
            db.offer("person", _pseudonyms_of(people))
            found = [_home_and_rows(db, export, table, raw, key, deciles, aside) for table, raw in files]
        written = [rows for _, rows in found]
        _refuse_if_broken(export, written)
        write_text(aside / MANIFEST_FILE, manifests.as_toml(export.manifest))
        known.replace(about, people)
    new, lived_in = people.keys() - before.keys(), pl.concat(each for each, _ in found)
    return Pseudonymised(
        key_id=key.id,
        patients=len(people),
        new=len(new),
        strangers=len(new - there.keys()),
        without_number=sum(people[each].nhs_number is None for each in there),
        files=len(files),
        left=sum(each.is_file() for each in delivery.rglob("*")) - len(files) - 1,
        broken_lines=sum(each.broken_lines for each in written),
        homes=lived_in["token"].n_unique(),
        without_decile=lived_in.filter(pl.col("decile").is_null())["token"].n_unique() if deciles else 0,
    )


def _people(
    db: Engine, export: Export, files: Files, known: Mapping[str, Person], key: Key
) -> tuple[dict[str, Person], dict[str, str | None]]:
    """The map after a delivery, and the NHS numbers of the patients who have a row of their own in it."""
    sent, named = [], set()
    for table, raw in files:
        with whole(db, raw):
            if table == export.own:
                sent = sent_patients(db, export, raw)
            if table.patient:
                named |= mentioned(db, table, raw)
    there = checked(sent, f"{export.own.name}.{export.number}")
    gone = [each.system_id for each in sent if each.is_deleted]
    return everybody(key, known, there, named, gone, export.manifest.kind == "full"), there


def _pseudonyms_of(people: Mapping[str, Person]) -> pl.DataFrame:
    rows = [(each.system_id, each.pseudonym) for each in people.values()]
    return pl.DataFrame(rows, schema={"system_id": pl.String, "pseudonym": pl.String}, orient="row")


def _home_and_rows(
    db: Engine, export: Export, table: RawTable, raw: RawFile, key: Key, deciles: Mapping[str, int], folder: Path
) -> tuple[pl.DataFrame, Written]:
    """Write a table; its homes, and what was written."""
    found = pl.DataFrame(schema=HOMES)
    with whole(db, raw):
        if parts := address_of(export.source, table, raw):
            found = homes(db, raw, parts, key, deciles)
            db.offer("home", found)
        return found.drop_nulls("token"), write_table(db, export.source, table, raw, folder / raw.path.name)


def _refuse_if_broken(export: Export, written: list[Written]) -> None:
    broken, lines = sum(each.broken_lines for each in written), sum(each.rows + each.broken_lines for each in written)
    if broken > Validation().max_bad_rows * lines:
        raise DeliveryRejected(
            f"delivery {export.folder.name}: {broken:,} of its {lines:,} lines do not split into the columns of their "
            "header. Export it again. Nothing was written."
        )
