"""Which of a practice's deliveries is used: from the inbox to a snapshot in the lake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from reachwell import codelists, lake
from reachwell.area import Area, Practice
from reachwell.atomic import UNFINISHED, new_file
from reachwell.errors import DeliveryLate, DeliveryRejected
from reachwell.extract import extract
from reachwell.manifest import Manifest, read
from reachwell.plugs import digest, find_one
from reachwell.pull import CHECKSUMS, digest_of
from reachwell.state import Fate
from reachwell.validate import Checked, check, refuse_if_unfit


@dataclass(frozen=True)
class Received:
    """A delivery in the inbox whose manifest can be read and fits the practice."""

    path: Path
    manifest: Manifest
    digest: str


@dataclass(frozen=True)
class Refusal:
    """Why a delivery is not used. A newer good one makes up for it, unless the two contradict each other.

    extracted_on: its extract's day; where that is not known, received says when it came, in seconds.
    """

    message: str
    extracted_on: date | None = None
    received: float = 0.0
    stands: bool = False


def load_newest(area: Area, practice: Practice, pulled: Sequence[Path], today: date) -> Fate:
    """Load the practice's newest good delivery, unless the lake has it already.

    pulled: the deliveries that came this time. Raises DeliveryRejected where a delivery that should have
    been used is not fit, with the last good snapshot left in place, and DeliveryLate where there is none
    that is new enough.
    """
    received, refusals = _received(area.inbox / practice.ods, practice, today)
    before = lake.current(area.lake, practice.ods)
    snapshot, more = _newest_fit(area, practice, received, before)
    if snapshot and (before is None or snapshot.name != before.name):
        lake.make_current(area.lake, snapshot)
    snapshot = lake.up_to_date(area.lake, practice.ods, area.folder, area.scratch)
    standing = [each for each in [*refusals, *more] if each.stands or not _made_up_for(each, snapshot, received)]
    standing += _out_of_order(received, pulled, before)
    if standing:
        kept = f" The extract of {snapshot.extracted_on} stays in use." if snapshot else ""
        raise DeliveryRejected(" ".join(each.message for each in standing) + kept)
    return _fresh_enough(area, practice, snapshot, changed=snapshot != before, today=today)


def checked(area: Area | None, delivery: Path, manifest: Manifest, before: dict[str, int] | None = None) -> Checked:
    """Extract and check a delivery; nothing is written."""
    folder = area.folder if area else None
    return check(extract(delivery, manifest, folder), manifest, codelists.read_all(folder), before)


def _received(inbox: Path, practice: Practice, today: date) -> tuple[list[Received], list[Refusal]]:
    received, refusals = [], []
    for folder in sorted(inbox.iterdir()):
        if folder.name.startswith(UNFINISHED) or not folder.is_dir():
            continue
        on, of_another = None, False
        try:
            manifest = read(folder)
            on, of_another = manifest.extracted_on, manifest.practice != practice.ods
            _refuse_unless_its(folder, manifest, practice, today)
            received.append(Received(folder, manifest, digest_of(folder)))
        except DeliveryRejected as fault:
            refusals.append(Refusal(str(fault), on if on and on <= today else None, _received_at(folder), of_another))
    return received, refusals


def _received_at(folder: Path) -> float:
    return (folder / CHECKSUMS).stat().st_mtime


def _refuse_unless_its(folder: Path, manifest: Manifest, practice: Practice, today: date) -> None:
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
    if manifest.kind == "delta":
        raise DeliveryRejected(
            f'{where} kind = "delta", and format {manifest.format} is read from full extracts. Send a full one.'
        )
    if manifest.extracted_on > today:
        raise DeliveryRejected(f"{where} extracted_on {manifest.extracted_on}, which is in the future. Correct it.")


def _newest_fit(
    area: Area, practice: Practice, received: Sequence[Received], now: lake.Snapshot | None
) -> tuple[lake.Snapshot | None, list[Refusal]]:
    """The snapshot of the newest day's fit delivery; an older day's only where a newer one is not fit."""
    refusals: list[Refusal] = []
    once = {each.digest: each for each in reversed(received)}
    by_day = sorted(once.values(), key=lambda each: each.manifest.extracted_on, reverse=True)
    for on, group in groupby(by_day, key=lambda each: each.manifest.extracted_on):
        if now and on < now.extracted_on:
            break
        fit: dict[Received, Checked | None] = {}
        for each in group:
            try:
                is_loaded = now is not None and now.source_digest == _source_digest(area, each)
                fit[each] = None if is_loaded else _check(area, practice, each, now)
            except DeliveryRejected as fault:
                refusals.append(Refusal(str(fault), on))
        if len(fit) > 1:
            names = " and ".join(sorted(each.path.name for each in fit))
            what = f"{practice.ods}: two deliveries speak for {on}: {names}. Remove the wrong one from the inbox "
            refusals.append(Refusal(what + "and from the practice's place.", on, stands=True))
            break
        for each, good in fit.items():
            return (_store(area, each, good) if good else now), refusals
    return now, refusals


def _check(area: Area, practice: Practice, each: Received, now: lake.Snapshot | None) -> Checked:
    found = checked(area, each.path, each.manifest, now.rows if now else None)
    if found.quarantine.height:
        with new_file(area.quarantine / practice.ods / f"{each.path.name}.parquet") as aside:
            found.quarantine.write_parquet(aside)
    refuse_if_unfit(found, area.settings.validation.max_bad_rows, each.path.name)
    return found


def _store(area: Area, each: Received, good: Checked) -> lake.Snapshot:
    source = _source_digest(area, each)
    return lake.store(good.tables, each.manifest, source, each.path.name, area.lake, area.folder, area.scratch)


def _source_digest(area: Area, each: Received) -> str:
    # A corrected source reads the same delivery anew.
    return f"{each.digest}-{digest([find_one('sql/sources', each.manifest.format, area.folder)])[:8]}"


def _made_up_for(refusal: Refusal, snapshot: lake.Snapshot | None, received: Sequence[Received]) -> bool:
    if snapshot is None:
        return False
    if refusal.extracted_on is not None:
        return snapshot.extracted_on >= refusal.extracted_on
    in_use = [_received_at(each.path) for each in received if each.manifest.extracted_on == snapshot.extracted_on]
    return max(in_use, default=0.0) > refusal.received


def _out_of_order(received: Sequence[Received], pulled: Sequence[Path], before: lake.Snapshot | None) -> list[Refusal]:
    return [
        Refusal(
            f"delivery {each.path.name}: its extract of {each.manifest.extracted_on} is older than the one in use. "
            "It is kept in the inbox and not used."
        )
        for each in received
        if before and each.path in pulled and each.manifest.extracted_on < before.extracted_on
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
