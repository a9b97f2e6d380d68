"""Which of a practice's deliveries make up its data: from the inbox to a snapshot in the lake."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from reachwell import lake
from reachwell.area import Area, Practice
from reachwell.atomic import UNFINISHED
from reachwell.bring_up import bring_up
from reachwell.chain import Received, Refusal
from reachwell.errors import DeliveryLate, DeliveryRejected
from reachwell.manifest import CHECKSUMS, Manifest, read
from reachwell.place import Place
from reachwell.pull import digest_of
from reachwell.source import Source
from reachwell.state import Fate
from reachwell.store import up_to_date


def load_newest(
    area: Area, practice: Practice, pulled: Sequence[Path], today: date, turned_away: Sequence[str] = ()
) -> Fate:
    """Bring a practice's data up to its newest good delivery, unless the lake has it already.

    pulled: the deliveries that came this time. turned_away: why others were not let in.
    Raises DeliveryRejected where a delivery that should have been used is not fit, with the last good snapshot left
    in place, and DeliveryLate where there is none that is new enough, or one between is missing.
    """
    place = Place.of(area)
    source = place.source(practice.format)
    received, refusals = _received(area.inbox / practice.ods, practice, source, today)
    refusals += [Refusal(each, stands=True) for each in turned_away]
    before = lake.current(area.lake, practice.ods)
    used, more = bring_up(place, practice.ods, source, received, before)
    snapshot = up_to_date(area.lake, practice.ods, area.folder, area.scratch, area.erases_opted_out)
    standing = [each for each in [*refusals, *more] if each.stands or not _made_up_for(each, snapshot, received)]
    standing += _out_of_order(received, pulled, before, used)
    if standing:
        kept = f" The extract of {snapshot.extracted_on} stays in use." if snapshot else ""
        # Of several the one that is worst: what is wrong comes before what is missing.
        worst = min((each.error for each in standing), key=lambda each: each.exit_code)
        raise worst(" ".join(each.message for each in standing) + kept)
    return _fresh_enough(area, practice, snapshot, changed=snapshot != before, today=today)


def refuse_unless_readable(where: str, manifest: Manifest, source: Source) -> None:
    """Raise DeliveryRejected where a source cannot read a delivery of this kind or version."""
    if manifest.kind == "delta" and not source.is_mirrored:
        raise DeliveryRejected(
            f'{where} kind = "delta", and format {manifest.format} is read from full extracts. Send a full one.'
        )
    if source.versions and manifest.version and manifest.version not in source.versions:
        raise DeliveryRejected(
            f"{where} version {manifest.version}, and of format {manifest.format} reachwell knows "
            f"{', '.join(source.versions)}. Correct the manifest, or ask the supplier for one of these."
        )


def _received(inbox: Path, practice: Practice, source: Source, today: date) -> tuple[list[Received], list[Refusal]]:
    received, refusals = [], []
    for folder in sorted(inbox.iterdir()):
        if folder.name.startswith(UNFINISHED) or not folder.is_dir():
            continue
        on, of_another = None, False
        try:
            manifest = read(folder)
            on, of_another = manifest.extracted_on, manifest.practice != practice.ods
            refuse_unless_its(folder, manifest, practice, source, today)
            received.append(Received(folder, manifest, digest_of(folder)))
        except DeliveryRejected as fault:
            refusals.append(Refusal(str(fault), on if on and on <= today else None, _received_at(folder), of_another))
    return received, refusals


def _received_at(folder: Path) -> float:
    return (folder / CHECKSUMS).stat().st_mtime


def refuse_unless_its(folder: Path, manifest: Manifest, practice: Practice, source: Source, today: date) -> None:
    """Raise DeliveryRejected where a delivery's manifest does not fit the practice or the day."""
    where = f"delivery {folder.name}: its manifest says"
    if manifest.practice != practice.ods:
        raise DeliveryRejected(
            f"{where} practice {manifest.practice}, but it lies in the place of {practice.ods}. "
            "Correct the manifest or move the delivery."
        )
    if manifest.format != practice.format:
        raise DeliveryRejected(
            f"{where} format {manifest.format}, but reachwell.toml says {practice.format} for {practice.ods}. "
            "Correct the one that is wrong."
        )
    refuse_unless_readable(where, manifest, source)
    if manifest.extracted_on > today:
        raise DeliveryRejected(f"{where} extracted_on {manifest.extracted_on}, which is in the future. Correct it.")


def _made_up_for(refusal: Refusal, snapshot: lake.Snapshot | None, received: Sequence[Received]) -> bool:
    if snapshot is None:
        return False
    if refusal.extracted_on is not None:
        return snapshot.extracted_on >= refusal.extracted_on
    in_use = [_received_at(each.path) for each in received if each.on == snapshot.extracted_on]
    return max(in_use, default=0.0) > refusal.received


def _out_of_order(
    received: Sequence[Received], pulled: Sequence[Path], before: lake.Snapshot | None, used: Iterable[str]
) -> list[Refusal]:
    return [
        Refusal(
            f"delivery {each.path.name}: its extract of {each.on} is older than the one in use. "
            "It is kept in the inbox and not used."
        )
        for each in received
        if before and each.path in pulled and each.on < before.extracted_on and each.digest not in used
    ]


def _fresh_enough(area: Area, practice: Practice, snapshot: lake.Snapshot | None, changed: bool, today: date) -> Fate:
    if snapshot is None:
        raise DeliveryLate(
            f"{practice.ods}: no delivery yet. Put one, with its manifest.toml, into a sub-folder of its place."
        )
    on, limit = snapshot.extracted_on, area.settings.validation.max_age_days
    age = (today - on).days
    if age > limit:
        raise DeliveryLate(
            f"{practice.ods}: its newest extract is of {on}, {age} days old; the limit is {limit}. Ask for a new one."
        )
    return Fate(practice.ods, "loaded" if changed else "unchanged", f"extract of {on}", 0, on)
