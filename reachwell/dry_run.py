"""A dry run: the whole night in a copy of the area that is thrown away, so that nothing can change."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from reachwell.area import SETTINGS_FILE, Area

_PLUGS = ("criteria", "features", "sql")


@contextmanager
def throwaway(area: Area) -> Iterator[Area]:
    """A copy of an area whose data can be changed without changing the area's."""
    with tempfile.TemporaryDirectory(prefix="reachwell-") as name:
        folder = Path(name)
        shutil.copy2(area.folder / SETTINGS_FILE, folder / SETTINGS_FILE)
        for plugs in _PLUGS:
            if (area.folder / plugs).is_dir():
                (folder / plugs).symlink_to(area.folder / plugs)
        for kind in ("inbox", "lake", "published"):
            _linked(area.data / kind, folder / "data" / kind)
        if area.state.exists():
            # Through SQLite itself: what is still in its write-ahead log is part of the state.
            with (
                closing(sqlite3.connect(area.state)) as now,
                closing(sqlite3.connect(folder / "data" / area.state.name)) as copy,
            ):
                now.backup(copy)
        yield Area.load(folder)


def _linked(source: Path, target: Path) -> None:
    # Folders are made anew and their files linked: what the run adds or replaces stays in the copy.
    target.mkdir(parents=True)
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir()
        else:
            there.symlink_to(path)
