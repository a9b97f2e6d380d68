"""The practice's map: for the practice only, changed whole or not at all, by one command at a time."""

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reachwell.errors import UsageError
from reachwell.identity import patient_map
from reachwell.identity.patient_map import About, Person, changing, reading

ABOUT = About("A81001", "3f9a0000", "emis")
ANN, BEN = Person("ann", "9990000018", "X883HMQQ6H4K"), Person("ben", None, "ZRP2P36PY384")


def fail_midway(file: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
    """A change that does not end well."""
    with changing(file) as known:
        known.replace(ABOUT, {"ben": BEN})
        meanwhile()
        raise ZeroDivisionError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with changing(tmp_path / "practice.map") as known:
        assert known.about is None
        known.replace(ABOUT, {"ann": ANN})
    return tmp_path / "practice.map"


def test_it_holds_who_is_who(file: Path) -> None:
    with changing(file) as known:
        known.replace(ABOUT, {**known.people(), "ben": BEN})
    with reading(file) as known:
        assert known.about == ABOUT
        assert known.people() == {"ann": ANN, "ben": BEN}
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX files say who may read them")
def test_only_its_owner_may_read_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    for opened in (changing, reading):
        with pytest.raises(UsageError, match=f"chmod 600 {file}"), opened(file):
            pass


def test_what_fails_midway_changes_nothing(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ZeroDivisionError):
        fail_midway(file)
    assert file.read_bytes() == before
    with reading(file) as known:
        assert known.people() == {"ann": ANN}


def test_a_new_map_that_fails_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_midway(tmp_path / "practice.map")
    assert [*tmp_path.iterdir()] == []


def test_the_second_of_two_waits(file: Path) -> None:
    started, going_on = threading.Event(), threading.Event()

    def slow() -> None:
        with changing(file) as known:
            started.set()
            going_on.wait(5)
            known.replace(ABOUT, {"ann": ANN, "ben": BEN})

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait(5)
    threading.Timer(0.1, going_on.set).start()
    with changing(file) as known:
        assert known.people().keys() == {"ann", "ben"}
    thread.join()


def test_the_second_is_told_if_it_takes_too_long(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient_map, "_WAIT_SECONDS", 0.05)
    with changing(file), pytest.raises(UsageError, match="in use by another command"), changing(file):
        pass


def test_a_first_run_that_fails_leaves_the_map_of_another_that_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_map, "_WAIT_SECONDS", 5)
    file, ready, told = tmp_path / "practice.map", threading.Event(), []

    def second() -> None:
        ready.wait(5)
        try:
            with changing(file) as known:
                known.replace(ABOUT, {"ben": BEN})
        except UsageError as error:
            told.append(str(error))

    thread = threading.Thread(target=second)
    thread.start()
    with pytest.raises(ZeroDivisionError):
        fail_midway(file, lambda: (ready.set(), thread.join(0.2)))
    thread.join()
    # What the second was told is so: its people are in the map, or it was refused.
    if not told:
        with reading(file) as known:
            assert known.people() == {"ben": BEN}


@pytest.mark.parametrize("content", [b"hello", b"system_id,nhs_number\n" * 200])
def test_what_is_no_map_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "practice.map"
    file.write_bytes(content)
    file.chmod(0o600)
    for opened in (changing, reading):
        with pytest.raises(UsageError, match="is no map of reachwell"), opened(file) as known:
            known.people()
    assert file.read_bytes() == content


def test_another_sqlite_file_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE patient (id INTEGER)")
        db.commit()
    file.chmod(0o600)
    before = file.read_bytes()
    with pytest.raises(UsageError), changing(file) as known:
        known.people()
    assert file.read_bytes() == before


def test_a_map_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"), reading(tmp_path / "practice.map"):
        pass


def test_who_leaves_the_map_leaves_no_trace_in_it(file: Path) -> None:
    with changing(file) as known:
        known.replace(ABOUT, {"ben": BEN})
    assert b"9990000018" not in file.read_bytes()
