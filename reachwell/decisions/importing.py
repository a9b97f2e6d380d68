"""Importing: the decisions of a list in Excel noted, all of them or none, while a night runs or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from reachwell.area import Area
from reachwell.decisions.events import Event, events_in, note, today_in, until
from reachwell.decisions.excel_in import Choice, choices, read
from reachwell.decisions.facts import facts_of
from reachwell.decisions.kinds import WRONG
from reachwell.decisions.standing import standing
from reachwell.decisions.workbook import Mark
from reachwell.errors import UsageError
from reachwell.published import current_run, read_table
from reachwell.state import State

SOURCE = "excel"


@dataclass(frozen=True)
class Imported:
    """What an import did, in counts.

    known: noted before, by the same person of the same list. no_longer: of these, those that were undone or decided
    otherwise since. opted_out: of whom nothing is noted any more. empty: rows without a decision.
    """

    noted: int
    known: int
    no_longer: int
    opted_out: int
    empty: int


def import_file(area: Area, file: Path, by: str, dry_run: bool = False) -> Imported:
    """Note the decisions of a file. by: who decided where a row does not say. dry_run: note nothing.

    Raises UsageError where the file is not of the practice's current list, and FileMistakes with all that is wrong in
    it; nothing is noted then. It waits for no run: a night reads what was noted before it made its lists.
    """
    if not by.strip():
        raise UsageError("--by is empty: say who brings the decisions")
    mark, rows = read(file)
    ranks = _ranks(area, mark, file)
    chosen = choices(rows, ranks, file)
    on = today_in(area)
    made = _events(area, mark, chosen, by.strip(), on)
    if current_run(area) != mark.run_id:
        raise UsageError(f"new lists were published while {file} was read. Nothing was changed; export the list anew")
    state = State(area.state)
    with state.transaction() as db:
        # Of two imports at once the second sees what the first has noted.
        db.execute("BEGIN IMMEDIATE")
        before = events_in(db, [mark.practice])
        new = [each for each in made if not _is_known(each, before)]
        noted = len(new) if dry_run else note(db, new)
    known = [each for each in made if _is_known(each, before)]
    stands = standing(before)
    changed = [each for each in known if not _same(each, stands.get(each.person))]
    return Imported(noted, len(known), len(changed), len(new) - noted, len(rows) - len(chosen))


def _ranks(area: Area, mark: Mark, file: Path) -> dict[str, int]:
    area.practice(mark.practice)
    if mark.programme not in area.settings.area.programmes:
        raise UsageError(f"{file} is of a programme that is none of the area's. Nothing was changed")
    anew = f"Export the list anew with: reachwell export {mark.practice}"
    current = current_run(area)
    if mark.run_id != current:
        raise UsageError(
            f"{file} is the list of run {mark.run_id}, and the list that is current is of run {current}. Nothing was "
            f"changed. {anew}"
        )
    candidates = read_table(area, current, mark.practice, "candidates").filter(pl.col("programme") == mark.programme)
    if Mark.of(current, mark.practice, mark.programme, candidates) != mark:
        raise UsageError(
            f"{file} is not the list as it is now: its checksum does not fit, so somebody has left the list, or the "
            f"hidden sheet was changed. Nothing was changed. {anew}"
        )
    return dict(candidates.select("patient_id", "rank").rows())


def _events(area: Area, mark: Mark, chosen: Sequence[Choice], by: str, on: date) -> list[Event]:
    wrong = [each.patient_id for each in chosen if each.decision == WRONG]
    facts = facts_of(area, mark.practice, mark.programme, wrong) if wrong else {}
    return [
        Event(
            on, mark.run_id, mark.programme, mark.practice, each.patient_id, each.decision, each.by or by, SOURCE,
            each.reason, until(each.decision, on), facts.get(each.patient_id, "") if each.decision == WRONG else "",
        )
        for each in chosen
    ]  # fmt: skip


def _is_known(new: Event, before: Sequence[Event]) -> bool:
    """Whether the last that the same person decided of this patient in a file of the same list is the same.

    So a file that is sent twice does not bring back what was undone, or decided otherwise by somebody else, since.
    """
    theirs = [
        each for each in before
        if (each.person, each.run_id, each.by, each.source) == (new.person, new.run_id, new.by, SOURCE)
    ]  # fmt: skip
    return bool(theirs) and _same(new, theirs[-1])


def _same(new: Event, other: Event | None) -> bool:
    return other is not None and (new.decision, new.reason) == (other.decision, other.reason)
