"""Events: every decision and every undo, in a table of the state to which rows are only added.

Only erasure takes rows out. What stands follows from the events, see `standing`.
"""

import calendar
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from reachwell.area import Area
from reachwell.decisions.kinds import KINDS
from reachwell.state import State

_COLUMNS = (
    "event, at, on_date, run_id, programme, practice_id, patient_id, decision, reason, until, facts, by_whom, source, "
    "undoes"
)


@dataclass(frozen=True)
class Event:
    """One decision of somebody, or one undo.

    on: the day it counts from. run_id: the run of the list that was decided on. decision, reason: ids of `kinds`; an
    undo's reason is as it was written. until: the day of being back on the list. facts: what the rules found, as a
    digest, where the record is wrong. source: where it was made, such as excel. undoes: the event that an undo takes
    back. event, at: its number and its moment in UTC, filled when it is noted.
    """

    on: date
    run_id: str
    programme: str
    practice_id: str
    patient_id: str
    decision: str
    by: str
    source: str
    reason: str = ""
    until: date | None = None
    facts: str = ""
    undoes: int | None = None
    event: int = 0
    at: str = ""

    @property
    def person(self) -> tuple[str, str, str]:
        """Whom it is about: programme, practice and patient."""
        return self.programme, self.practice_id, self.patient_id


def today_in(area: Area) -> date:
    """The day it is where the area is."""
    return datetime.now(ZoneInfo(area.settings.schedule.timezone)).date()


def until(decision: str, on: date) -> date | None:
    """The day from which somebody is back; None where the decision says no set time."""
    months = KINDS[decision].months
    return None if months is None else months_after(on, months)


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or that month's last: a month after 31 January is 28 or 29 February."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def note(db: sqlite3.Connection, events: Iterable[Event]) -> int:
    """Note events in their order, within a transaction of the state; returns how many.

    Of whoever has opted out nothing is noted: an import may have read its list just before the night erased them.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    noted = 0
    for each in events:
        back = each.until.isoformat() if each.until else None
        told = (each.decision, each.reason, back, each.facts, each.by, each.source, each.undoes)
        row = (at, each.on.isoformat(), each.run_id, *each.person, *told)
        noted += db.execute(
            f"INSERT INTO decision ({_COLUMNS.removeprefix('event, ')}) SELECT {', '.join('?' * len(row))} "
            "WHERE NOT EXISTS (SELECT 1 FROM opted_out WHERE practice_id = ? AND patient_id = ?)",
            (*row, each.practice_id, each.patient_id),
        ).rowcount
    return noted


def events_in(db: sqlite3.Connection, practices: Sequence[str]) -> list[Event]:
    """All events of some practices, oldest first, within a transaction of the state."""
    marks = ", ".join("?" * len(practices))
    rows = db.execute(f"SELECT {_COLUMNS} FROM decision WHERE practice_id IN ({marks}) ORDER BY event", practices)
    return [_event_of(row) for row in rows]


def events(state: State, practices: Iterable[str]) -> list[Event]:
    """All events of some practices, oldest first."""
    with state.transaction() as db:
        return events_in(db, list(practices))


def _event_of(row: tuple[object, ...]) -> Event:
    event, at, on, run_id, programme, ods, patient, decision, reason, back, facts, by, source, undoes = row
    return Event(
        date.fromisoformat(str(on)), str(run_id), str(programme), str(ods), str(patient), str(decision), str(by),
        str(source), str(reason), date.fromisoformat(str(back)) if back else None, str(facts),
        None if undoes is None else int(str(undoes)), int(str(event)), str(at),
    )  # fmt: skip
