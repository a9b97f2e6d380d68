"""Deliveries are copied from a practice's place into the inbox, once, whole, and never changed afterwards."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from reachwell.area import Practice
from reachwell.atomic import UNFINISHED
from reachwell.errors import Unreachable
from reachwell.pull import CHECKSUMS, digest_of, pull

DAY = date(2026, 11, 20)
ODS = "B83001"
FILES = {"manifest.toml": "practice = 1\n", "patient.csv": "a,b\n1,2\n", "parts/event.csv": "c\n3\n"}


def practice_at(place: object) -> Practice:
    return Practice.model_validate(
        {"ods": ODS, "name": "Elm", "format": "native", "from": str(place), "link_workers": 1}
    )


def deliver(place: Path, name: str, files: dict[str, str] = FILES) -> Path:
    for file, text in files.items():
        (place / name / file).parent.mkdir(parents=True, exist_ok=True)
        (place / name / file).write_text(text, encoding="utf-8")
    return place / name


def upload(folder: Path, system: MemoryFileSystem, target: str) -> None:
    """Put a folder's files onto a file system in memory."""
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe(f"{target}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A practice's place with one delivery and a file that is none."""
    folder = tmp_path / "place"
    deliver(folder, "2026-11-20")
    (folder / "README.txt").write_text("not a delivery")
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox" / ODS


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """fsspec's file system in memory, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_a_url_a_path_and_another_file_system_give_the_same_copy(
    place: Path, tmp_path: Path, memory: MemoryFileSystem
) -> None:
    upload(place, memory, "/extracts")
    copies = []
    for number, where in enumerate([place.as_uri(), place, f"{place}/", "memory://extracts", "memory://extracts/"]):
        inbox = tmp_path / f"inbox {number}"
        assert [copy.name for copy in pull(practice_at(where), inbox)] == ["2026-11-20"]
        assert [path.name for path in inbox.iterdir()] == ["2026-11-20"]
        copies.append(contents(inbox))
    assert copies[0]["2026-11-20/parts/event.csv"] == FILES["parts/event.csv"]
    assert all(copy == copies[0] for copy in copies)


def test_a_night_reads_from_another_file_system_like_from_a_folder(settled, copy_of, memory: MemoryFileSystem) -> None:
    other = copy_of(settled)
    upload(settled.send(ODS, DAY), memory, "/extracts/2026-11-20")
    path = other.folder / "reachwell.toml"
    path.write_text(path.read_text().replace(str(other.place(ODS)), "memory://extracts"))
    assert settled.night(practices=[ODS], lists=False).exit_code == 0
    assert other.night(practices=[ODS], lists=False).exit_code == 0
    # The digests of the files are part of a snapshot's name.
    assert (other.area.lake / ODS / "current").read_text() == (settled.area.lake / ODS / "current").read_text()


def test_the_checksums_file_verifies(place: Path, inbox: Path) -> None:
    (copy,) = pull(practice_at(place), inbox)
    lines = (copy / CHECKSUMS).read_text().splitlines()
    assert [line.split("  ", 1)[1] for line in lines] == sorted(FILES)
    for line in lines:
        checksum, name = line.split("  ", 1)
        assert hashlib.sha256((copy / name).read_bytes()).hexdigest() == checksum
    assert digest_of(copy) == hashlib.sha256((copy / CHECKSUMS).read_bytes()).hexdigest()


def test_a_delivery_is_copied_once(place: Path, inbox: Path) -> None:
    pull(practice_at(place), inbox)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in inbox.rglob("*")}
    assert pull(practice_at(place), inbox) == []
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in inbox.rglob("*")} == before


def test_deliveries_are_copied_in_the_order_of_their_names(place: Path, inbox: Path) -> None:
    deliver(place, "2026-11-21")
    deliver(place, "2026-11-03")
    assert [copy.name for copy in pull(practice_at(place), inbox)] == ["2026-11-03", "2026-11-20", "2026-11-21"]


CHANGES = {
    "longer": {"patient.csv": "a,b\n1,2\n3,4\n"},
    "one file more": {"contact.csv": "a\n"},
    # The one file that people correct by hand: B83017 becomes B83001, 2025 becomes 2026.
    "its manifest corrected, no longer and no shorter": {"manifest.toml": "practice = 2\n"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_delivery_changed_at_its_source_is_copied_anew_and_the_first_copy_stays(
    place: Path, inbox: Path, change: dict[str, str]
) -> None:
    (first,) = pull(practice_at(place), inbox)
    received = contents(first)
    deliver(place, "2026-11-20", change)

    (second,) = pull(practice_at(place), inbox)

    assert second.name == "2026-11-20~2"
    assert {name: text for name, text in contents(second).items() if name != CHECKSUMS} == {**FILES, **change}
    assert contents(first) == received
    assert pull(practice_at(place), inbox) == []
    (place / "2026-11-20" / "late.csv").write_text("a\n")
    assert [copy.name for copy in pull(practice_at(place), inbox)] == ["2026-11-20~3"]


def test_a_checksums_file_of_the_sender_is_no_reason_to_copy_again(place: Path, inbox: Path) -> None:
    deliver(place, "2026-11-20", {CHECKSUMS: "of the sender", f"parts/{CHECKSUMS}": "of the sender too"})
    (copy,) = pull(practice_at(place), inbox)
    assert "of the sender" not in (copy / CHECKSUMS).read_text()
    assert pull(practice_at(place), inbox) == []


def test_what_a_killed_copy_left_is_swept_and_the_delivery_copied_whole(place: Path, inbox: Path) -> None:
    half = inbox / f"{UNFINISHED}2026-11-20-4711"
    deliver(half.parent, half.name, {"manifest.toml": "prac"})
    (copy,) = pull(practice_at(place), inbox)
    assert [path.name for path in inbox.iterdir()] == ["2026-11-20"]
    assert {name: text for name, text in contents(copy).items() if name != CHECKSUMS} == FILES


def test_a_delivery_that_its_sender_still_writes_is_not_taken(place: Path, inbox: Path) -> None:
    deliver(place, ".2026-11-21.part")
    assert [copy.name for copy in pull(practice_at(place), inbox)] == ["2026-11-20"]


def test_a_connection_lost_on_the_way_leaves_nothing_half_copied(
    place: Path, inbox: Path, memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(place, memory, "/extracts")
    get_file = MemoryFileSystem.get_file

    def lost(system: MemoryFileSystem, source: str, target: str) -> None:
        if source.endswith("patient.csv"):
            raise ConnectionResetError(104, "Connection reset by peer")
        get_file(system, source, target)

    monkeypatch.setattr(MemoryFileSystem, "get_file", lost)
    with pytest.raises(Unreachable, match="Connection reset by peer"):
        pull(practice_at("memory://extracts"), inbox)
    assert list(inbox.iterdir()) == []
    monkeypatch.undo()
    assert len(pull(practice_at("memory://extracts"), inbox)) == 1


class _Refusing(MemoryFileSystem):
    """A file system with an error of its own, which repeats the URL it was given."""

    protocol = "refusing"

    def exists(self, path: str, **more: object) -> bool:
        raise EOFError("refusing://nurse:s3cret-w0rd@host/extracts said no")


NOT_THERE = {
    "a path": "/nowhere/nurse-s3cret-w0rd",
    "a file URL": "file:///nowhere/at/all",
    "memory": "memory://nowhere",
    "a file system that is not known": "s3cret-w0rd://nurse:s3cret-w0rd@host/extracts",
    "a host that does not answer": "ftp://nurse:s3cret-w0rd@127.0.0.1:1/extracts",
    "an error of the file system's own": "refusing://nurse:s3cret-w0rd@host/extracts",
}


@pytest.mark.parametrize("where", NOT_THERE.values(), ids=NOT_THERE)
def test_a_place_that_does_not_answer_is_told_without_its_address(inbox: Path, where: str) -> None:
    fsspec.register_implementation("refusing", _Refusing, clobber=True)
    with pytest.raises(Unreachable) as told:
        pull(practice_at(where), inbox)
    assert told.value.exit_code == 5
    assert told.value.__cause__ is None
    message = str(told.value)
    assert message.startswith(f"{ODS}: the place of its deliveries cannot be read")
    assert "Check 'from' in reachwell.toml" in message
    assert not [word for word in ("s3cret", "nurse", "://") if word in message]


def test_a_practice_whose_place_does_not_answer_keeps_its_list_and_the_other_is_loaded(settled) -> None:
    shutil.rmtree(settled.place(ODS))
    settled.send("B83017", DAY)
    before = settled.tables()
    outcome = settled.night()
    assert outcome.exit_code == 5
    assert {ods: fate.outcome for ods, fate in outcome.fates.items()} == {ODS: "late", "B83017": "loaded"}
    assert isinstance(settled.errors[ODS], Unreachable)
    own = [name for name in before if ODS in name]
    assert {name: settled.tables()[name] for name in own} == {name: before[name] for name in own}


def test_what_was_received_before_is_loaded_though_the_place_does_not_answer(settled) -> None:
    settled.send(ODS, DAY)
    pull(settled.area.practice(ODS), settled.area.inbox / ODS)
    shutil.rmtree(settled.place(ODS))
    assert settled.night(practices=[ODS], lists=False).exit_code == 5
    assert (settled.area.lake / ODS / "current").read_text().startswith(str(DAY))


@pytest.mark.parametrize("name", ["Elm Tree Surgery", "Praxis Müller-Wörth", "診療所", "50% + #1 [a]", "it's"])
@pytest.mark.parametrize("write", [str, Path.as_uri], ids=["path", "URL"])
def test_folders_may_have_spaces_and_any_letters(tmp_path: Path, name: str, write) -> None:
    place, inbox = tmp_path / f"{name} at the source", tmp_path / f"{name} inbox"
    deliver(place, name, {f"{name}.csv": "a\n"})
    (copy,) = pull(practice_at(write(place)), inbox)
    assert copy.name == name
    assert (copy / f"{name}.csv").read_text() == "a\n"
    assert pull(practice_at(write(place)), inbox) == []
