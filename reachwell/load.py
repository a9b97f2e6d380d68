"""Load: one delivery from its files to a new snapshot of the lake, by way of the mirror where its rows have ids."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from reachwell import lake, mirror
from reachwell.atomic import new_file, new_folder
from reachwell.chain import Received
from reachwell.engine import engine
from reachwell.errors import DeliveryRejected
from reachwell.lake import Snapshot
from reachwell.loading import TOUCHED, Loading, good_parts, opt_outs_of
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.mirror_erasure import erase
from reachwell.place import Place
from reachwell.pseudonym_key import refuse_if_other_key
from reachwell.source import Source
from reachwell.staging import stage
from reachwell.store import store, store_changes
from reachwell.validate import Checked

# Past this share of the patients it costs less to make everybody's tables again.
_MOST_TOUCHED = 0.2


def load_full(place: Place, each: Received, before: Snapshot | None, checked: Checked) -> Snapshot:
    """Load a full extract; the pointer is not moved. checked: what was found is added to it.

    before: the practice's snapshot until now, to tell a fall in volume.
    Raises DeliveryRejected where it is not fit.
    """
    if before:
        refuse_if_other_key(each, before, place.accepted_keys)
    latest = before or lake.current(place.lake, each.manifest.practice)
    # An extract of a day before the one in use does not know who has opted out since.
    may_return = latest is None or each.on >= latest.extracted_on
    loading = Loading.of(place, each, checked, opt_outs_of(place, each.on, latest, may_return), before)
    snapshot = (_by_way_of_the_mirror if loading.source.is_mirrored else _straight)(loading, each)
    checked.add_notes(snapshot.rows, before.rows if before else {})
    return snapshot


def load_delta(place: Place, each: Received, before: Snapshot, old: Mirror, checked: Checked) -> Snapshot:
    """Load the changes since the state before; the pointer is not moved. checked: what was found is added to it.

    Raises DeliveryRejected where they are not fit.
    """
    _refuse_unless_alike(each, before)
    checked.of_practice = sum(before.rows.values())
    continued = replace(each, manifest=_continued(each.manifest, before))
    loading = Loading.of(place, continued, checked, opt_outs_of(place, each.on, before))
    state = loading.next_state(each.digest, old.applied)
    with place.a_folder() as staging, new_folder(state.path) as aside:
        with engine(each.path, old.path, staging, writable=aside, scratch=staging) as db:
            staged = stage(db, each.path, loading.source, staging, loading.opt_outs.before)
            checked.add_staged(staged)
            mirror.go_on(db, loading.source, old, staged, aside)
            touched = mirror.touched(db, loading.source, old, staged)
        mirror.write_facts(state, aside)
        if touched is not None:
            touched = pl.concat([touched, pl.read_parquet(old.path / mirror.HELD_BACK)["patient_id"]]).unique()
        if touched is None or touched.len() > _MOST_TOUCHED * before.rows["patient"]:
            snapshot = _from_mirror(loading, state, aside)
        else:
            parts = good_parts(loading, aside, _raw(loading.source, aside, touched), touched)
            snapshot = store_changes(before, touched, parts, loading.manifest, loading.digest(state.digest),
                                     loading.delivery, place.lake, place.plugs, staging, state.path.name,
                                     loading.opt_outs)  # fmt: skip
            _settle(loading, aside)
    checked.add_notes(snapshot.rows, before.rows)
    return snapshot


def load_again(place: Place, old: Mirror, before: Snapshot, manifest: Manifest) -> Snapshot:
    """Make our tables again from a mirror that stands, by another source's SQL or other prices."""
    opt_outs = opt_outs_of(place, manifest.extracted_on, before)
    loading = Loading(place, place.source(manifest.format), manifest, before.delivery, Checked(), opt_outs)
    return _from_mirror(loading, old, old.path)


def mirror_of(place: Place, source: Source, snapshot: Snapshot | None) -> Mirror | None:
    """The mirror a snapshot was made from, or None where there is none or it was read in another way."""
    path = place.mirror / snapshot.practice_id / snapshot.mirror if snapshot and snapshot.mirror else None
    if path is None or not (path / mirror.FACTS).exists():
        return None
    found = Mirror.read(path)
    return found if found.reads_digest == source.reads_digest else None


def _straight(loading: Loading, each: Received) -> Snapshot:
    place, source = loading.place, loading.source
    with place.a_folder() as staging:
        with engine(each.path, writable=staging, scratch=staging) as db:
            staged = stage(db, each.path, source, staging)
        loading.checked.add_staged(staged)
        parts = good_parts(loading, staging, {table.name: staged.good(table) for table in source.reads})
        return store(parts, loading.manifest, loading.digest(each.digest), loading.delivery,
                     place.lake, place.plugs, staging, opt_outs=loading.opt_outs)  # fmt: skip


def _by_way_of_the_mirror(loading: Loading, each: Received) -> Snapshot:
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


def _from_mirror(loading: Loading, state: Mirror, folder: Path) -> Snapshot:
    place = loading.place
    with place.a_folder() as staging:
        parts = good_parts(loading, folder, _raw(loading.source, folder))
        snapshot = store(parts, loading.manifest, loading.digest(state.digest), loading.delivery,
                         place.lake, place.plugs, staging, state.path.name, loading.opt_outs)  # fmt: skip
    _settle(loading, folder, is_in_use=folder == state.path)
    return snapshot


def _raw(source: Source, folder: Path, touched: pl.Series | None = None) -> dict[str, str]:
    """The SQL of each raw table of a mirror's folder; of the patients touched only, where they are given."""
    found = {}
    for table in source.reads:
        sql = mirror.rows_of(folder, table)
        if touched is not None and table.patient:
            sql = f"SELECT * FROM ({sql}) WHERE {table.patient} IN (SELECT patient_id FROM {TOUCHED})"
        found[table.name] = sql
    return found


def _settle(loading: Loading, folder: Path, is_in_use: bool = False) -> None:
    """Leave in a mirror's state nothing of those who have opted out, and no sensitive code.

    is_in_use: the data in use rest on this state. Whoever has opted out is then erased once they are known to have:
    were the run killed before, their dissent would be gone and nothing would say so.
    """
    out, place = loading.opt_outs, loading.place
    # A full extract brings everybody's rows again; with changes nothing has come in of those who were out.
    patients = set() if is_in_use else out.standing if loading.manifest.kind == "full" else out.new
    with place.a_folder() as spill, engine(writable=folder, scratch=spill) as db:
        erase(db, loading.source, folder, patients, loading.sensitive)
    # Whose rows are in quarantine is looked at again with each delta: a row dated after its extract is fit a
    # day later, though nobody sends it again.
    held_back = sorted(loading.checked.held_back - out.standing)
    with new_file(folder / mirror.HELD_BACK) as aside:
        pl.DataFrame({"patient_id": held_back}, schema={"patient_id": pl.String}).write_parquet(aside)


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
