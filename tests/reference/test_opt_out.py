"""Whoever has opted out is nowhere, whatever is sent in which order and whenever a night is killed."""

import hashlib
import multiprocessing
import runpy
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reachwell import lake
from reachwell.area import Area
from reachwell.decisions.events import Event, note
from reachwell.init import init
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.pull import checksums
from reachwell.state import State
from tests.reference.dissenting_record import (
    DECIDED,
    FIRST_DAY,
    LOCAL,
    ODS,
    PEOPLE,
    DissentingRecord,
    Known,
    days_of,
    known_after,
)
from tests.reference.evolving_record import Rows

pytestmark = pytest.mark.slow

A_NIGHT = Path(__file__).parents[1] / "unit" / "a_night.py"
run_night = runpy.run_path(str(A_NIGHT))["run_night"]
# Where a night that loads, erases and publishes may end; see a_night.py.
MOMENTS = [
    "before inbox/B83001/*",
    "before lake/B83001/2*",
    "before mirror/B83001/2*",
    "before lake/B83001/current",
    "after lake/B83001/current",
    "step batch",
    "step erased",
    "after lake/B83001/.unfinished-gone*",
    "before mirror/*/CareRecord_Observation.parquet",
    "after mirror/*/CareRecord_Observation.changes.parquet",
    "before mirror/*/held_back.parquet",
    "before published/*/candidates.parquet",
    "after features/*/1.parquet",
    "before published/current",
    "after published/current",
]
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["reachwell.night"])


class Village:
    """An area of one EMIS practice, what was sent to it, and what plain Python knows of it."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder, self.random = folder, random
        self.record, self.known = DissentingRecord(random, is_known=random.random() < 0.8), Known()
        self.place, self.stash = folder / "place", folder / "stash"
        self.sent: dict[str, tuple[Manifest, Rows]] = {}
        self.used: tuple[str, ...] = ()
        self.local_counts = False
        for each in (self.place, self.stash):
            each.mkdir()
        practice = {"ods": ODS, "name": "Elm Tree", "format": "emis", "place": str(self.place), "link_workers": 0.8}
        init(folder / "area", "North Borough", [practice])
        path = folder / "area" / "reachwell.toml"
        path.write_text(path.read_text().replace("max_bad_rows = 0.005", "max_bad_rows = 1.0"))

    @property
    def area(self) -> Area:
        return Area.load(self.folder / "area")

    def send(self, full: date | None = None, changes: date | None = None, wrong: bool = False) -> Path:
        """Put a delivery of a day into the practice's place."""
        if full:
            delivery, rows = self.record.full(self.stash, full)
        else:
            assert changes
            delivery, rows = self.record.changes(self.stash, changes, wrong)
        digest = hashlib.sha256(checksums(delivery.folder).encode()).hexdigest()
        self.sent[digest] = (delivery.manifest, rows)
        return Path(shutil.copytree(delivery.folder, self.place / delivery.folder.name))

    def send_again(self, delivery: Path) -> None:
        shutil.copytree(delivery, self.place / f"{delivery.name}-again", dirs_exist_ok=True)

    def take_away(self, delivery: Path) -> None:
        for each in (delivery, self.area.inbox / ODS / delivery.name):
            shutil.rmtree(each, ignore_errors=True)

    def lengthen_the_list(self) -> None:
        """The area's own list of dissents: the shipped one, and a code of the practice's own."""
        shipped = Path(__file__).parents[2] / "sql" / "codelists" / "type_1_opt_out.csv"
        own = self.folder / "area" / "sql" / "codelists" / shipped.name
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(f"{shipped.read_text()}{LOCAL['ReadTermId']},local,Own dissent,dissent\n", encoding="utf-8")
        self.local_counts = True

    def night(self, today: date, moment: str = "never") -> bool:
        """A night; returns whether it came to its end. Of everybody something was decided before it."""
        self._decide()
        if moment == "never":
            with pytest.MonkeyPatch.context() as patched:
                _open_gate(patched)
                run_night(self.area, today)
            ended = True
        else:
            process = FORKED.Process(target=_night_of, args=(str(self.area.folder), str(today), moment))
            process.start()
            process.join()
            assert process.exitcode in (0, -SIGKILL)
            ended = process.exitcode == 0
        now = self._used_now()
        if now:
            known_after(self.known, self.used, now, self.sent, self.local_counts)
        self.used = now
        return ended

    def _decide(self) -> None:
        # So long ago that nobody is off the list by it.
        day, name = date(2001, 1, 1), "social_prescribing"
        made = [Event(day, "run", name, ODS, each, "accepted", "Dr Hill", "excel") for each in PEOPLE]
        with State(self.area.state).transaction() as db:
            note(db, made)

    def _used_now(self) -> tuple[str, ...]:
        snapshot = lake.current(self.area.lake, ODS)
        if snapshot is None:
            return ()
        mirror = Mirror.read(self.area.mirror / ODS / snapshot.mirror)
        return tuple(digest for _, digest in mirror.deliveries)


