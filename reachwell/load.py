"""Load: one delivery from its files to a new snapshot of the lake, by way of the mirror where its rows have ids."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl

from reachwell import codelists, drug_tariff, mirror
from reachwell.area import Area, Validation
from reachwell.atomic import new_file, new_folder
from reachwell.chain import Received
from reachwell.engine import engine
from reachwell.extract import Tables, extract
from reachwell.lake import Snapshot
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.plugs import digest, find_one
from reachwell.source import Source
from reachwell.staging import good_rows, stage
from reachwell.store import store, store_changes
from reachwell.tables import TABLES
from reachwell.validate import Checked, check, refuse_if_unfit

# Past this share of the patients it costs less to make everybody's tables again.
_MOST_TOUCHED = 0.2
LEFT_OUT = "left out"
_TOUCHED = "touched"
_HELD_BACK = "held_back.parquet"


@dataclass(frozen=True)
class Place:
    """Where a practice's deliveries are loaded to, and by which settings.

    plugs: the area's folder, or None for the shipped plugs only. prices: the area's drug tariff, if it has one.
    """

    plugs: Path | None
    lake: Path
    mirror: Path
    quarantine: Path | None
    scratch: Path
    max_bad_rows: float
    prices: Path | None

    @classmethod
    def of(cls, area: Area) -> Self:
        """An area's own place."""
        return cls(area.folder, area.lake, area.mirror, area.quarantine, area.scratch,
                   area.settings.validation.max_bad_rows, area.prices)  # fmt: skip

    @classmethod
    def aside(cls, area: Area | None, folder: Path) -> Self:
        """A place in a folder that is thrown away, by an area's settings if there is one."""
        limit = (area.settings.validation if area else Validation()).max_bad_rows
        plugs, prices = (area.folder, area.prices) if area else (None, None)
        return cls(plugs, folder / "lake", folder / "mirror", None, folder, limit, prices)

    def source(self, name: str) -> Source:
        """An extract format as it is read here."""
        return Source.read(find_one("sql/sources", name, self.plugs))

    def source_digest(self, format_: str, data: str) -> str:
        """The digest of rows and of all that makes our tables of them: the source's SQL and the prices."""
        # A corrected source, or a new month's prices, read the same delivery anew.
        used = [find_one("sql/sources", format_, self.plugs), *([self.prices] if self.prices else [])]
        return f"{data}-{digest(used)[:8]}"


def load_full(place: Place, each: Received, before: Snapshot | None, checked: Checked) -> Snapshot:
    """Load a full extract; the pointer is not moved. checked: what was found is added to it.

    before: the practice's snapshot until now, to tell a fall in volume.
    Raises DeliveryRejected where it is not fit.
    """
    source, ods = place.source(each.manifest.format), each.manifest.practice
    with _scratch(place) as staging:
        if not source.is_mirrored:
            with engine(each.path, writable=staging, scratch=staging) as db:
                staged = stage(db, each.path, source, staging)
            raw = {table.name: good_rows(table, staged.file(table.name)) for table in source.reads}
            checked.add_staged(staged)
            parts = _parts(place, source, each, staging, raw, checked, before)
            return store(parts, each.manifest, place.source_digest(source.name, each.digest), each.path.name,
                         place.lake, place.plugs, staging)  # fmt: skip
        state = _state(place, ods, source, each, ())
        with new_folder(state.path) as aside:
            with engine(each.path, staging, writable=aside, scratch=staging) as db:
                staged = stage(db, each.path, source, staging)
                mirror.begin(db, source, staged, aside)
            checked.add_staged(staged)
            mirror.write_facts(state, aside)
            snapshot = _from_mirror(place, source, each.manifest, each.path.name, state, aside, checked, before)
    return snapshot


def load_delta(place: Place, each: Received, before: Snapshot, old: Mirror, checked: Checked) -> Snapshot:
    """Load the changes since the state before; the pointer is not moved. checked: what was found is added to it.

    Raises DeliveryRejected where they are not fit.
    """
    source, ods = place.source(each.manifest.format), each.manifest.practice
    state = _state(place, ods, source, each, old.applied)
    with _scratch(place) as staging, new_folder(state.path) as aside:
        with engine(each.path, old.path, staging, writable=aside, scratch=staging) as db:
            staged = stage(db, each.path, source, staging)
            checked.add_staged(staged)
            mirror.go_on(db, source, old, staged, aside)
            touched = mirror.touched(db, source, old, staged)
        mirror.write_facts(state, aside)
        if touched is not None:
            touched = pl.concat([touched, pl.read_parquet(old.path / _HELD_BACK)["patient_id"]]).unique()
        if touched is None or touched.len() > _MOST_TOUCHED * before.rows["patient"]:
            return _from_mirror(place, source, each.manifest, each.path.name, state, aside, checked, before)
        parts = _parts(place, source, each, aside, _raw(source, aside, touched), checked, None, touched)
        snapshot = store_changes(before, touched, parts, each.manifest,
                                 place.source_digest(source.name, state.digest), each.path.name,
                                 place.lake, place.plugs, staging, state.path.name)  # fmt: skip
        _hold_back(aside, checked)
    return snapshot


