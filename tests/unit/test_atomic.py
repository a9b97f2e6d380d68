"""Files and folders are there whole or not at all."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from reachwell.atomic import UNFINISHED, new_file, new_folder, read_pointer, sweep, write_text


def seen(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def fill_and_stop(
    unfinished: AbstractContextManager[Path], error: type[BaseException], inside: str | None = None
) -> None:
    """Begin a file, or a file inside a folder, and fail."""
    with unfinished as aside:
        (aside / inside if inside else aside).write_text("new")
        raise error


def test_a_folder_takes_its_name_when_it_is_filled(tmp_path: Path) -> None:
    with new_folder(tmp_path / "run") as aside:
        (aside / "inner").mkdir()
        (aside / "inner" / "a").write_text("1")
        assert not (tmp_path / "run").exists()
        assert aside.name.startswith(UNFINISHED)
    assert seen(tmp_path) == {"run/inner/a": "1"}


def test_an_older_folder_is_replaced_whole(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with new_folder(tmp_path / "run") as aside:
            (aside / text).write_text(text)
            if text == "new":
                assert seen(tmp_path / "run") == {"old": "old"}
    assert seen(tmp_path) == {"run/new": "new"}


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_error_while_a_folder_is_filled_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    with new_folder(tmp_path / "run") as aside:
        (aside / "old").write_text("old")
    for name in ("run", "another"):
        with pytest.raises(error):
            fill_and_stop(new_folder(tmp_path / name), error, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert seen(tmp_path) == {"run/old": "old"}


def test_a_folder_begins_empty_though_a_killed_process_left_one(tmp_path: Path) -> None:
    with new_folder(tmp_path / "run") as aside:
        name = aside.name
    (tmp_path / name).mkdir()
    (tmp_path / name / "half").write_text("half")
    with new_folder(tmp_path / "run") as aside:
        assert list(aside.iterdir()) == []


def test_a_folder_of_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    with new_folder(tmp_path / "lake" / "B83001" / "run") as aside:
        (aside / "a").write_text("1")
    assert seen(tmp_path) == {"lake/B83001/run/a": "1"}


def test_a_file_takes_its_name_when_it_is_written(tmp_path: Path) -> None:
    target = tmp_path / "inner" / "file"
    for text in ("old", "new"):
        with new_file(target) as aside:
            aside.write_text(text)
            assert not target.exists() or target.read_text() == "old"
    assert seen(tmp_path) == {"inner/file": "new"}


def test_an_error_while_a_file_is_written_leaves_what_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "old")
    for name in ("file", "another"):
        with pytest.raises(KeyboardInterrupt):
            fill_and_stop(new_file(tmp_path / name), KeyboardInterrupt)
    assert seen(tmp_path) == {"file": "old"}


def test_a_file_that_was_never_written_is_an_error_and_leaves_what_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "old")
    with pytest.raises(FileNotFoundError), new_file(tmp_path / "file"):
        pass
    assert seen(tmp_path) == {"file": "old"}


def test_a_pointer_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_pointer(tmp_path / "current") is None
    write_text(tmp_path / "current", "20261121T020000Z-a1b2")
    assert read_pointer(tmp_path / "current") == "20261121T020000Z-a1b2"
    # As somebody's editor may leave it.
    (tmp_path / "current").write_text("20261121T020000Z-a1b2\n")
    assert read_pointer(tmp_path / "current") == "20261121T020000Z-a1b2"
    (tmp_path / "current").write_text("")
    assert read_pointer(tmp_path / "current") is None


def test_sweeping_takes_what_is_unfinished_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{UNFINISHED}run-1").mkdir()
    (tmp_path / f"{UNFINISHED}run-1" / "half").write_text("half")
    (tmp_path / f"{UNFINISHED}file-2").write_text("half")
    (tmp_path / "run").mkdir()
    (tmp_path / ".hidden").write_text("kept")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "run"]
    sweep(tmp_path / "not there")
