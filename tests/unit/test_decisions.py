"""Decisions as events: which one stands, on which day, and for how long it keeps somebody off a list."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reachwell.decisions.effect import left_out, turns_on
from reachwell.decisions.events import Event, events, months_after, note, until
from reachwell.decisions.kinds import KINDS, REASONS, UNDO
from reachwell.decisions.standing import DECIDED, decided, standing
from reachwell.look_back import LookBack
from reachwell.match import DECIDED as DECIDED_ALREADY
from reachwell.match import ELIGIBLE, Matcher
from reachwell.state import State
from tests.generated import measured
from tests.practice import programme

ODS, NAME = "A00000", "social_prescribing"
DAY = date(2026, 11, 3)


def an_event(decision: str = "accepted", on: date = DAY, patient: str = "P00000", **more: object) -> Event:
    reason = "transport" if decision == "declined" else ""
    back = until(decision, on) if decision in KINDS else None
    fields = {"by": "Dr Hill", "source": "excel", "reason": reason, "until": back, "practice_id": ODS, **more}
    return Event(on=on, run_id="run", programme=NAME, patient_id=patient, decision=decision, **fields)  # type: ignore[arg-type]


def noted(state: State, *found: Event) -> list[Event]:
    with state.transaction() as db:
        note(db, found)
    return events(state, [ODS])


@pytest.fixture
def state(tmp_path) -> State:
    return State(tmp_path / "state.sqlite")


@pytest.mark.parametrize(
    ("on", "months", "back"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 1, date(2028, 3, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 9, 3), 3, date(2026, 12, 3)),
    ],
)
def test_months_are_calendar_months(on: date, months: int, back: date) -> None:
    assert months_after(on, months) == back


def test_an_event_comes_back_as_it_was_noted(state: State) -> None:
    first, second = an_event("declined"), an_event("back_in_1_month", patient="P00001", facts="f")
    found = noted(state, first, second)
    assert [replace(each, event=0, at="") for each in found] == [first, second]
    assert [each.event for each in found] == [1, 2]
    assert all(each.at for each in found)
    assert second.until == date(2026, 12, 3)


def test_the_later_decision_stands_and_both_are_kept(state: State) -> None:
    found = noted(state, an_event("accepted"), an_event("declined"))
    assert len(found) == 2
    assert standing(found)[NAME, ODS, "P00000"].decision == "declined"


def test_an_undo_brings_back_the_decision_before_and_can_be_undone(state: State) -> None:
    noted(state, an_event("accepted"), an_event("declined"), an_event(UNDO, undoes=2))
    assert [each.decision for each in standing(events(state, [ODS])).values()] == ["accepted"]
    noted(state, an_event(UNDO, undoes=1))
    assert standing(events(state, [ODS])) == {}
    noted(state, an_event(UNDO, undoes=3))
    assert [each.decision for each in standing(events(state, [ODS])).values()] == ["declined"]


def test_only_events_up_to_a_day_count(state: State) -> None:
    later = DAY + timedelta(days=2)
    noted(state, an_event("accepted"), an_event(UNDO, on=later, undoes=1), an_event("already", on=later))
    for on, told in ((DAY - timedelta(days=1), []), (DAY, ["accepted"]), (later, ["already"]), (None, ["already"])):
        assert decided(state, [ODS], on)["decision"].to_list() == told
    assert decided(state, ["B00000"], later).is_empty()
    assert decided(state, [], None).is_empty()


def test_nothing_is_noted_of_whoever_has_opted_out(state: State) -> None:
    state.note_opted_out(ODS, {"P00000"}, "run")
    assert [each.patient_id for each in noted(state, an_event(), an_event(patient="P00001"))] == ["P00001"]


def test_an_opt_out_takes_all_events_of_the_patient_out_of_the_file(state: State, tmp_path) -> None:
    noted(state, an_event(patient="ZQ7KLA01"), an_event(UNDO, patient="ZQ7KLA01", undoes=1), an_event(patient="P00001"))
    state.note_opted_out(ODS, {"ZQ7KLA01"}, "run")
    assert [each.patient_id for each in events(state, [ODS])] == ["P00001"]
    # A row of the table of those who are out, and its place in that table's index.
    assert (tmp_path / "state.sqlite").read_bytes().count(b"ZQ7KLA01") == 2
    assert noted(state, an_event(patient="P00002"))[-1].event == 4, "the number of an erased event is given again"


def test_a_state_of_before_has_the_table_when_it_is_opened(tmp_path) -> None:
    path = tmp_path / "state.sqlite"
    State(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE decision")
    assert noted(State(path), an_event())


# A twin in plain Python: events are (patient, decision) or the place of the event that is undone.
STEPS = st.lists(st.one_of(st.tuples(st.sampled_from("ab"), st.sampled_from(sorted(KINDS))), st.integers(0, 30)))


@given(STEPS)
def test_what_stands_is_what_a_plain_twin_says(steps: list) -> None:
    found, history = [], []
    for number, step in enumerate(steps, 1):
        if isinstance(step, int):
            if not found:
                continue
            of = found[step % len(found)]
            found.append(an_event(UNDO, patient=of.patient_id, undoes=of.event, event=number))
        else:
            found.append(an_event(step[1], patient=step[0], event=number))
        history.append(found[-1])

    def counts(event: Event) -> bool:
        return not any(each.undoes == event.event and counts(each) for each in history)

    twin: dict[str, str] = {}
    for each in history:
        if each.undoes is None and counts(each):
            twin[each.patient_id] = each.decision
    assert {patient: each.decision for (_, _, patient), each in standing(found).items()} == twin


def frame(*found: Event) -> pl.DataFrame:
    rows = [(*each.person, each.decision, each.reason, each.on, each.until, each.facts) for each in found]
    return pl.DataFrame(rows, schema=DECIDED, orient="row")


def words_on(on: date, event: Event, hide_for: str = "12 months") -> str | None:
    """Why the patient is left out at an index date, or None."""
    of = measured(1, patients=1, practices=1, on=on)
    changed = programme().when_declined.model_copy(update={"hide_for": LookBack.parse(hide_for)})
    asked = programme().model_copy(update={"when_declined": changed})
    told = left_out(frame(event), asked, Matcher([of]))
    return told.to_list()[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("decision", "on", "last_day_off"),
    [
        ("accepted", DAY, date(2027, 11, 2)),
        ("already", DAY, date(2027, 11, 2)),
        # As a referral of that day would: the window of 12 months before 28 February 2029 still holds it.
        ("accepted", date(2028, 2, 29), date(2029, 2, 28)),
        ("declined", DAY, date(2027, 11, 2)),
        ("not_suitable", DAY, date(2027, 2, 2)),
        ("not_suitable", date(2026, 11, 30), date(2027, 2, 27)),
        ("back_in_1_month", date(2027, 1, 31), date(2027, 2, 27)),
        ("back_in_1_month", date(2028, 1, 31), date(2028, 2, 28)),
        ("back_in_3_months", DAY, date(2027, 2, 2)),
    ],
)
def test_somebody_is_off_the_list_for_so_long(decision: str, on: date, last_day_off: date) -> None:
    event = an_event(decision, on=on)
    assert words_on(on, event)
    assert words_on(last_day_off, event)
    assert words_on(last_day_off + timedelta(days=1), event) is None


def test_somebody_who_declined_is_off_for_the_programmes_hide_for() -> None:
    event = an_event("declined")
    assert words_on(date(2027, 5, 2), event, "6 months")
    assert words_on(date(2027, 5, 3), event, "6 months") is None
    assert words_on(date(2026, 11, 16), event, "2 weeks")
    assert words_on(date(2026, 11, 17), event, "2 weeks") is None


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (an_event("accepted"), "Accepted for a link worker on 3 Nov 2026"),
        (an_event("already"), "Already with a link worker, as said on 3 Nov 2026"),
        (an_event("declined"), "Declined social prescribing on 3 Nov 2026: transport"),
        (an_event("declined", reason="language"), "Declined social prescribing on 3 Nov 2026: language or literacy"),
        (an_event("not_suitable"), "Not suitable now, as said on 3 Nov 2026; back from 3 Feb 2027"),
        (an_event("back_in_1_month"), "To be brought back on 3 Dec 2026, as said on 3 Nov 2026"),
        (an_event("back_in_3_months"), "To be brought back on 3 Feb 2027, as said on 3 Nov 2026"),
    ],
)
def test_the_reason_is_told_in_words(event: Event, words: str) -> None:
    assert words_on(DAY + timedelta(days=7), event) == words


def test_every_decision_fits_the_drop_down_and_says_what_it_does() -> None:
    assert len({each.label for each in KINDS.values()}) == len(KINDS)
    assert all(each.does and each.says.count("{day}") == 1 for each in KINDS.values())
    assert all(len(",".join(labels)) <= 255 for labels in ([each.label for each in KINDS.values()], REASONS.values()))
    assert [name for name, each in KINDS.items() if each.months] == [
        name for name, each in KINDS.items() if "{until}" in each.says
    ]


def test_the_matchers_answers_stay_right_whatever_was_asked_before() -> None:
    of = measured(3, patients=200, practices=1)
    key, within_a_month = "social_prescribing_declined within 1 month", pl.lit(0.0)
    of = replace(of, values=of.values.with_columns(within_a_month.alias(key)))
    plain = Matcher([of])
    eligible = [row["patient_id"] for row in plain.match(programme()).to_dicts() if row["step"] == ELIGIBLE]
    first, second, third, others = *eligible[:3], eligible[3:]
    found = frame(
        an_event("declined", on=of.on - timedelta(days=100), patient=first),
        an_event("back_in_1_month", on=of.on, patient=second),
        replace(an_event("accepted", on=of.on, patient=third), programme="another"),
    )
    matcher = Matcher([of], found)
    shorter = programme().when_declined.model_copy(update={"hide_for": LookBack(1, "month")})
    asked = {
        "live": (programme(), {first, second}),
        "short": (programme().model_copy(update={"when_declined": shorter}), {second}),
        "another": (programme().model_copy(update={"id": "another"}), {third}),
        "none": (programme().model_copy(update={"id": "none"}), set()),
    }
    for name in ("live", "short", "another", "none", "live", "none", "another", "short"):
        judged, off = asked[name]
        told = matcher.match(judged)
        assert set(told.filter(step=DECIDED_ALREADY)["patient_id"]) == off
        assert set(told.filter(pl.col("decided").is_not_null())["patient_id"]) == off
        assert set(others) <= set(told.filter(step=ELIGIBLE)["patient_id"])
        assert told.equals(Matcher([of], found).match(judged))


def test_other_points_leave_the_steps_as_they_are() -> None:
    """What was worked out for one plan is there for the next."""
    of = measured(3, patients=50, practices=1)
    found = frame(
        an_event("record_wrong", on=of.on, patient="P00000"), an_event("accepted", on=of.on, patient="P00001")
    )
    matcher, live = Matcher([of], found), programme()
    other = live.model_copy(update={"rule": (live.rule[0].model_copy(update={"points": 9}), *live.rule[1:])})
    assert matcher.step(live) is matcher.step(other)
    fewer = live.model_copy(update={"rule": live.rule[1:]})
    assert turns_on(found, fewer) != turns_on(found, live) == turns_on(found, other)
    without = found.filter(decision="accepted")
    assert turns_on(without, fewer) == turns_on(without, live)
    assert turns_on(None, live) == ()
