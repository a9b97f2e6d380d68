"""Decisions and the night: who is off the list and why, places, and the same lists whoever asks and whenever."""

import json
from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl
import pytest
from rich.console import Console

from reachwell.backtest.outcomes import outcomes
from reachwell.criteria import Criteria
from reachwell.decisions.events import Event, note, until
from reachwell.decisions.kinds import KINDS, UNDO
from reachwell.last_good import last_good
from reachwell.report import changes_table, why_text
from reachwell.state import State
from reachwell.tuning.plan import Planner
from reachwell.tuning.waterfall import waterfall
from reachwell.why import why

DAY = date(2026, 11, 20)
TOMORROW = DAY + timedelta(days=1)
ODS, OTHER = "B83001", "B83017"
NAME = "social_prescribing"
# Six people with 5 points each; three places a month.
SIX = {f"ZQ7KDE{number:02}": "lonely alone" for number in range(1, 7)}
ONE, TWO, THREE, FOUR, FIVE, SIXTH = SIX


def decide(town, patient: str, decision: str, on: date = DAY, ods: str = ODS, **more: object) -> int:
    """Note a decision; returns the event's number."""
    reason = {"declined": "transport"}.get(decision, "")
    back = until(decision, on) if decision in KINDS else None
    fields = {"programme": NAME, "by": "Dr Hill", "source": "excel", "reason": reason, "until": back, **more}
    event = Event(on=on, run_id="run", practice_id=ods, patient_id=patient, decision=decision, **fields)  # type: ignore[arg-type]
    with State(town.area.state).transaction() as db:
        note(db, [event])
        return db.execute("SELECT max(event) FROM decision").fetchone()[0]  # type: ignore[no-any-return]


def listed(town, ods: str = ODS) -> dict[str, bool]:
    """Who is on the list, and whether within places."""
    return dict(town.table(ods).select("patient_id", "within_capacity").rows())


def gone(town) -> dict[str, str]:
    changes = town.table(ODS, "changes").filter(change="gone")
    return dict(changes.select("patient_id", "reason").rows())


@pytest.fixture(scope="module")
def six_once(new_town):
    town = new_town({ODS: ("Elm Tree Surgery", 0.16)})
    town.send(ODS, DAY, SIX)
    assert town.night(DAY).exit_code == 0
    return town


@pytest.fixture
def six(six_once, copy_of):
    """A practice with six people on its list, after its first night."""
    return copy_of(six_once)


def next_night(town, people: dict[str, str] = SIX, on: date = TOMORROW) -> None:
    town.send(ODS, on, people)
    assert town.night(on).exit_code == 0


def test_everybody_decided_on_is_off_the_next_list_with_the_reason(six) -> None:
    assert set(listed(six)) == set(SIX)
    decide(six, ONE, "accepted")
    decide(six, TWO, "already")
    decide(six, THREE, "declined")
    decide(six, FOUR, "not_suitable")
    decide(six, FIVE, "back_in_1_month")
    next_night(six)
    assert set(listed(six)) == {SIXTH}
    assert gone(six) == {
        ONE: "Accepted for a link worker on 20 Nov 2026",
        TWO: "Already with a link worker, as said on 20 Nov 2026",
        THREE: "Declined social prescribing on 20 Nov 2026: transport",
        FOUR: "Not suitable now, as said on 20 Nov 2026; back from 20 Feb 2027",
        FIVE: "To be brought back on 20 Dec 2026, as said on 20 Nov 2026",
    }
    assert six.table(ODS, "matches")["patient_id"].to_list() == [SIXTH]
    assert six.table(ODS, "please_ask").is_empty()
    steps = pl.read_parquet(six.area.published / six.current / "area" / "attrition.parquet").sort("place")
    assert steps["step"].to_list()[-4:] == [
        "Not needing another route", "Not: decided already", "5 points or more", "Within this month's places",
    ]  # fmt: skip


def test_why_says_what_was_decided(six) -> None:
    decide(six, THREE, "declined")
    six.night(DAY)
    (answer,) = why(six.area, ODS, THREE)
    assert answer["answer"] == (
        f"{THREE} is not on the list of 20 Nov 2026: Declined social prescribing on 20 Nov 2026: transport."
    )
    assert (answer["on_list"], answer["step"], answer["points"]) == (False, "decided already", 5)
    console = Console(width=150)
    with console.capture() as printed:
        console.print(why_text(answer))
    assert "Declined social prescribing on 20 Nov 2026: transport" in printed.get()
    assert why(six.area, ODS, ONE)[0]["on_list"]


def test_changes_of_different_days_are_counted_by_decision() -> None:
    reasons = [
        "Declined social prescribing on 3 Nov 2026: transport",
        "Declined social prescribing on 14 Nov 2026: transport",
        "To be brought back on 3 Dec 2026, as said on 3 Nov 2026",
        "Not suitable now, as said on 3 Nov 2026; back from 3 Feb 2027",
        "Accepted for a link worker on 3 Nov 2026",
    ]
    table = changes_table({ODS: pl.DataFrame({"change": ["gone"] * len(reasons), "reason": reasons})})
    assert list(zip(*[[*column.cells] for column in table.columns[2:]], strict=True)) == [
        ("2", "Declined social prescribing: transport"),
        ("1", "Accepted for a link worker"),
        ("1", "Not suitable now"),
        ("1", "To be brought back"),
    ]


