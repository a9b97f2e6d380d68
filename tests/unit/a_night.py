"""One night as the flow runs it, without Prefect; run as a script it is killed, or held, at a chosen moment.

    python a_night.py AREA 2026-11-20 "step publish"
    python a_night.py AREA 2026-11-20 "before published/current"

A moment is a step that the night tells of, the instant before or after a file or folder of the area's data takes
its name (a pattern), "hold" to wait inside the run until standard input ends, or "never".
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

from reachwell import lists, night
from reachwell.area import Area
from reachwell.errors import ReachwellError


def run_night(
    area: Area,
    today: date,
    on: date | None = None,
    practices: Sequence[str] | None = None,
    makes_lists: bool = True,
) -> tuple[night.Outcome, dict[str, ReachwellError]]:
    """The steps of pipelines/nightly.py: how the run ended, and each practice's error.

    makes_lists: False leaves the lists as they are, where a test is about deliveries only.
    """
    errors: dict[str, ReachwellError] = {}
    with night.run(area) as run_id:
        for ods in practices or [practice.ods for practice in area.settings.practice]:
            try:
                night.deliver(area, run_id, ods, today)
            except ReachwellError as error:
                errors[ods] = error
        current = lists.make_lists(area, run_id, on) if makes_lists else False
        return night.finish(area, run_id, current), errors


def die() -> None:
    """End as a power cut would: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


class _AtStep(logging.Handler):
    def __init__(self, step: str) -> None:
        super().__init__(logging.INFO)
        self._step = step

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._step:
            die()


def _dying(rename: Callable[..., None], data: Path, when: str, pattern: str) -> Callable[..., None]:
    def renamed(source: Path, target: Path) -> None:
        hit = fnmatch(str(target), f"{data}/{pattern}")
        if hit and when == "before":
            die()
        rename(source, target)
        if hit:
            die()

    return renamed


def main(folder: str, today: str, moment: str) -> None:
    """Run a night that ends at the moment."""
    area = Area.load(Path(folder))
    when, _, what = moment.partition(" ")
    if when == "hold":
        with night.run(area):
            print("held", flush=True)
            sys.stdin.read()
    elif when == "step":
        logging.getLogger("reachwell").addHandler(_AtStep(what))
        logging.getLogger("reachwell").setLevel(logging.INFO)
    elif when in ("before", "after"):
        os.rename = _dying(os.rename, area.data, when, what)
        os.replace = _dying(os.replace, area.data, when, what)
    run_night(area, date.fromisoformat(today))


if __name__ == "__main__":
    main(*sys.argv[1:])
