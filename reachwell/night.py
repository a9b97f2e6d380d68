"""The night's work, step by step, as plain functions: they know nothing of who calls them or when."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from threading import BoundedSemaphore

from reachwell import lake, pull
from reachwell.admission import Admission
from reachwell.area import Area
from reachwell.atomic import read_pointer
from reachwell.criteria import Criteria
from reachwell.delivery import load_newest
from reachwell.erasure import note_returned
from reachwell.errors import ReachwellError, RunFailed, Unreachable, exit_code_of
from reachwell.log import tell
from reachwell.place import Place
from reachwell.published import CURRENT
from reachwell.recover import put_right, take_back
from reachwell.run_lock import only_run
from reachwell.safely import safely
from reachwell.state import Fate, State

# Deliveries are fetched side by side, and loaded two at a time: each may need most of a gigabyte.
_LOADING = BoundedSemaphore(2)
_OUTCOMES = {1: "failed", 2: "failed", 4: "rejected", 5: "late"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its id, each practice's fate, and whether its lists became current."""

    run_id: str
    fates: dict[str, Fate]
    current: bool
    exit_code: int


@contextmanager
def run(area: Area) -> Iterator[str]:
    """Hold the area for a run and note its start; yields the run's id.

    What an earlier, killed run left half done is put right first. Raises RunFailed where another run is
    under way, and FileMistakes before anything is changed where the criteria are wrong.
    """
    Criteria.of(area)
    with only_run(area.data):
        run_id = _begin(area)
        try:
            yield run_id
        except BaseException as error:
            told = str(error) if isinstance(error, ReachwellError) else type(error).__name__
            # What cannot be taken back now, on a full disk say, the next run takes back.
            with suppress(ReachwellError, OSError):
                _abandon(area, run_id, told)
            raise


@safely
def _begin(area: Area) -> str:
    state = State(area.state)
    put_right(area, state)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(2)}"
    state.start(run_id)
    tell("run started", run_id=run_id)
    return run_id


def _abandon(area: Area, run_id: str, told: str) -> None:
    state = State(area.state)
    if read_pointer(area.published / CURRENT) == run_id:
        state.end(run_id, "published", told)
    else:
        take_back(area, state, run_id)
        state.end(run_id, "failed", told)


def deliver(area: Area, run_id: str, ods: str, today: date) -> Fate:
    """Pull a practice's deliveries and load the newest good one; its fate is noted, and raised if bad."""
    state = State(area.state)
    try:
        fate = _delivered(area, ods, today, state, run_id)
    except ReachwellError as error:
        on = None
        with suppress(OSError):
            snapshot = lake.current(area.lake, ods)
            on = snapshot.extracted_on if snapshot else None
        _note(state, run_id, Fate(ods, _OUTCOMES[error.exit_code], str(error), error.exit_code, on))
        raise
    _note(state, run_id, fate)
    return fate


def _note(state: State, run_id: str, fate: Fate) -> None:
    state.note_delivery(run_id, fate)
    tell("delivered", practice=fate.practice_id, outcome=fate.outcome)


def _one_of_two(admission: Admission) -> pull.Admits:
    def admits(delivery: Path, name: str) -> bool:
        with _LOADING:
            return admission.admits(delivery, name)

    return admits


@safely
def _delivered(area: Area, ods: str, today: date, state: State, run_id: str) -> Fate:
    practice = area.practice(ods)
    note_returned(area, state, ods, run_id)
    tell("pull", practice=ods)
    admission = Admission(Place.of(area))
    try:
        pulled, unreachable = pull.pull(practice, area.inbox / ods, area.folder, _one_of_two(admission)), None
    except Unreachable as error:
        # What came before may still be used, or be the very cause of what is wrong.
        pulled, unreachable = [], error
    tell("load", practice=ods, deliveries=len(pulled))
    with _LOADING:
        fate = load_newest(area, practice, pulled, today, admission.refused)
    if unreachable:
        raise unreachable
    return fate


def finish(area: Area, run_id: str, current: bool, practices: Iterable[str] = ()) -> Outcome:
    """Note how the run ended, from what it noted of each practice.

    practices: those whose deliveries were to be loaded; one of which nothing was noted has failed.
    """
    state = State(area.state)
    for ods in sorted(set(practices) - state.fates(run_id).keys()):
        told = f"{ods}: its delivery's step ended without a word. Run again; Prefect's log may say more."
        state.note_delivery(run_id, Fate(ods, "failed", told, RunFailed.exit_code))
    fates = state.fates(run_id)
    bad = [fate for fate in fates.values() if fate.exit_code]
    state.end(run_id, "published" if current else "published beside", "; ".join(fate.detail for fate in bad))
    return Outcome(run_id, fates, current, exit_code_of(fate.exit_code for fate in bad))
