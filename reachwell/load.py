"""Load: one delivery from its files to a new snapshot of the lake, by way of the mirror where its rows have ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from reachwell import codelists, mirror
from reachwell.atomic import new_file, new_folder
from reachwell.chain import Received
from reachwell.engine import engine
from reachwell.errors import DeliveryRejected
from reachwell.extract import Tables, extract
from reachwell.lake import Snapshot
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.place import Place
from reachwell.source import Source
from reachwell.staging import stage
from reachwell.store import store, store_changes
from reachwell.validate import Checked, check, refuse_if_fallen, refuse_if_unfit

# Past this share of the patients it costs less to make everybody's tables again.
_MOST_TOUCHED = 0.2
_LEFT_OUT = "left out"
_TOUCHED = "touched"
_HELD_BACK = "held_back.parquet"


@dataclass(frozen=True)
class _Loading:
    """One delivery on its way: where to, how it is read, what it says of itself, and what is found in it.

    before: of a full extract, the practice's snapshot until now.
    """

    place: Place
    source: Source
    manifest: Manifest
    delivery: str
    checked: Checked
    before: Snapshot | None = None

    @classmethod
    def of(cls, place: Place, each: Received, checked: Checked, before: Snapshot | None = None) -> "_Loading":
        return cls(place, place.source(each.manifest.format), each.manifest, each.path.name, checked, before)

    def next_state(self, digest: str, applied: tuple[str, ...] = ()) -> Mirror:
        """The state of the mirror after this delivery."""
        chain = (*applied, f"{self.manifest.extracted_on} {digest}")
        reads = self.source.reads_digest
        name = mirror.name_of(self.manifest.extracted_on, reads, chain)
        return Mirror(self.place.mirror / self.manifest.practice / name, self.manifest.extracted_on, reads, chain)


def load_full(place: Place, each: Received, before: Snapshot | None, checked: Checked) -> Snapshot:
    """Load a full extract; the pointer is not moved. checked: what was found is added to it.

    before: the practice's snapshot until now, to tell a fall in volume.
    Raises DeliveryRejected where it is not fit.
    """
    loading = _Loading.of(place, each, checked, before)
    snapshot = (_by_way_of_the_mirror if loading.source.is_mirrored else _straight)(loading, each)
    checked.add_notes(snapshot.rows, before.rows if before else {})
    return snapshot


def load_delta(place: Place, each: Received, before: Snapshot, old: Mirror, checked: Checked) -> Snapshot:
    """Load the changes since the state before; the pointer is not moved. checked: what was found is added to it.

    Raises DeliveryRejected where they are not fit.
    """
    _refuse_unless_alike(each, before)
    checked.of_practice = sum(before.rows.values())
    loading = _Loading.of(place, replace(each, manifest=_continued(each.manifest, before)), checked)
    state = loading.next_state(each.digest, old.applied)
    with place.a_folder() as staging, new_folder(state.path) as aside:
        with engine(each.path, old.path, staging, writable=aside, scratch=staging) as db:
            staged = stage(db, each.path, loading.source, staging)
            checked.add_staged(staged)
            mirror.go_on(db, loading.source, old, staged, aside)
            touched = mirror.touched(db, loading.source, old, staged)
        mirror.write_facts(state, aside)
        if touched is not None:
            touched = pl.concat([touched, pl.read_parquet(old.path / _HELD_BACK)["patient_id"]]).unique()
        if touched is None or touched.len() > _MOST_TOUCHED * before.rows["patient"]:
            snapshot = _from_mirror(loading, state, aside)
        else:
            parts = _parts(loading, aside, _raw(loading.source, aside, touched), touched)
            snapshot = store_changes(before, touched, parts, loading.manifest, _digest(loading, state.digest),
                                     loading.delivery, place.lake, place.plugs, staging, state.path.name)  # fmt: skip
            _hold_back(aside, checked)
    checked.add_notes(snapshot.rows, before.rows)
    return snapshot


def load_again(place: Place, old: Mirror, before: Snapshot, manifest: Manifest) -> Snapshot:
    """Make our tables again from a mirror that stands, by another source's SQL or other prices."""
    loading = _Loading(place, place.source(manifest.format), manifest, before.delivery, Checked())
    return _from_mirror(loading, old, old.path)


def mirror_of(place: Place, source: Source, snapshot: Snapshot | None) -> Mirror | None:
    """The mirror a snapshot was made from, or None where there is none or it was read in another way."""
    path = place.mirror / snapshot.practice_id / snapshot.mirror if snapshot and snapshot.mirror else None
    if path is None or not (path / mirror.FACTS).exists():
        return None
    found = Mirror.read(path)
    return found if found.reads_digest == source.reads_digest else None


