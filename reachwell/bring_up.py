"""Bring up: load what of a practice's deliveries is not in the lake yet, a full extract and then its changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from reachwell import lake
from reachwell.atomic import remove
from reachwell.chain import Received, Refusal, by_day, continues, contradiction, gap, of_kind
from reachwell.derive import derived_digest
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
    """A practice on its way up: the snapshot it has come to, and why deliveries were not used.

    before: the snapshot that was in use.
    """

    place: Place
    ods: str
    source: Source
    before: Snapshot | None
    snapshot: Snapshot | None
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def mirror(self) -> Mirror | None:
        return mirror_of(self.place, self.source, self.snapshot)

    @property
    def applied(self) -> list[tuple[date, str]]:
        return self.mirror.deliveries if self.mirror else []


def bring_up(
    place: Place, ods: str, source: Source, received: Sequence[Received], before: Snapshot | None
) -> tuple[set[str], list[Refusal]]:
    """Load a practice's deliveries as far as they go; its pointer is moved with each.

    received: all that the inbox holds. before: the snapshot in use. Returns the digests of the deliveries that
    the data are made of now, where the format is mirrored, and why others are not used.
    """
    loading = _Loading(place, ods, source, before, before)
    try:
        base = _load_base(loading, of_kind(received, "full"))
        if source.is_mirrored:
            deltas = of_kind(received, "delta")
            _load_again_if_made_otherwise(loading)
            _begin_again_if_corrected(loading, base, deltas)
            _load_changes(loading, deltas)
            _tell_contradictions(loading, deltas)
    finally:
        # Also where a delivery could not be loaded: what is passed may hold somebody who has opted out since.
        _remove_what_nothing_needs(loading)
    return {digest for _, digest in loading.applied}, loading.refusals


def _load_base(loading: _Loading, fulls: Sequence[Received]) -> Received | None:
    """Load the newest full extract that is fit, unless the data rest on it already; returns what they rest on."""
    before, applied = loading.before, loading.applied
    can_go_on = bool(applied) or not loading.source.is_mirrored
    for on, group in by_day(fulls[::-1]):
        if before and can_go_on and on < before.extracted_on:
            break
        fit = [found for each in group if (found := _try_full(loading, each))]
        if len(fit) > 1:
            loading.refusals.append(contradiction(loading.ods, on, [each for each, _ in fit]))
            for _, made in fit:
                _remove_unless(made, before)
            break
        for each, made in fit:
            _use(loading, made)
            return each
    return next((each for each in fulls if applied and each.digest == applied[0][1]), None)


def _try_full(loading: _Loading, each: Received) -> tuple[Received, Snapshot] | None:
    place, before = loading.place, loading.before
    if before and before.source_digest == place.source_digest(loading.source, each.digest):
        return each, before
    if before and [digest for _, digest in loading.applied] == [each.digest]:
        return each, before
    try:
        return each, load_full(place, each, before, Checked())
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(str(fault), each.on))
        return None


def _load_again_if_made_otherwise(loading: _Loading) -> None:
    """Make everybody's tables again where the source, the prices, the code lists or the derived tables changed.

    A night's changes would otherwise bring what is new to the patients they touch, and to nobody else.
    """
    place, snapshot, mirror = loading.place, loading.snapshot, loading.mirror
    if snapshot is None or mirror is None:
        return
    is_same_source = snapshot.source_digest == place.source_digest(loading.source, mirror.digest)
    if is_same_source and snapshot.derived_digest == derived_digest(place.plugs):
        return
    try:
        _use(loading, load_again(place, mirror, snapshot, _manifest_of(loading, snapshot)))
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(f"{loading.ods}, read again: {fault}", stands=True))


def _begin_again_if_corrected(loading: _Loading, base: Received | None, deltas: Sequence[Received]) -> None:
    """Begin from the full extract again where changes that were applied are gone and others of their day are there."""
    there = {each.digest for each in deltas}
    days = {each.on for each in deltas}
    corrected = [on for on, digest in loading.applied[1:] if digest not in there and on in days]
    if not (base and corrected):
        return
    try:
        _use(loading, load_full(loading.place, base, None, Checked()))
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(str(fault), base.on))


def _load_changes(loading: _Loading, deltas: Sequence[Received]) -> None:
    """Load the deltas that continue the data, day by day; of those that cannot be used the first is told."""
    refused = False
    for on, group in by_day(deltas):
        state = loading.snapshot.extracted_on if loading.snapshot and loading.mirror else None
        if state is not None and on <= state:
            continue
        if missing := gap(loading.ods, group, state):
            loading.refusals += [] if refused else [missing]
            refused = True
            continue
        assert state is not None
        made = [(each, snapshot) for each in group
                if continues(each, state) and (snapshot := _try_delta(loading, each))]  # fmt: skip
        if len(made) == 1:
            _use(loading, made[0][1])
            continue
        refused = True
        if made:
            loading.refusals.append(contradiction(loading.ods, on, [each for each, _ in made]))
        for _, snapshot in made:
            _remove_unless(snapshot, loading.snapshot)


def _tell_contradictions(loading: _Loading, deltas: Sequence[Received]) -> None:
    """Tell of deltas of a day whose changes are in use that say something else and could be used too."""
    digests = {digest for _, digest in loading.applied}
    for on, group in by_day(deltas):
        others = [each for each in group if each.digest not in digests]
        if len(others) == len(group):
            continue
        for each in others:
            if made := _try_delta(loading, each):
                _remove_unless(made, loading.snapshot)
                loading.refusals.append(contradiction(loading.ods, on, group))
                break


def _try_delta(loading: _Loading, each: Received) -> Snapshot | None:
    assert loading.snapshot
    assert loading.mirror
    try:
        return load_delta(loading.place, each, loading.snapshot, loading.mirror, Checked())
    except DeliveryRejected as fault:
        loading.refusals.append(Refusal(str(fault), each.on))
        return None


def _use(loading: _Loading, snapshot: Snapshot) -> None:
    """Go on from a snapshot, and make it current unless a later day is; those on the way to it are not kept."""
    passed, loading.snapshot = loading.snapshot, snapshot
    current = lake.current(loading.place.lake, loading.ods)
    if current is None or (snapshot.extracted_on >= current.extracted_on and snapshot.name != current.name):
        lake.make_current(loading.place.lake, snapshot)
        current = snapshot
    kept = {each.name for each in (current, snapshot, loading.before) if each}
    if passed and passed.name not in kept:
        remove(passed.path)


def _remove_what_nothing_needs(loading: _Loading) -> None:
    """Keep the mirror of the current snapshot only, and no snapshot of a way that did not lead to today."""
    current = lake.current(loading.place.lake, loading.ods)
    if loading.snapshot and loading.snapshot.name not in {each.name for each in (current, loading.before) if each}:
        remove(loading.snapshot.path)
    for state in (loading.place.mirror / loading.ods).glob("[!.]*"):
        if current is None or state.name != current.mirror:
            remove(state)


def _remove_unless(made: Snapshot, kept: Snapshot | None) -> None:
    if kept is None or made.name != kept.name:
        remove(made.path)


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
