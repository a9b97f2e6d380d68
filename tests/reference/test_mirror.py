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

from reachwell.chain import Received
from reachwell.derive import derived_tables
from reachwell.engine import engine
from reachwell.lake import Snapshot, rows_of
from reachwell.load import load_delta, load_full, mirror_of
from reachwell.place import Place
from reachwell.tables import TABLES
from reachwell.validate import Checked
from tests.reference.evolving_record import EvolvingRecord
from tests.sources.raw_delivery import RawDelivery

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


def received(delivery: RawDelivery) -> Received:
    return Received(delivery.folder, delivery.manifest, delivery.folder.name)


def loaded(place: Place, full: RawDelivery, *deltas: RawDelivery) -> Snapshot:
    """The snapshot after a full extract and its deltas."""
    snapshot = load_full(place, received(full), None, Checked())
    for each in deltas:
        mirror = mirror_of(place, place.source("emis"), snapshot)
        assert mirror
        snapshot = load_delta(place, received(each), snapshot, mirror, Checked())
    return snapshot


def everything_allowed(folder: Path) -> Place:
    """A place that refuses no delivery for its bad rows: those dated tomorrow are among them, and fit a day later."""
    folder.mkdir()
    return Place(None, folder / "lake", folder / "mirror", None, folder, 1.0, None)


@contextmanager
def _never_everybody_again() -> Iterator[None]:
    """With so few patients most nights touch many of them: they are loaded as changes all the same."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("reachwell.load._MOST_TOUCHED", 1000.0)
        yield


# Shrinking would load thousands of deliveries: the first one that fails is small enough to read.
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(seed=st.integers(0, 2**32), nights=st.integers(2, 4))
def test_a_full_extract_and_its_changes_come_to_one_full_extract_of_the_last_day(seed: int, nights: int) -> None:
    with TemporaryDirectory() as name, _never_everybody_again():
        folder = Path(name)
        record = EvolvingRecord(Random(seed))
        deliveries = [record.full(folder)]
        for _ in range(nights):
            record.next_night()
            deliveries.append(record.changes(folder))
        at_once = record.full(folder)
        step_by_step = loaded(everything_allowed(folder / "steps"), *deliveries)
        assert state_of(step_by_step) == state_of(loaded(everything_allowed(folder / "once"), at_once))
        assert step_by_step.extracted_on == record.on > date(2026, 11, 21)


def test_the_record_that_changes_has_something_in_every_table(tmp_path: Path) -> None:
    found = [state_of(loaded(everything_allowed(tmp_path / f"{seed}"), EvolvingRecord(Random(seed)).full(tmp_path)))
             for seed in range(3)]  # fmt: skip
    for table in (*TABLES, "coded_event", "contact_day", "unmapped_code"):
        assert sum(len(each[table]) for each in found) > 1, table