def _straight(loading: _Loading, each: Received) -> Snapshot:
    place, source = loading.place, loading.source
    with place.a_folder() as staging:
        with engine(each.path, writable=staging, scratch=staging) as db:
            staged = stage(db, each.path, source, staging)
        loading.checked.add_staged(staged)
        parts = _parts(loading, staging, {table.name: staged.good(table) for table in source.reads})
        return store(parts, loading.manifest, _digest(loading, each.digest), loading.delivery,
                     place.lake, place.plugs, staging)  # fmt: skip


def _by_way_of_the_mirror(loading: _Loading, each: Received) -> Snapshot:
    state = loading.next_state(each.digest)
    with new_folder(state.path) as aside:
        with (
            loading.place.a_folder() as staging,
            engine(each.path, staging, writable=aside, scratch=staging) as db,
        ):
            staged = stage(db, each.path, loading.source, staging)
            mirror.begin(db, loading.source, staged, aside)
        loading.checked.add_staged(staged)
        mirror.write_facts(state, aside)
        return _from_mirror(loading, state, aside)


def _from_mirror(loading: _Loading, state: Mirror, folder: Path) -> Snapshot:
    place = loading.place
    with place.a_folder() as staging:
        parts = _parts(loading, folder, _raw(loading.source, folder))
        snapshot = store(parts, loading.manifest, _digest(loading, state.digest), loading.delivery,
                         place.lake, place.plugs, staging, state.path.name)  # fmt: skip
    _hold_back(folder, loading.checked)
    return snapshot


def _parts(
    loading: _Loading, folder: Path, raw: Mapping[str, str], touched: pl.Series | None = None
) -> Iterator[Tables]:
    """A delivery's good rows, a part at a time; at the end the whole is refused if it is not fit.

    folder: where the files that `raw` reads are. touched: the patients that it is limited to, or None for everybody.
    """
    place, manifest, checked = loading.place, loading.manifest, loading.checked
    lists = codelists.read_all(place.plugs)
    with place.a_folder() as spill, engine(folder, scratch=spill) as db:
        if touched is not None:
            db.offer(_TOUCHED, touched.alias("patient_id").to_frame())
        extracted = extract(db, loading.source, raw, manifest, place.tariff(loading.source), few=touched is not None)
        for what, rows in extracted.left_out.items():
            checked.note(_LEFT_OUT, what, rows)
        for part in extracted.parts():
            yield check(part, manifest, lists, checked)
    if place.quarantine and checked.quarantine.height:
        with new_file(place.quarantine / manifest.practice / f"{loading.delivery}.parquet") as aside:
            checked.quarantine.write_parquet(aside)
    refuse_if_unfit(checked, place.max_bad_rows, loading.delivery, is_full=touched is None)
    if loading.before:
        refuse_if_fallen(checked.good, loading.before.rows, place.max_fall, loading.delivery)


def _raw(source: Source, folder: Path, touched: pl.Series | None = None) -> dict[str, str]:
    """The SQL of each raw table of a mirror's folder; of the patients touched only, where they are given."""
    found = {}
    for table in source.reads:
        sql = mirror.rows_of(folder, table)
        if touched is not None and table.patient:
            sql = f"SELECT * FROM ({sql}) WHERE {table.patient} IN (SELECT patient_id FROM {_TOUCHED})"
        found[table.name] = sql
    return found


def _digest(loading: _Loading, data: str) -> str:
    return loading.place.source_digest(loading.source, data)


def _refuse_unless_alike(each: Received, before: Snapshot) -> None:
    """Changes under another key would mix two pseudonyms of one person; the other facts speak for all the data."""
    for name in ("key_id", "national_data_opt_out", "invented"):
        now, was = getattr(each.manifest, name), getattr(before, name)
        if now != was:
            raise DeliveryRejected(
                f"delivery {each.path.name}: its manifest says {name} = {now}, and the data it changes say {was}. "
                "Correct the manifest, or send a full extract."
            )


def _continued(manifest: Manifest, before: Snapshot) -> Manifest:
    # One night's changes cover that night; the data they are added to reach back as far as they did.
    reaches = {"covers_from": min(manifest.covers_from, before.covers_from),
               "migrated_on": manifest.migrated_on or before.migrated_on}  # fmt: skip
    return manifest.model_copy(update=reaches)


def _hold_back(folder: Path, checked: Checked) -> None:
    # Whose rows are in quarantine is looked at again with each delta: a row dated after its extract is fit a
    # day later, though nobody sends it again.
    ids = pl.DataFrame({"patient_id": sorted(checked.held_back)}, schema={"patient_id": pl.String})
    with new_file(folder / _HELD_BACK) as aside:
        ids.write_parquet(aside)
