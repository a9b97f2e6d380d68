"""The night's work, step by step, as plain functions: they know nothing of who calls them or when."""

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from itertools import groupby
from pathlib import Path
from secrets import token_hex
from threading import BoundedSemaphore
from typing import Any, ParamSpec, TypeVar

import polars as pl

from reachwell import lake, publish, pull, warehouse
from reachwell.admission import Admission
from reachwell.area import Area
from reachwell.atomic import new_folder, read_pointer
from reachwell.attrition import STEPS
from reachwell.criteria import Criteria
from reachwell.delivery import load_newest
from reachwell.erasure import erase_opted_out, note_returned
from reachwell.errors import ReachwellError, RunFailed, Unreachable, exit_code_of
from reachwell.match import match
from reachwell.measure import measure
from reachwell.place import Place
from reachwell.published import CURRENT, path_of
from reachwell.recover import put_right, take_back
from reachwell.retention import remove_old
from reachwell.run_facts import run_facts
from reachwell.shortlist import Shortlist, places_a_month, referred_this_month, shortlist
from reachwell.state import Fate, State, only_run
from reachwell.store import up_to_date

# Practices measured together: few enough to keep memory flat, enough to make good the cost of a batch.
BATCH = 10
# Deliveries are fetched side by side, and loaded two at a time: each may need most of a gigabyte.
_LOADING = BoundedSemaphore(2)
_log = logging.getLogger("reachwell")
_P = ParamSpec("_P")
_T = TypeVar("_T")
_OUTCOMES = {1: "failed", 2: "failed", 4: "rejected", 5: "late"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its id, each practice's fate, and whether its lists became current."""

    run_id: str
    fates: dict[str, Fate]
    current: bool
    exit_code: int


def _safely(function: Callable[_P, _T]) -> Callable[_P, _T]:
    # Prefect keeps the text of an exception, and a library's own text may quote a patient's value.
    @wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except ReachwellError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            raise _without_values(error, function.__name__) from None

    return wrapped


def _without_values(error: BaseException, step: str) -> RunFailed:
    # Polars tells of a file it could not write by its kind of error for all that goes wrong in a query.
    if isinstance(error, OSError) or "os error" in str(error):
        reason = (error.strerror if isinstance(error, OSError) else None) or "a file could not be read or written"
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        return RunFailed(f"{step}: {reason}{where}. Check that the disk is not full and the folder may be written.")
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return RunFailed(f"{step}: {place}. This is a fault of reachwell; please report this line.")


def _tell(message: str, **facts: Any) -> None:
    _log.info(message, extra={"reachwell": facts})


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


@_safely
def _begin(area: Area) -> str:
    state = State(area.state)
    put_right(area, state)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(2)}"
    state.start(run_id)
    _tell("run started", run_id=run_id)
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
    _tell("delivered", practice=fate.practice_id, outcome=fate.outcome)


def _one_of_two(admission: Admission) -> pull.Admits:
    def admits(delivery: Path, name: str) -> bool:
        with _LOADING:
            return admission.admits(delivery, name)

    return admits


@_safely
def _delivered(area: Area, ods: str, today: date, state: State, run_id: str) -> Fate:
    practice = area.practice(ods)
    note_returned(area, state, ods, run_id)
    _tell("pull", practice=ods)
    admission = Admission(Place.of(area))
    try:
        pulled, unreachable = pull.pull(practice, area.inbox / ods, area.folder, _one_of_two(admission)), None
    except Unreachable as error:
        # What came before may still be used, or be the very cause of what is wrong.
        pulled, unreachable = [], error
    _tell("load", practice=ods, deliveries=len(pulled))
    with _LOADING:
        fate = load_newest(area, practice, pulled, today, admission.refused)
    if unreachable:
        raise unreachable
    return fate