def load_again(place: Place, old: Mirror, before: Snapshot, manifest: Manifest, checked: Checked) -> Snapshot:
    """Make our tables again from a mirror that stands, by another source's SQL or other prices."""
    source = place.source(manifest.format)
    return _from_mirror(place, source, manifest, before.delivery, old, old.path, checked, before)


def mirror_of(place: Place, source: Source, snapshot: Snapshot | None) -> Mirror | None:
    """The mirror a snapshot was made from, or None where there is none or it was read in another way."""
    path = place.mirror / snapshot.practice_id / snapshot.mirror if snapshot and snapshot.mirror else None
    if path is None or not (path / mirror.FACTS).exists():
        return None
    found = Mirror.read(path)
    return found if found.reads_digest == source.reads_digest else None


def _from_mirror(
    place: Place,
    source: Source,
    manifest: Manifest,
    delivery: str,
    state: Mirror,
    folder: Path,
    checked: Checked,
    before: Snapshot | None,
) -> Snapshot:
    with _scratch(place) as staging:
        received = Received(place.mirror / delivery, manifest, state.digest)
        parts = _parts(place, source, received, folder, _raw(source, folder), checked, before)
        snapshot = store(parts, manifest, place.source_digest(source.name, state.digest), delivery,
                         place.lake, place.plugs, staging, state.path.name)  # fmt: skip
    _hold_back(folder, checked)
    return snapshot


def _parts(
    place: Place,
    source: Source,
    each: Received,
    folder: Path,
    raw: Mapping[str, str],
    checked: Checked,
    before: Snapshot | None,
    touched: pl.Series | None = None,
) -> Iterator[Tables]:
    """A delivery's good rows, a part at a time; at the end the whole is refused if it is not fit.

    touched: the patients that `raw` is limited to, or None for everybody.
    """
    lists = codelists.read_all(place.plugs)
    prices = drug_tariff.read(place.prices) if place.prices else None
    with _scratch(place) as spill, engine(folder, scratch=spill) as db:
        if touched is not None:
            db.offer(_TOUCHED, touched.alias("patient_id").to_frame())
        extracted = extract(db, source, raw, each.manifest, prices, few=touched is not None)
        for what, rows in extracted.left_out.items():
            checked.note(LEFT_OUT, what, rows)
        for part in extracted.parts():
            yield check(part, each.manifest, lists, checked)
    if touched is None:
        checked.add_notes(checked.good, before.rows if before else {})
    if place.quarantine and checked.quarantine.height:
        with new_file(place.quarantine / each.manifest.practice / f"{each.path.name}.parquet") as aside:
            checked.quarantine.write_parquet(aside)
    refuse_if_unfit(checked, place.max_bad_rows, each.path.name, is_full=touched is None)


def _raw(source: Source, folder: Path, touched: pl.Series | None = None) -> dict[str, str]:
    """The SQL of each raw table of a mirror's folder; of the patients touched only, where they are given."""
    found = {}
    for table in source.reads:
        sql = mirror.rows_of(folder, table)
        if touched is not None and table.patient:
            sql = f"SELECT * FROM ({sql}) WHERE {table.patient} IN (SELECT patient_id FROM {_TOUCHED})"
        found[table.name] = sql
    return found


def _state(place: Place, ods: str, source: Source, each: Received, applied: tuple[str, ...]) -> Mirror:
    chain = (*applied, each.digest)
    name = mirror.name_of(each.on, source.reads_digest, chain)
    return Mirror(place.mirror / ods / name, each.on, source.reads_digest, chain)


def _hold_back(folder: Path, checked: Checked) -> None:
    # Whose rows are in quarantine is looked at again with each delta: a row dated after its extract is fit a
    # day later, though nobody sends it again.
    ours = checked.quarantine.filter(pl.col("table").is_in(list(TABLES)))
    ids = ours.select(patient_id=pl.col("content").str.json_path_match("$.patient_id")).unique()
    ids.write_parquet(folder / _HELD_BACK)


@contextmanager
def _scratch(place: Place) -> Iterator[Path]:
    place.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.scratch) as name:
        yield Path(name)
