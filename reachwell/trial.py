"""Trial: load a delivery into a place that is thrown away, to say what the night would say of it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reachwell import lake
from reachwell.admission import counted
from reachwell.area import Area
from reachwell.chain import Received, gap
from reachwell.delivery import refuse_unless_its, refuse_unless_readable
from reachwell.dry_run import a_folder_beside
from reachwell.engine import engine
from reachwell.errors import DeliveryRejected, ReachwellError
from reachwell.gate import look, refusal
from reachwell.lake import Snapshot
from reachwell.load import load_delta, load_full, mirror_of
from reachwell.manifest import Manifest
from reachwell.place import Place
from reachwell.source import Source
from reachwell.staging import stage
from reachwell.validate import Checked, refuse_if_unfit

_NOTHING_TO_CHANGE = (
    "only the files themselves were looked at: these are changes, and nothing they could be applied to is here"
)


@dataclass(frozen=True)
class Trial:
    """What was found in a delivery, the snapshot it would make, and why it is not fit; limit: of bad rows."""

    checked: Checked
    snapshot: Snapshot | None
    fault: ReachwellError | None
    limit: float


@contextmanager
def tried(area: Area | None, delivery: Path, manifest: Manifest) -> Iterator[Trial]:
    """Try a delivery; its snapshot is there while the block runs.

    Changes are applied to what the area holds of the practice; where it holds nothing, only their files are
    looked at. Nothing of the area is changed.
    """
    checked = Checked()
    source = Place.aside(area, Path()).source(manifest.format)
    refuse_unless_readable(f"delivery {delivery.name}: its manifest says", manifest, source)
    for practice in area.settings.practice if area else ():
        if practice.ods == manifest.practice:
            refuse_unless_its(delivery, manifest, practice, source, date.today())
    before = lake.current(area.lake, manifest.practice) if area else None
    with _a_folder(area) as folder:
        place, snapshot, fault = Place.aside(area, folder), None, None
        each = Received(delivery, manifest, "tried")
        try:
            _past_the_gate(delivery, manifest, source, checked, folder)
            if manifest.kind == "full":
                snapshot = load_full(place, each, before, checked)
            else:
                snapshot = _changed(area, place, each, before, checked)
        except ReachwellError as error:
            fault = error
        yield Trial(checked, snapshot, fault, place.max_bad_rows)


def _past_the_gate(delivery: Path, manifest: Manifest, source: Source, checked: Checked, scratch: Path) -> None:
    found = look(delivery, source, scratch)
    if found and not manifest.invented:
        raise DeliveryRejected(refusal(delivery.name, found))
    for what, cells in counted(found):
        checked.note("identity", what, cells)


@contextmanager
def _a_folder(area: Area | None) -> Iterator[Path]:
    # Patients' rows stay on the disk of the area's data, where there is an area.
    if area:
        with a_folder_beside(area.data) as folder:
            yield folder
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def _changed(
    area: Area | None, place: Place, each: Received, before: Snapshot | None, checked: Checked
) -> Snapshot | None:
    source = place.source(each.manifest.format)
    mirror = mirror_of(Place.of(area), source, before) if area else None
    if before and mirror:
        if each.on <= before.extracted_on:
            told = f"the data in use speak for {before.extracted_on} already, and it will not be used."
            raise DeliveryRejected(f"delivery {each.path.name}: {told}")
        if missing := gap(each.manifest.practice, [each], before.extracted_on):
            raise missing.error(missing.message)
        return load_delta(place, each, before, mirror, checked)
    with engine(each.path, writable=place.scratch, scratch=place.scratch) as db:
        checked.add_staged(stage(db, each.path, source, place.scratch))
    more = "yet: its full extract has not been loaded" if area else "(name the area's folder with --dir)"
    checked.note("delivery", f"{_NOTHING_TO_CHANGE} {more}")
    refuse_if_unfit(checked, place.max_bad_rows, each.path.name, is_full=False)
    return None