def test_a_list_of_a_past_day_is_the_same_whenever_it_is_made(six) -> None:
    next_night(six)
    before = {name: rows for name, rows in six.tables().items() if name.startswith("practice")}
    for number, (patient, decision) in enumerate(zip(SIX, KINDS, strict=False)):
        decide(six, patient, decision, on=TOMORROW + timedelta(days=1 + number))
    run = six.night(TOMORROW, on=TOMORROW).run_id
    tables = sorted((six.area.published / run / "practice" / ODS).glob("*.parquet"))
    assert {f"practice/{ODS}/{path.name}": pl.read_parquet(path).drop("run_id").to_dicts() for path in tables} == before
    later = TOMORROW + timedelta(days=10)
    next_night(six, on=later)
    # Of a wrong record nothing was kept to compare with.
    assert set(listed(six)) == {FIVE}
    # Published beside, for a day before any decision.
    run = six.night(later, on=TOMORROW).run_id
    beside = pl.read_parquet(six.area.published / run / "practice" / ODS / "candidates.parquet")
    assert set(beside["patient_id"]) == set(SIX)


def test_whoever_is_decided_on_after_the_extracts_day_is_off_the_next_list(six) -> None:
    """A list that shows them again next morning would be decided on again."""
    decide(six, ONE, "declined", on=DAY + timedelta(days=3))
    assert six.night(DAY + timedelta(days=3)).exit_code == 0
    assert set(listed(six)) == {*SIX} - {ONE}


def test_an_undo_brings_somebody_back_and_the_later_decision_stands(six) -> None:
    first = decide(six, ONE, "accepted")
    decide(six, TWO, "accepted")
    decide(six, TWO, "declined")
    decide(six, ONE, UNDO, undoes=first)
    next_night(six)
    assert set(listed(six)) == set(SIX) - {TWO}
    assert gone(six) == {TWO: "Declined social prescribing on 20 Nov 2026: transport"}


def test_whoever_is_to_be_brought_back_is_back_on_the_day(six) -> None:
    decide(six, ONE, "back_in_1_month", on=date(2026, 11, 20))
    next_night(six, on=date(2026, 12, 19))
    assert ONE not in listed(six)
    next_night(six, on=date(2026, 12, 20))
    assert ONE in listed(six)
    assert six.table(ODS, "changes").filter(patient_id=ONE)["change"].to_list() == ["new"]


def test_an_acceptance_takes_a_place_in_its_month_only(six) -> None:
    assert sum(listed(six).values()) == 3
    decide(six, ONE, "accepted")
    decide(six, TWO, "already")
    next_night(six)
    assert sum(listed(six).values()) == 2
    next_night(six, on=date(2026, 12, 1))
    assert sum(listed(six).values()) == 3


@pytest.mark.parametrize(
    ("accepted_on", "referred_on", "in_november", "in_december"),
    [
        (date(2026, 11, 20), date(2026, 11, 21), 1, 0),
        (date(2026, 11, 20), date(2026, 12, 1), 1, 0),  # the code comes in the month after
        (date(2026, 12, 1), date(2026, 11, 20), 1, 0),  # the list was older than the referral
    ],
)
def test_nobody_takes_two_places(six, accepted_on: date, referred_on: date, in_november: int, in_december: int) -> None:
    decide(six, ONE, "accepted", on=accepted_on)
    people = {**SIX, ONE: f"lonely alone referred@{referred_on}"}
    next_night(six, people if referred_on < date(2026, 12, 1) else SIX, on=date(2026, 11, 30))
    assert sum(listed(six).values()) == 3 - in_november
    next_night(six, people, on=date(2026, 12, 2))
    assert sum(listed(six).values()) == 3 - in_december
    assert ONE not in listed(six)


def test_who_is_no_longer_in_the_extract_takes_no_place(six) -> None:
    decide(six, ONE, "accepted")
    next_night(six, {patient: words for patient, words in SIX.items() if patient != ONE})
    assert sum(listed(six).values()) == 3


def test_another_route_is_told_whatever_was_decided(six) -> None:
    decide(six, ONE, "not_suitable")
    next_night(six, {**SIX, ONE: "lonely alone dying"})
    assert six.table(ODS, "other_routes")["patient_id"].to_list() == [ONE]
    assert gone(six)[ONE] == "needs another route: On the end of life register"


def facts_of(town, patient: str) -> str:
    from reachwell.decisions.facts import facts_of as found

    return found(town.area, ODS, NAME, [patient])[patient]