def _open_gate(patched: pytest.MonkeyPatch) -> None:
    # To look for identifiers costs as much as all the rest of a small delivery.
    patched.setattr("reachwell.admission.look", lambda *_: [])


def _night_of(folder: str, today: str, moment: str) -> None:
    _open_gate(pytest.MonkeyPatch())
    runpy.run_path(str(A_NIGHT))["main"](folder, today, moment)


def assert_right(village: Village) -> None:
    """Those who are out are nowhere, and all others are where they should be."""
    known, area = village.known, village.area
    snapshot = lake.current(area.lake, ODS)
    if snapshot is None:
        return
    assert lake.opted_out(snapshot) == known.out
    there = set(pl.read_parquet(snapshot.path / "patient.parquet")["patient_id"])
    assert there == known.rows["Admin_Patient"].keys()
    run = area.published / (area.published / "current").read_text()
    assert set(pl.read_parquet(run / "practice" / ODS / "candidates.parquet")["patient_id"]) == known.listed
    (measured,) = (area.features / run.name).glob("*.parquet")
    assert set(pl.read_parquet(measured)["patient_id"]) == there
    assert traces(area, known.out) == []


def traces(area: Area, out: set[str]) -> list[str]:
    """Where something of those who are out is found: pseudonyms, and days on which something is told of nobody else."""
    found = []
    for file, text in _texts(area):
        for person in sorted(out):
            told = [person, *(str(day) for day in days_of(person)), *(repr(day) for day in days_of(person))]
            found += [f"{file.relative_to(area.data)}: {each}" for each in told if each in text]
    raw = area.state.read_bytes()
    # A row of the table of those who are out, and its place in the table's index.
    return found + [f"state.sqlite: {each}" for each in sorted(out) if raw.count(each.encode()) > 2]


