"""A sweep as an analyst writes it: values, the number of the file that is meant, and words where there is none."""

import tomllib
from copy import deepcopy

import pytest

from reachwell.criteria import programme_of
from reachwell.errors import UsageError
from reachwell.features import catalogue
from reachwell.plugs import find_one
from reachwell.tuning.sweep import changed, now_of, sweep_of

RAW = tomllib.loads(find_one("criteria", "social_prescribing").read_text(encoding="utf-8"))

VALUES = {
    "list.threshold=3..5": (3, 4, 5),
    "a.points=1..1": (1,),
    "a.points=0..4:2": (0, 2, 4),
    "a.b=0..5:2": (0, 2, 4),
    "a.contact_rank=0.05..0.20:0.05": (0.05, 0.1, 0.15, 0.2),
    "a.hba1c=-1..1": (-1, 0, 1),
    "  list.threshold=3..3  ": (3,),
}


@pytest.mark.parametrize(("text", "values"), VALUES.items())
def test_values_are_those_from_to_by_step(text: str, values: tuple[float, ...]) -> None:
    """In decimals: ten steps of 0.01 are 0.1."""
    found = sweep_of(text).values
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


WRONG = {
    "list.threshold": "is no range of values: write RULE.FIELD=FROM..TO",
    "threshold=3..5": "is no range of values",
    "list.threshold=3-5": "is no range of values",
    "list.threshold=a..b": "is no range of values",
    "list.threshold=": "is no range of values",
    "list.threshold=5..3": "has no values: FROM comes before TO",
    "list.threshold=3..5:0": "STEP is more than 0",
    "list.threshold=3..5:-1": "STEP is more than 0",
    "list.threshold=1..1000000": "has 1,000,000 values; 100 at most. Take a larger step",
    "list.threshold=١..٣": "is no range of values",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items())
def test_what_is_no_range_is_told(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("(", r"\(")):
        sweep_of(text)


NUMBERS = {
    "list.threshold": 5,
    "list.caseload_per_year": 225,
    "population.minimum_age": 18,
    "lives_alone.points": 2,
    "long_term_conditions.at_least": 1,
    "long_term_conditions.long_term_conditions": 1,
    "long_term_conditions.long_term_conditions.at_least": 1,
    "frequent_attendance.contact_days": 10,
    "frequent_attendance.contact_rank": 0.10,
    "social_need.symptom_chapters": 4,
    "social_need.new_long_term_conditions.at_most": 0,
    "not_using_services.missed_appointments.more_than": 6,
    "severe_depression.phq9": 15,
}


@pytest.mark.parametrize(("name", "value"), NUMBERS.items())
def test_a_number_is_found_and_changed_alone(name: str, value: float) -> None:
    """However deep it is nested; and what is made of the file says so."""
    before = deepcopy(RAW)
    assert now_of(RAW, name) == value
    after = changed(RAW, {name: value + 1 if value >= 1 else value + 0.5})
    assert now_of(after, name) != value
    assert before == RAW
    assert changed(after, {name: value}) == RAW
    # By what each decides, and not by the text that it is made of.
    made, live = (programme_of(each, "x.toml", catalogue(), "x") for each in (after, RAW))
    assert made != live


def test_a_number_that_the_file_leaves_to_its_default_can_be_changed() -> None:
    raw = {key: each for key, each in RAW.items() if key != "population"}
    assert now_of(raw, "population.minimum_age") is None
    assert changed(raw, {"population.minimum_age": 50})["population"] == {"minimum_age": 50}
    assert "population" not in raw


NO_NUMBER = {
    "live_alone.points": r"no rule is called 'live_alone'\. Did you mean 'lives_alone'\?",
    "nothing.points": "There are: .*lives_alone.*list, population",
    "lives_alone.point": r"'lives_alone' has no number 'point' to change\. Did you mean 'points'\?",
    "lives_alone.lives_alone": "There are: points",
    "care_home.points": "It asks for no number",
    "mental_health.phq9": "has no number 'phq9' to change",
    "list.order": "list has no number 'order' to change; there are: threshold, caseload_per_year",
}


@pytest.mark.parametrize(("name", "words"), NO_NUMBER.items())
def test_a_number_that_is_not_there_is_told_with_those_that_are(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        changed(RAW, {name: 1})


def test_a_number_that_is_there_twice_is_not_guessed() -> None:
    raw = deepcopy(RAW)
    rule = next(each for each in raw["rule"] if each["id"] == "frequent_attendance")
    rule["all"].append({"feature": "contact_days", "within": "12 weeks", "at_least": 3})
    with pytest.raises(UsageError, match="has more than one contact_days: change the file and use criteria plan"):
        changed(raw, {"frequent_attendance.contact_days": 1})