@_safely
def make_lists(area: Area, run_id: str, on: date | None = None) -> bool:
    """Measure to publish, for every practice that has data; returns whether the lists became current.

    on: an index date that moves each practice's back from its extract's day; None for that day.
    """
    state, criteria = State(area.state), Criteria.of(area)
    found = [
        up_to_date(area.lake, one.ods, area.folder, area.scratch, area.erases_opted_out)
        for one in area.settings.practice
    ]
    snapshots = [each for each in found if each]
    for each in snapshots:
        if erased := erase_opted_out(area, state, each, run_id):
            _tell("erased", practice=each.practice_id, patients=erased)
    if removed := remove_old(area, state, run_id):
        _tell("removed", what=removed)
    dates = {each.practice_id: min(on or each.extracted_on, each.extracted_on) for each in snapshots}
    steps: list[pl.DataFrame] = []
    candidates: list[pl.DataFrame] = []
    area.published.mkdir(parents=True, exist_ok=True)
    with new_folder(area.published / run_id) as folder, new_folder(area.features / run_id) as kept:
        batches = list(_batches(snapshots, dates))
        for count, batch in enumerate(batches, start=1):
            _tell("batch", number=count, of=len(batches), practices=len(batch))
            codes = [each.practice_id for each in batch]
            day = dates[codes[0]]
            since = {ods: earlier for ods in codes if (earlier := _day_before(state, ods, day))}
            lists = lists_of(area, criteria, batch, day, run_id, kept / f"{count}.parquet")
            publish.write_practices(folder, run_id, batch, day, since, lists)
            for programme, made in lists.items():
                steps.append(made.steps.with_columns(programme=pl.lit(programme)))
                candidates.append(
                    made.candidates.select("practice_id", "patient_id", "first_flagged_on", programme=pl.lit(programme))
                )
        _tell("publish", practices=len(snapshots))
        told = pl.concat(steps) if steps else pl.DataFrame(schema={**STEPS, "programme": pl.String})
        publish.write_area(folder, run_id, told, area.folder)
        publish.write_run(folder, run_facts(area, run_id, criteria, snapshots, dates, told))
    if not _becomes_current(area, state, dates):
        return False
    if candidates:
        state.note_listed(run_id, dates, pl.concat(candidates))
    publish.make_current(area.published, run_id)
    _tell("warehouse")
    warehouse.build(area)
    return True


def lists_of(
    area: Area, criteria: Criteria, batch: Sequence[lake.Snapshot], on: date, run_id: str, keep: Path | None
) -> dict[str, Shortlist]:
    """The lists of a batch of practices on one index date, by programme.

    keep: where to keep what was measured, for the warehouse.
    """
    wanted = {key: pair for each in criteria.programmes for key, pair in each.wanted(criteria.features).items()}
    measured = measure(batch, on, wanted.values(), area.settings.setting, area.folder, area.scratch)
    if keep:
        measured.values.write_parquet(keep, compression="zstd")
    codes = [each.practice_id for each in batch]
    flagged = State(area.state).first_flagged(codes, before=run_id)
    before = _candidates_before(area, codes, on)
    used = referred_this_month(measured)
    lists: dict[str, Shortlist] = {}
    for programme in criteria.programmes:
        places = {ods: places_a_month(area.practice(ods), programme) for ods in codes}
        free = {ods: max(places[ods] - used.get(ods, 0), 0) for ods in codes}
        earlier = before.filter(pl.col("programme") == programme.id).select("practice_id", "patient_id")
        matches = match(measured, programme)
        lists[programme.id] = shortlist(measured, matches, programme, places, free, flagged, earlier)
        # Programmes share the places in the order in which reachwell.toml names them.
        used = {ods: used.get(ods, 0) + lists[programme.id].used.get(ods, 0) for ods in codes}
    return lists


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


def _batches(snapshots: Sequence[lake.Snapshot], dates: Mapping[str, date]) -> Iterator[list[lake.Snapshot]]:
    ordered = sorted(snapshots, key=lambda each: (dates[each.practice_id], each.practice_id))
    for _, group in groupby(ordered, key=lambda each: dates[each.practice_id]):
        together = list(group)
        for start in range(0, len(together), BATCH):
            yield together[start : start + BATCH]


def _candidates_before(area: Area, codes: Sequence[str], on: date) -> pl.DataFrame:
    """The candidates of each practice's newest list of an earlier day: programme, practice_id, patient_id.

    A list that was empty leaves one row without a patient for each programme: there was a list.
    """
    state = State(area.state)
    names = area.settings.area.programmes
    frames = [pl.DataFrame(schema={"programme": pl.String, "practice_id": pl.String, "patient_id": pl.String})]
    for ods in codes:
        run_id = state.list_before(ods, on)
        path = path_of(area, run_id, ods, "candidates") if run_id else None
        if path is not None and path.exists():
            frames.append(pl.read_parquet(path, columns=["programme", "practice_id", "patient_id"]))
            rows = [(name, ods, None) for name in names]
            frames.append(pl.DataFrame(rows, schema=frames[0].schema, orient="row"))
    return pl.concat(frames)


def _day_before(state: State, ods: str, on: date) -> date | None:
    run_id = state.list_before(ods, on)
    return state.index_dates(run_id)[ods] if run_id else None


def _becomes_current(area: Area, state: State, dates: Mapping[str, date]) -> bool:
    pointed = read_pointer(area.published / CURRENT)
    shown = state.index_dates(pointed) if pointed else {}
    return all(on >= shown[ods] for ods, on in dates.items() if ods in shown)
