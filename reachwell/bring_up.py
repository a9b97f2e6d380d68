"""Bring up: load what of a practice's deliveries is not in the lake yet, a full extract and then its changes."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from reachwell import lake
from reachwell.chain import Received, Refusal, by_day, contradiction, following, of_kind
from reachwell.errors import DeliveryRejected
from reachwell.lake import Snapshot
from reachwell.load import load_again, load_delta, load_full, mirror_of
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.place import Place
from reachwell.source import Source
from reachwell.validate import Checked


@dataclass
class _Loading:
    """A practice on its way up: the snapshot it has come to, and why deliveries were not used."""

    place: Place
    ods: str
    source: Source
    snapshot: Snapshot | None
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def mirror(self) -> Mirror | None:
        return mirror_of(self.place, self.source, self.snapshot)

    @property
    def applied(self) -> tuple[str, ...]:
        return self.mirror.applied if self.mirror else ()


def bring_up(
    place: Place, ods: str, source: Source, received: Sequence[Received], before: Snapshot | None
) -> tuple[tuple[str, ...], list[Refusal]]:
    """Load a practice's deliveries as far as they go; its pointer is moved with each.

    received: all that the inbox holds. before: the snapshot in use. Returns the digests of the deliveries that
    the data are made of now, where the format is mirrored, and why others are not used.
    """
    loading = _Loading(place, ods, source, before)
    base = _load_base(loading, of_kind(received, "full"))
    if source.is_mirrored:
        _load_again_if_read_otherwise(loading)
        _load_changes(loading, base, of_kind(received, "delta"))
        _remove_other_mirrors(loading)
    return loading.applied, loading.refusals


def _load_base(loading: _Loading, fulls: Sequence[Received]) -> Received | None:
    """Load the newest full extract that is fit, unless the data rest on it already; returns what they rest on."""
    before = loading.snapshot
    for on, group in by_day(fulls[::-1]):
        for each in group:
            if each.digest in loading.applied[:1]:
                return each
        can_go_on = loading.mirror is not None or not loading.source.is_mirrored
        if before and can_go_on and on < before.extracted_on:
            return None
        fit = [found for each in group if (found := _try_full(loading, each, before))]
        if len(fit) > 1:
            loading.refusals.append(contradiction(loading.ods, on, [each for each, _ in fit]))
            for _, made in fit:
                _remove_unless(made, before)
            return None
        for each, made in fit:
            _use(loading, made)
            return each
    return None


def _try_full(loading: _Loading, each: Received, before: Snapshot | None) -> tuple[Received, Snapshot] | None:
    place = loading.place
    if before and before.source_digest == place.source_digest(loading.source.name, each.digest):
        return each, before
    try:
        return each, load_full(place, each, before, Checked())
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(str(fault), each.on))
        return None


def _load_again_if_read_otherwise(loading: _Loading) -> None:
    place, snapshot, mirror = loading.place, loading.snapshot, loading.mirror
    if snapshot and mirror and snapshot.source_digest != place.source_digest(loading.source.name, mirror.digest):
        _use(loading, load_again(place, mirror, snapshot, _manifest_of(loading, snapshot)))


def _load_changes(loading: _Loading, base: Received | None, deltas: Sequence[Received]) -> None:
    """Load the deltas that follow; from the full extract again where others lie between it and the state in use."""
    days = _days_from(loading, base, deltas) if base else None
    if days is None:
        since = loading.snapshot.extracted_on if loading.snapshot and loading.mirror else None
        days, refusals = following(loading.ods, deltas, since)
        loading.refusals += refusals
    _refuse_contradiction(loading, deltas)
    for group in days:
        made = [(each, snapshot) for each in group if (snapshot := _try_delta(loading, each))]
        if len(made) != 1:
            if made:
                loading.refusals.append(contradiction(loading.ods, group[0].on, [each for each, _ in made]))
            for _, snapshot in made:
                _remove_unless(snapshot, loading.snapshot)
            return
        _use(loading, made[0][1])


def _days_from(loading: _Loading, base: Received, deltas: Sequence[Received]) -> list[list[Received]] | None:
    """The deltas still to be loaded, or None where the inbox holds less than what is in use already."""
    days, refusals = following(loading.ods, deltas, base.on)
    reaches = days[-1][0].on if days else base.on
    if loading.snapshot and reaches < loading.snapshot.extracted_on:
        return None
    loading.refusals += refusals
    applied = loading.applied[1:]
    if len(applied) <= len(days) and all(
        digest in {each.digest for each in group} for digest, group in zip(applied, days, strict=False)
    ):
        return days[len(applied) :]
    found = _try_full(loading, base, None)
    if found is None:
        return []
    _use(loading, found[1])
    return days


def _refuse_contradiction(loading: _Loading, deltas: Sequence[Received]) -> None:
    """Tell of deltas of the day in use that are not in use and could be."""
    if not loading.snapshot or not loading.applied[1:]:
        return
    group = [each for each in deltas if each.on == loading.snapshot.extracted_on]
    for each in group:
        if each.digest not in loading.applied and (made := _try_delta(loading, each)):
            _remove_unless(made, loading.snapshot)
            loading.refusals.append(contradiction(loading.ods, each.on, group))


def _try_delta(loading: _Loading, each: Received) -> Snapshot | None:
    assert loading.snapshot
    assert loading.mirror
    try:
        return load_delta(loading.place, each, loading.snapshot, loading.mirror, Checked())
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(str(fault), each.on))
        return None


def _use(loading: _Loading, snapshot: Snapshot) -> None:
    """Go on from a snapshot, and make it current unless a later day is."""
    loading.snapshot = snapshot
    current = lake.current(loading.place.lake, loading.ods)
    if current is None or (snapshot.extracted_on >= current.extracted_on and snapshot.name != current.name):
        lake.make_current(loading.place.lake, snapshot)


def _remove_other_mirrors(loading: _Loading) -> None:
    """Keep the mirror of the current snapshot only: any other can be made again from the inbox."""
    current = lake.current(loading.place.lake, loading.ods)
    for state in (loading.place.mirror / loading.ods).glob("[!.]*"):
        if current is None or state.name != current.mirror:
            shutil.rmtree(state)


def _remove_unless(made: Snapshot, kept: Snapshot | None) -> None:
    if kept is None or made.name != kept.name:
        shutil.rmtree(made.path, ignore_errors=True)


def _manifest_of(loading: _Loading, snapshot: Snapshot) -> Manifest:
    return Manifest(
        practice=loading.ods,
        format=loading.source.name,
        kind="full",
        extracted_on=snapshot.extracted_on,
        covers_from=snapshot.covers_from,
        migrated_on=snapshot.migrated_on,
        key_id=snapshot.key_id,
        national_data_opt_out=snapshot.national_data_opt_out,  # type: ignore[arg-type]
        legal_basis=snapshot.legal_basis,
        invented=snapshot.invented,
    )