def _texts(area: Area) -> Iterator[tuple[Path, str]]:
    with closing(sqlite3.connect(area.state)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table != "opted_out":
                yield area.state, repr(db.execute(f"SELECT * FROM {table}").fetchall())
    for file in sorted(area.data.rglob("*")):
        if not file.is_file() or area.inbox in file.parents or file.name in ("opted_out.parquet", area.state.name):
            continue
        yield file, file.read_bytes().decode("latin-1")
        if file.suffix == ".parquet":
            yield file, repr(pl.read_parquet(file).rows())


def some_nights(village: Village, count: int) -> Iterator[tuple[date, str]]:
    """What happens on some nights after the first: each one's day, and the moment at which it is killed."""
    draw, record = village.random, village.record
    late: list[Callable[[], object]] = []
    for person in draw.sample(PEOPLE, 2):
        record.observe(person, draw.choice(["dissent", "local"]), DECIDED)
    village.send(full=record.end_of_day())
    yield record.on, "never"
    for _ in range(count):
        record.draw_a_night()
        on = record.end_of_day()
        if draw.random() < 0.2:
            village.lengthen_the_list()
        waiting, late = late, []
        kind = draw.choice(["usual"] * 4 + ["late", "twice", "wrong", "none"])
        if kind == "wrong":
            wrong = village.send(changes=on, wrong=True)
            late.append(lambda wrong=wrong, on=on: (village.take_away(wrong), village.send(changes=on)))
        elif kind == "late":
            late.append(lambda on=on: village.send(changes=on))
        elif kind in ("usual", "twice"):
            delivery = village.send(changes=on)
            if kind == "twice":
                village.send_again(delivery)
        for each in waiting:
            each()
        if draw.random() < 0.35:
            village.send(full=draw.choice([on, on, on, on - timedelta(days=1), FIRST_DAY]))
        if draw.random() < 0.4:
            yield on, draw.choice(MOMENTS)
            if draw.random() < 0.5:
                continue
        yield on, "never"
    yield on, "never"


# Shrinking would load hundreds of deliveries: the first one that fails is small enough to read.
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(seed=st.integers(0, 2**32))
def test_whoever_has_opted_out_is_nowhere(seed: int) -> None:
    with TemporaryDirectory() as name:
        village = Village(Path(name), Random(seed))
        for today, moment in some_nights(village, 2):
            if village.night(today, moment):
                assert_right(village)


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A practice after its full extract, that sends changes from then on."""
    village = Village(tmp_path, Random(1))
    village.send(full=FIRST_DAY)
    assert village.night(FIRST_DAY)
    assert_right(village)
    assert village.known.listed == {*PEOPLE}
    return village


def a_night_of_changes(village: Village, moment: str = "never") -> bool:
    """What has changed is sent, and a night comes; returns whether it came to its end."""
    on = village.record.end_of_day()
    village.send(changes=on)
    ended = village.night(on, moment)
    if ended:
        assert_right(village)
    return ended


def test_changes_after_a_dissent_leave_nothing_and_bring_nobody_back(village: Village) -> None:
    record, (ann, bob, cat, dan, eve) = village.record, PEOPLE
    # Of whoever leaves the rows are only hidden in the large files, until they come back and dissent at once.
    record.leave(ann)
    a_night_of_changes(village)
    assert is_layered(village)
    record.come_back(ann)
    of_ann = [record.observe(ann, "dissent", record.on), record.observe(ann, "hypertension", days_of(ann)[1])]
    of_cat = record.observe(cat, "hypertension", days_of(cat)[0])
    a_night_of_changes(village)
    assert village.known.out == {ann}
    # All that was theirs comes again, and more: a row of another's was theirs, one of theirs is gone, one is bad.
    send_again(village, ann)
    record.rows["Admin_Patient"][ann] = {**record.rows["Admin_Patient"][ann], "Sex": "I"}
    record.move(of_cat, ann)
    record.observe(ann, "withdrawn", record.on)
    record.observe(ann, "hypertension", None, EffectiveDate="soon")
    del record.rows["CareRecord_Observation"][of_ann[1]]
    record.observe(dan, "dissent", None, IsConfidential="true")
    a_night_of_changes(village)
    assert village.known.out == {ann, dan}
    assert village.known.listed == {bob, cat, eve}
    # With a full extract those come back who have withdrawn.
    village.send(full=record.end_of_day())
    assert village.night(record.on)
    assert_right(village)
    assert village.known.listed == {ann, bob, cat, eve}


def send_again(village: Village, person: str) -> None:
    """What is recorded of a person will be among the next changes, but for the patient's own row."""
    for table, rows in village.record.rows.items():
        if table != "Admin_Patient":
            rows.update({key: {**row, "ProcessingId": "1"} for key, row in rows.items()
                         if row.get("PatientGuid") == person})  # fmt: skip


def is_layered(village: Village) -> bool:
    """Whether what has changed is beside what was there, in files of its own."""
    snapshot = lake.current(village.area.lake, ODS)
    return (snapshot.path / "event.changes.parquet").exists()


def test_a_longer_list_counts_though_the_night_is_killed_before_it_is_used(village: Village) -> None:
    ann, bob = PEOPLE[:2]
    for person in (ann, bob):
        village.record.observe(person, "local", DECIDED)
    assert a_night_of_changes(village)
    village.lengthen_the_list()
    # What is known of one of them by the old list is changed on the night on which the new one counts.
    send_again(village, ann)
    assert not a_night_of_changes(village, "before lake/B83001/current")
    assert lake.opted_out(lake.current(village.area.lake, ODS)) == set()
    assert village.night(village.record.on)
    assert_right(village)
    assert village.known.out == {ann, bob}


def test_a_night_that_is_killed_while_it_erases_leaves_no_copies_of_others(village: Village) -> None:
    ann, bob = PEOPLE[:2]
    village.record.observe(ann, "dissent", village.record.on)
    assert not a_night_of_changes(village, "before published/*/candidates.parquet")
    village.record.observe(bob, "dissent", village.record.on)
    assert a_night_of_changes(village)
    assert village.known.out == {ann, bob}
