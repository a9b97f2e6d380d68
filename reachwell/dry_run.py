"""A dry run: the whole night in a copy of the area that is thrown away, so that nothing can change."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from reachwell.area import Area

# With the id of its process, so that a run that starts meanwhile leaves the copy alone.
_PREFIX = ".dry-run-"


def sweep_copies(data: Path) -> None:
    """Remove the copies of dry runs whose process is gone."""
    for left in data.glob(f"{_PREFIX}*"):
        if not _is_alive(int(left.name.removeprefix(_PREFIX).split("-")[0])):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def a_folder_beside(data: Path) -> Iterator[Path]:
    """A folder to be thrown away, beside the data, where hard links work and a run sweeps away what a kill leaves."""
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=data) as name:
        yield Path(name)


@contextmanager
def throwaway(area: Area) -> Iterator[Area]:
    """A copy of an area whose data can be changed without changing the area's."""
    with a_folder_beside(area.data) as folder:
        for entry in area.folder.iterdir():
            if entry != area.data:
                (folder / entry.name).symlink_to(entry)
        data = folder / area.data.name
        data.mkdir()
        for kind in (area.inbox, area.mirror, area.lake, area.published):
            if kind.is_dir():
                # What lies there is never written in place, so links will do.
                shutil.copytree(kind, data / kind.name, copy_function=os.link)
        if area.state.exists():
            # Through SQLite itself: what is still in its write-ahead log is part of the state.
            with closing(sqlite3.connect(area.state)) as now, closing(sqlite3.connect(data / area.state.name)) as copy:
                now.backup(copy)
        yield Area.load(folder)
