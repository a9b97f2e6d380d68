"""Pseudonymise: a delivery as the practice's system wrote it, made into one that may leave the practice."""

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reachwell import manifest as manifests
from reachwell.atomic import new_folder, write_text
from reachwell.engine import Engine, engine
from reachwell.errors import UsageError
from reachwell.identity.deprivation import read_deciles
from reachwell.identity.key import Key, read_key
from reachwell.identity.patient_map import About, PatientMap, Person, changing
from reachwell.identity.people import checked, everybody
from reachwell.identity.pseudonymised_files import address_of, homes, mentioned, own_table, sent_patients, write_table
from reachwell.manifest import MANIFEST_FILE, Manifest
from reachwell.plugs import find, find_one
from reachwell.raw_files import RawFile, check_names, opened
from reachwell.raw_files import find as find_file
from reachwell.source import RawTable, Source

Files = list[tuple[RawTable, RawFile]]


@dataclass(frozen=True)
class Pseudonymised:
    """What came of a delivery, in counts.

    patients: those in the map now. new: of these, first seen. without_number: of these, without an NHS number.
    files: written. left: files that were not read, and so not written. homes: addresses; without_decile: of these,
    those whose postcode the table of deprivation does not have.
    """

    key_id: str
    patients: int
    new: int
    without_number: int
    files: int
    left: int
    homes: int
    without_decile: int


def pseudonymise(
    delivery: Path, out: Path, key_file: Path, map_file: Path, deprivation: Path | None = None
) -> Pseudonymised:
    """Write a delivery without identities into a new folder, and who is who into the practice's map.

    deprivation: a CSV of postcode and imd_decile. Only columns that the format's source reads are written. Raises
    UsageError or DeliveryRejected where anything is wrong; then neither the folder nor the map has changed.
    """
    _refuse_place(delivery, out)
    key, deciles = read_key(key_file), read_deciles(deprivation) if deprivation else {}
    manifest, source = _read(delivery, key)
    check_names(delivery, source)
    about = About(manifest.practice, key.id, manifest.format)
    # Identities in another encoding are copied; they stay beside the map, where only the practice can look.
    with (
        new_folder(out) as aside,
        changing(map_file) as known,
        tempfile.TemporaryDirectory(dir=map_file.parent) as name,
    ):
        _refuse_other_map(known, about, manifest, map_file)
        scratch = Path(name)
        with engine(delivery, writable=aside, scratch=scratch) as db:
            files = _files(db, delivery, source, scratch)
            before = known.people()
            people = _people(db, source, files, before, key, manifest.kind == "full")
            rows = [(each.system_id, each.pseudonym) for each in people.values()]
            db.offer(
                "person", pl.DataFrame(rows, schema={"system_id": pl.String, "pseudonym": pl.String}, orient="row")
            )
            found = [_write(db, source, table, raw, key, deciles, aside) for table, raw in files]
        write_text(aside / MANIFEST_FILE, manifests.as_toml(manifest.model_copy(update={"key_id": key.id})))
        known.replace(about, people)
    there = pl.concat(found)
    return Pseudonymised(
        key_id=key.id,
        patients=len(people),
        new=len(people.keys() - before.keys()),
        without_number=sum(each.nhs_number is None for each in people.values()),
        files=len(files),
        left=sum(each.is_file() for each in delivery.rglob("*")) - len(files) - 1,
        homes=there["token"].n_unique(),
        without_decile=there["decile"].null_count() if deciles else 0,
    )


def _refuse_place(delivery: Path, out: Path) -> None:
    if not delivery.is_dir():
        raise UsageError(f"{delivery} is no folder. Name the folder that the practice's system wrote")
    if out.exists():
        raise UsageError(f"{out} is there already. Nothing was changed; name a folder that is not there yet.")
    if out.absolute().is_relative_to(delivery.absolute()):
        raise UsageError(f"{out} lies inside {delivery}, beside the identities. Name a folder outside it.")


def _read(delivery: Path, key: Key) -> tuple[Manifest, Source]:
    path = delivery / MANIFEST_FILE
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8")).get("key_id")
    except FileNotFoundError:
        raise UsageError(
            f"{delivery} has no {MANIFEST_FILE}. Write one beside the files, all but its key_id; see docs/identity.md"
        ) from None
    except (OSError, ValueError):
        stated = None
    if stated is not None:
        raise UsageError(
            f"{path} names a key_id already: the delivery looks pseudonymised. If it is not, take the line out."
        )
    manifest = manifests.read(delivery, key_id=key.id)
    source = Source.read(find_one("sql/sources", manifest.format))
    if own_table(source) is None:
        able = [name for name, file in find("sql/sources").items() if own_table(Source.read(file))]
        raise UsageError(f"format {manifest.format} cannot be pseudonymised; these can: {', '.join(able)}")
    return manifest, source


def _refuse_other_map(known: PatientMap, about: About, manifest: Manifest, file: Path) -> None:
    now = known.about
    if now is None:
        if manifest.kind == "delta":
            raise UsageError(
                f"map {file} does not exist yet, and a night's changes do not say who everybody is. Begin with a full "
                "extract, or name the map that was written with it. Nothing was written."
            )
        return
    for word, has, needs in (("practice", now.practice, about.practice), ("format", now.format, about.format),
                             ("key", now.key_id, about.key_id)):  # fmt: skip
        if has != needs:
            raise UsageError(
                f"map {file} is of {word} {has}, and this delivery needs one of {word} {needs}. Name the right map, or "
                "a new file. Nothing was written."
            )


def _files(db: Engine, delivery: Path, source: Source, scratch: Path) -> Files:
    there = [(table, file) for table in source.reads if (file := find_file(delivery, source, table))]
    return [(table, opened(db, file, source, scratch)) for table, file in there]


def _people(
    db: Engine, source: Source, files: Files, known: Mapping[str, Person], key: Key, is_full: bool
) -> dict[str, Person]:
    own = own_table(source)
    sent = [row for table, raw in files if table == own for row in sent_patients(db, source, table, raw)]
    named = {person for table, raw in files if table.patient for person in mentioned(db, table, raw)}
    gone = [each.system_id for each in sent if each.is_deleted]
    there = checked(sent, f"{own.name if own else ''}: NHS number")
    return everybody(key, known, there, named, gone, is_full)


def _write(
    db: Engine, source: Source, table: RawTable, raw: RawFile, key: Key, deciles: Mapping[str, int], folder: Path
) -> pl.DataFrame:
    found = pl.DataFrame(schema={"address": pl.String, "token": pl.String, "decile": pl.Int64})
    if parts := address_of(source, table, raw):
        found = homes(db, raw, parts, key, deciles)
        db.offer("home", found)
    write_table(db, source, table, raw, folder / raw.path.name)
    return found.drop_nulls("token")