def test_a_wrong_record_keeps_somebody_off_until_what_the_rules_find_changes(six) -> None:
    decide(six, ONE, "record_wrong", facts=facts_of(six, ONE))
    decide(six, TWO, "record_wrong", facts=facts_of(six, TWO))
    next_night(six)
    assert {ONE, TWO}.isdisjoint(listed(six))
    assert gone(six)[ONE] == "The record is wrong, as said on 20 Nov 2026; back when what the rules find changes"
    # Months later, with one more code of another rule in one of the records.
    later = date(2027, 2, 20)
    next_night(six, {**SIX, TWO: "lonely alone inactive"}, on=later)
    assert set(listed(six)) == set(SIX) - {ONE}
    with last_good(six.area) as data:
        live = Criteria.of(six.area).programmes
        step = data.judge(live).matcher.match(live[0])
    assert dict(step.select("patient_id", "step").rows())[ONE] == "decided already"


def test_a_count_that_moves_by_itself_changes_no_facts(six) -> None:
    before = facts_of(six, ONE)
    # The contact of September is out of a look-back of 12 months, and the medicine long out of its.
    next_night(six, on=date(2027, 9, 15))
    assert facts_of(six, ONE) == before
    assert facts_of(six, TWO) == before


def ids(rows: Iterable[int], judge) -> set[tuple[str, str]]:
    return set(judge.matcher.patients.select("practice_id", "patient_id")[list(rows)].rows())


def test_plan_and_night_agree_with_decisions_there(six) -> None:
    decide(six, ONE, "accepted")
    decide(six, TWO, "declined")
    decide(six, THREE, "record_wrong", facts=facts_of(six, THREE))
    decide(six, FOUR, "not_suitable", on=TOMORROW + timedelta(days=1))
    next_night(six)
    with last_good(six.area) as data:
        live = Criteria.of(six.area).programmes
        judge = data.judge(live)
        found = judge.lists(live)[NAME]
        assert ids(found.rows, judge) == {(ODS, patient) for patient in listed(six)}
        assert int(found.within_capacity.sum()) == sum(listed(six).values()) == 2
        steps = waterfall(judge, live[0], found)
        plan = Planner(judge, live).plan(live[0])
    # Whoever was decided on after the extract's day is off the list too.
    assert plan.totals["now"].to_list() == [2, 2]
    assert plan.totals["stay"].equals(plan.totals["now"], check_names=False)
    counts = dict(steps.select("step", "patients").rows())
    assert counts["Not needing another route"] - counts["Not: decided already"] == 4
    told = json.loads((six.area.published / six.current / "run.json").read_text())
    assert list(told["practices"][ODS]["patients_left_after_each_step"][NAME]) == steps["step"].to_list()


def test_a_plan_of_another_hide_for_counts_from_the_decisions_day(six) -> None:
    from reachwell.look_back import LookBack

    decide(six, ONE, "declined", on=DAY - timedelta(days=40))
    next_night(six)
    assert ONE not in listed(six)
    live = Criteria.of(six.area).programmes
    hide_for = live[0].when_declined.model_copy(update={"hide_for": LookBack(1, "month")})
    draft = live[0].model_copy(update={"when_declined": hide_for})
    with last_good(six.area) as data:
        plan = Planner(data.judge([*live, draft]), live).plan(draft)
    assert plan.totals["new"].to_list()[0] == plan.totals["now"].to_list()[0] + 1


def test_a_look_back_knows_only_what_was_decided_by_then(six) -> None:
    past = DAY - timedelta(days=400)
    decide(six, ONE, "not_suitable", on=past)
    decide(six, TWO, "not_suitable", on=past + timedelta(days=1))
    live = Criteria.of(six.area).programmes
    with last_good(six.area) as data:
        people = outcomes(data, live, NAME, past)
    assert set(people["patient_id"]) == set(SIX) - {ONE}


def test_a_decision_of_another_practice_or_programme_is_none(six) -> None:
    decide(six, ONE, "accepted", ods=OTHER)
    decide(six, TWO, "not_suitable", programme="another")
    next_night(six)
    assert set(listed(six)) == set(SIX)


def test_an_acceptance_in_another_programme_takes_the_place_too(six) -> None:
    decide(six, ONE, "accepted", programme="another")
    decide(six, ONE, "accepted")
    next_night(six)
    assert sum(listed(six).values()) == 2


def test_whoever_opts_out_takes_their_decisions_along(six) -> None:
    first = decide(six, ONE, "declined")
    decide(six, ONE, UNDO, undoes=first)
    decide(six, TWO, "accepted")
    next_night(six, {**SIX, ONE: "lonely alone opted_out"})
    with State(six.area.state).transaction() as db:
        assert db.execute("SELECT DISTINCT patient_id FROM decision").fetchall() == [(TWO,)]


def test_decisions_outlast_the_nights_that_are_kept(six) -> None:
    six.set("keep_nights", 1)
    decide(six, ONE, "accepted")
    next_night(six, on=date(2027, 3, 1))
    assert ONE not in listed(six)
