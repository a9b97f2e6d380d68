"""Review: the decisions there are, one of them undone, and the records that were said to be wrong."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from reachwell.area import Area
from reachwell.decisions.events import Event, events, events_in, note, today_in
from reachwell.decisions.facts import facts_of
from reachwell.decisions.kinds import KINDS, REASONS, UNDO, WRONG
from reachwell.decisions.standing import standing, undone
from reachwell.errors import UsageError
from reachwell.made_live import refuse_unless_said
from reachwell.match import MET
from reachwell.published import path_of
from reachwell.state import State

SOURCE = "command"


def decisions(area: Area, ods: str | None = None) -> list[dict[str, Any]]:
    """Every event, newest first: event, on, practice, programme, patient, decision, reason, until, by, source, and now
    (stands, undone, or a later one stands).
    """
    found = events(State(area.state), _practices(area, ods)) if area.state.exists() else []
    stands, taken_back = {each.event for each in standing(found).values()}, undone(found)
    return [
        {
            "event": each.event,
            "on": each.on,
            "practice": each.practice_id,
            "programme": each.programme,
            "patient": each.patient_id,
            "decision": _words(each),
            "reason": REASONS.get(each.reason, each.reason),
            "until": each.until,
            "by": each.by,
            "source": each.source,
            "now": _now(each, stands, taken_back),
        }
        for each in reversed(found)
    ]


def _words(event: Event) -> str:
    return f"Undo of event {event.undoes}" if event.undoes is not None else KINDS[event.decision].label


def _now(event: Event, stands: set[int], taken_back: set[int]) -> str:
    if event.event in taken_back:
        return "undone"
    return "stands" if event.event in stands or event.undoes is not None else "a later one stands"


def undo(area: Area, number: int, by: str, reason: str) -> Event:
    """Note that an event is undone; returns what was noted.

    Raises UsageError where there is no such event, where it is undone already, and where it is not said who and why.
    """
    refuse_unless_said(by, reason, "who undoes it")
    with State(area.state).transaction() as db:
        db.execute("BEGIN IMMEDIATE")
        found = {each.event: each for each in events_in(db, _practices(area, None))}
        if number not in found:
            raise UsageError(f"there is no event {number}. See: reachwell decisions list")
        if number in undone(found.values()):
            raise UsageError(f"event {number} is undone already. See: reachwell decisions list")
        of = found[number]
        made = Event(today_in(area), of.run_id, *of.person, UNDO, by.strip(), SOURCE, reason.strip(), undoes=number)
        note(db, [made])
    return made


def wrong_records(area: Area, ods: str | None = None) -> list[dict[str, Any]]:
    """Of whom it stands that the record is wrong, oldest first: event, on, practice, programme, patient, by, what the
    list said (empty where it is kept no longer), and now: whether what the rules find is still the same.
    """
    found = standing(events(State(area.state), _practices(area, ods))) if area.state.exists() else {}
    wrong = sorted((each for each in found.values() if each.decision == WRONG), key=lambda each: each.event)
    now = _changed(area, wrong)
    return [
        {"event": each.event, "on": each.on, "practice": each.practice_id, "programme": each.programme,
         "patient": each.patient_id, "by": each.by, "what the list said": _said(area, each), "now": now[each.event]}
        for each in wrong
    ]  # fmt: skip


def _changed(area: Area, wrong: Sequence[Event]) -> dict[int, str]:
    """By event, what has become of what the rules find, in the data of the current lists."""
    told = {}
    for ods, programme in sorted({(each.practice_id, each.programme) for each in wrong}):
        theirs = [each for each in wrong if (each.practice_id, each.programme) == (ods, programme)]
        live = programme in area.settings.area.programmes
        found = facts_of(area, ods, programme, [each.patient_id for each in theirs]) if live else {}
        for each in theirs:
            same = found.get(each.patient_id) == each.facts
            changed = "changed" if each.patient_id in found else "no longer in the extract"
            told[each.event] = "as it was" if same else changed if live else "the programme is no longer in use"
    return told


def _said(area: Area, event: Event) -> str:
    path = path_of(area, event.run_id, event.practice_id, "rules")
    if not path.exists():
        return ""
    theirs = pl.col("programme") == event.programme, pl.col("patient_id") == event.patient_id
    return ". ".join(pl.read_parquet(path).filter(*theirs, pl.col("result") == MET)["sentence"])


def _practices(area: Area, ods: str | None) -> list[str]:
    return [area.practice(ods).ods] if ods else [each.ods for each in area.settings.practice]
