"""Places: where a pseudonymised delivery may go, and where identities may lie while it is made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reachwell.atomic import UNFINISHED
from reachwell.errors import UsageError


def refuse_place(delivery: Path, out: Path) -> None:
    """Raise UsageError where the new folder is there already, or would lie among the identities."""
    if out.exists():
        raise UsageError(f"{out} is there already. Nothing was changed; name a folder that is not there yet.")
    if out.resolve().is_relative_to(delivery.resolve()):
        raise UsageError(f"{out} lies inside {delivery}, beside the identities. Name a folder outside it.")


def sweep_others(out: Path, aside: Path) -> None:
    """Remove what killed runs left of a new folder. aside: this run's own."""
    for left in out.parent.glob(f"{UNFINISHED}{out.name}-*"):
        if left.name != aside.name:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def a_private_folder(map_file: Path) -> Iterator[Path]:
    """A folder beside the map, for its owner only, for copies and spilled rows with identities; gone afterwards.

    Whoever calls this holds the map, and so is alone: what a killed run left is removed.
    """
    folder = map_file.parent.absolute() / f"{UNFINISHED}{map_file.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
