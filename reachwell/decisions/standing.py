"""Standing: the decision that stands for each person in a programme, as of a day."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from reachwell.decisions.events import Event, events
from reachwell.state import State

DECIDED = {
    "programme": pl.String,
    "practice_id": pl.String,
    "patient_id": pl.String,
    "decision": pl.String,
    "reason": pl.String,
    "on_date": pl.Date,
    "until": pl.Date,
    "facts": pl.String,
}


def standing(found: Iterable[Event]) -> dict[tuple[str, str, str], Event]:
    """By programme, practice and patient, the latest decision that is not undone. An undo may be undone too.

    found: all events of these people, or all up to a day.
    """
    found = sorted(found, key=lambda one: one.event)
    taken_back = undone(found)
    latest = {each.person: each for each in found if each.undoes is None and each.event not in taken_back}
    return dict(sorted(latest.items()))


def undone(found: Iterable[Event]) -> set[int]:
    """The numbers of the events, decisions and undos, that are undone."""
    gone: set[int] = set()
    # What undoes comes after what is undone.
    for each in sorted(found, key=lambda one: one.event, reverse=True):
        if each.undoes is not None and each.event not in gone:
            gone.add(each.undoes)
    return gone


def decided(state: State, practices: Iterable[str], up_to: date | None) -> pl.DataFrame:
    """The decisions that stand in some practices, one row per person, as DECIDED.

    up_to: where a list of a past day is asked for, the day after which nothing counts, so that it is the same whenever
    it is made. None for all that is known: whoever was decided on this morning is off tonight's list, however old the
    practice's extract is.
    """
    known = [each for each in events(state, practices) if up_to is None or each.on <= up_to]
    rows = [
        (*each.person, each.decision, each.reason, each.on, each.until, each.facts) for each in standing(known).values()
    ]
    return pl.DataFrame(rows, schema=DECIDED, orient="row")
