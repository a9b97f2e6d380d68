"""Files and folders that are either there whole or not there at all, whatever is killed when."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Names that begin with a dot are unfinished: nothing reads them, and the next run sweeps them away.
UNFINISHED = ".unfinished-"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which takes its name only when the block ends well; an older one is replaced."""
    aside = target.parent / f"{UNFINISHED}{target.name}-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        for file in sorted(aside.rglob("*")):
            if file.is_file():
                _to_disk(file)
        gone = _put_aside(target) if target.exists() else None
        aside.rename(target)
        if gone:
            shutil.rmtree(gone, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a folder, if it is there, so that nothing that is half there keeps its name, whatever is killed when."""
    if folder.exists():
        shutil.rmtree(_put_aside(folder), ignore_errors=True)


def _put_aside(folder: Path) -> Path:
    gone = folder.with_name(f"{UNFINISHED}gone-{folder.name}-{os.getpid()}")
    shutil.rmtree(gone, ignore_errors=True)
    return folder.rename(gone)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A file to write, which takes its name, replacing an older one, only when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.parent / f"{UNFINISHED}{target.name}-{os.getpid()}"
    try:
        yield aside
        _to_disk(aside)
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a small text file, such as a pointer, in one step."""
    with new_file(target) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def read_pointer(pointer: Path) -> str | None:
    """What a pointer file names, or None where there is none yet."""
    try:
        return pointer.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def sweep(folder: Path) -> None:
    """Remove what a killed process left unfinished directly in a folder."""
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _to_disk(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
