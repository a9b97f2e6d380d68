"""The run lock: one run, or one change of what runs go by, at a time in an area."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reachwell.errors import RunFailed


@contextmanager
def only_run(data: Path) -> Iterator[None]:
    """Hold the area for one run; RunFailed where another run holds it.

    The lock is an open SQLite transaction: the system lets go of it when the process ends, however it ends.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(data / "run.lock", timeout=0, check_same_thread=False, isolation_level=None)
    except (OSError, sqlite3.Error):
        told = f"{data / 'run.lock'} cannot be opened. Check that {data} is a folder, its permissions and the disk."
        raise RunFailed(told) from None
    try:
        _take(lock, data)
        yield
    finally:
        lock.close()


def _take(lock: sqlite3.Connection, data: Path) -> None:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            told = "another run is under way in this area. Wait for it to end; see: reachwell status"
        else:
            told = f"{data} cannot be written ({error}). Check its permissions and the disk."
        raise RunFailed(told) from None
