"""A full extract and its changes come to the same as one full extract of the last day, whatever changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reachwell import manifest
from reachwell.chain import Received
from reachwell.derive import derived_tables
from reachwell.engine import engine
from reachwell.invent.deliveries import nights, write_night
from reachwell.lake import Snapshot, rows_of
from reachwell.load import load_delta, load_full, mirror_of
from reachwell.place import Place
from reachwell.tables import TABLES
from reachwell.validate import Checked
from tests.reference.evolving_record import EvolvingRecord
from tests.sources.test_systmone import SYSTMONE, whole

pytestmark = pytest.mark.slow


def state_of(snapshot: Snapshot) -> dict[str, Any]:
    """All that a snapshot says: its tables, what is derived from them, and the facts that rest on its rows."""
    with engine(snapshot.path, threads=1) as db:
        found: dict[str, Any] = {
            name: sorted(db.rows(f"SELECT * FROM ({rows_of([snapshot.path], name)})"), key=str) for name in TABLES
        }
    names = pl.read_parquet(snapshot.path / "patient.parquet")["patient_id"]
    for table in derived_tables(None, "delivery"):
        made = pl.read_parquet(snapshot.path / f"{table.name}.parquet")
        found[table.name] = sorted(made.with_columns(patient_id=names[made["patient_id"]]).rows(), key=str)
    return {**found, "rows": snapshot.rows, "filled": snapshot.filled}


def received(delivery: Path) -> Received:
    return Received(delivery, manifest.read(delivery), delivery.name)


def loaded(place: Place, full: Path, *deltas: Path) -> Snapshot:
    """The snapshot after a full extract and its deltas."""
    snapshot = load_full(place, received(full), None, Checked())
    for each in deltas:
        mirror = mirror_of(place, place.source(manifest.read(each).format), snapshot)
        assert mirror
        snapshot = load_delta(place, received(each), snapshot, mirror, Checked())
    return snapshot


def everything_allowed(folder: Path) -> Place:
    """A place that refuses no delivery for its bad rows: those dated tomorrow are among them, and fit a day later."""
    folder.mkdir()
    return Place(None, folder / "lake", folder / "mirror", None, folder, 1.0, 1.0, None)


@contextmanager
def _never_everybody_again() -> Iterator[None]:
    """With so few patients most nights touch many of them: they are loaded as changes all the same."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("reachwell.load._MOST_TOUCHED", 1000.0)
        yield


# Shrinking would load thousands of deliveries: the first one that fails is small enough to read.
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(seed=st.integers(0, 2**32), count=st.integers(2, 4))
def test_a_full_extract_and_its_changes_come_to_one_full_extract_of_the_last_day(seed: int, count: int) -> None:
    with TemporaryDirectory() as name, _never_everybody_again():
        folder = Path(name)
        record = EvolvingRecord(Random(seed))
        deliveries = [record.full(folder).folder]
        for _ in range(count):
            record.next_night()
            deliveries.append(record.changes(folder).folder)
        at_once = record.full(folder).folder
        step_by_step = loaded(everything_allowed(folder / "steps"), *deliveries)
        assert state_of(step_by_step) == state_of(loaded(everything_allowed(folder / "once"), at_once))
        assert step_by_step.extracted_on == record.on > date(2026, 11, 21)


@pytest.mark.parametrize("format_", ["emis", "systmone"])
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(seed=st.integers(0, 2**32))
def test_so_do_the_deliveries_of_an_invented_practice(format_: str, seed: int) -> None:
    with TemporaryDirectory() as name:
        folder, first = Path(name), None
        for night in nights("B83001", 400, seed, date(2026, 11, 24), 3):
            write_night(folder / "steps", format_, "B83001", night, first)
            first = night
        write_night(folder / "once", format_, "B83001", night, None)
        step_by_step = loaded(everything_allowed(folder / "one"), *sorted((folder / "steps").iterdir()))
        at_once = loaded(everything_allowed(folder / "other"), *(folder / "once").iterdir())
        assert state_of(step_by_step) == state_of(at_once)


def test_the_record_that_changes_has_something_in_every_table(tmp_path: Path) -> None:
    fulls = [EvolvingRecord(Random(seed)).full(tmp_path).folder for seed in range(3)]
    found = [state_of(loaded(everything_allowed(tmp_path / f"of {full.name}"), full)) for full in fulls]
    for table in (*TABLES, "coded_event", "contact_day", "unmapped_code"):
        assert sum(len(each[table]) for each in found) > 1, table


def test_whoever_has_the_code_that_a_translation_was_for_is_made_again(tmp_path: Path) -> None:
    rows = {
        "SRPatient": [whole("SRPatient", {})],
        "SRPatientRegistration": [whole("SRPatientRegistration", {})],
        "SRCode": [whole("SRCode", {"RowIdentifier": "1", "CTV3Code": "XE001"})],
        "SRCtv3ToSnomed": [{"RowIdentifier": "1", "Ctv3Code": "XE001", "SnomedCode": "195967001"}],
    }
    moved = {"SRCtv3ToSnomed": [{"RowIdentifier": "1", "Ctv3Code": "XE002", "SnomedCode": "195967001"}]}
    full = SYSTMONE.deliver(tmp_path, rows)
    changes = SYSTMONE.deliver(tmp_path, moved, is_delta=True, extracted_on=date(2026, 11, 22))
    with _never_everybody_again():
        found = state_of(loaded(everything_allowed(tmp_path / "place"), full.folder, changes.folder))
    assert [row[2:4] for row in found["event"]] == [("XE001", "ctv3")]
