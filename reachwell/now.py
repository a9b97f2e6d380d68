"""Run now: the nightly flow once, in this process, with its progress shown."""

from datetime import date
from pathlib import Path

from rich.console import Console

from reachwell import environment
from reachwell.area import Area
from reachwell.criteria import Criteria
from reachwell.dry_run import throwaway
from reachwell.errors import ReachwellError, RunFailed, exit_code_of
from reachwell.plugs import load_python
from reachwell.progress import shown
from reachwell.state import State
from reachwell.status import status
from reachwell.terminal import out, say

OPENING = "starting Prefect's own server for this run (about 10 seconds, longer the first time)"


def run_now(folder: Path, on: date | None, practices: list[str] | None, dry_run: bool) -> int:
    """Run the night of an area and print each practice's state; returns the exit code."""
    area = Area.load(folder)
    for ods in practices or ():
        area.practice(ods)
    Criteria.of(area)
    messages = Console(stderr=True, highlight=False)
    if dry_run:
        with throwaway(area) as copy:
            code = night_of(copy, date.today(), on, practices, messages)
            out(*status(copy)["shown"])
            say("dry run: nothing was changed")
        return code
    code = night_of(area, date.today(), on, practices, messages)
    out(*status(area)["shown"])
    return code


def night_of(
    area: Area,
    today: date,
    on: date | None,
    practices: list[str] | None,
    messages: Console,
    opening: str = OPENING,
) -> int:
    """Run the flow in this process; returns the run's exit code. Raises what stopped it from running."""
    environment.settle(area, quiet=True)
    chosen = practices or [practice.ods for practice in area.settings.practice]
    with shown(messages, len(chosen), opening):
        flow = load_python("pipelines", "nightly").nightly
        state = flow(area.folder, today, on, practices, return_state=True)
    result = state.result(raise_on_failure=False)
    if isinstance(result, ReachwellError):
        raise result
    if isinstance(result, BaseException) and state.name != "PartiallyFailed":
        raise RunFailed(f"the flow stopped: {type(result).__name__}. See: reachwell status")
    last = State(area.state).last_run()
    fates = State(area.state).fates(last[0] if last else None)
    return exit_code_of(fate.exit_code for fate in fates.values())
