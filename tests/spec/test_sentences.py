"""Sentences: what a rule says it found, in its features' own words; lists, `why` and the docs all say the same."""

from datetime import date
from typing import Any

import pytest

from reachwell.outcome import leaf_of
from reachwell.sentences import described, explained, needed, shown
from tests.practice import ON, Practice, catalogue, judged, programme
from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient  | on_date    | code                         | value || low_activation sentence | low_activation day
    low      | 2026-05-01 | 962851000000103 PAM level    | 2     || PAM level 2             | 2026-05-01
    high     | 2026-05-01 | 962851000000103 PAM level    | 3     || PAM level 3 (needs 1 or 2) | 2026-05-01

    found
    patient  || low_activation sentence                               | low_activation day
    nobody   || Patient activation (PAM) level not known in 24 months | -
""")
def test_a_rule_says_what_was_found_and_what_it_would_have_needed():
    """With the day of the evidence. What is not known says of which time."""


@chapter.shows("""
    event
    patient  | on_date    | code                          || long_term_conditions sentence
    one      | 2010-01-01 | 195967001 Asthma              || A long-term condition: asthma
    three    | 2010-01-01 | 84757009 Epilepsy             ||
             | 2012-01-01 | 195967001 Asthma              ||
             | 2014-01-01 | 38341003 Hypertensive disorder|| 3 long-term conditions: asthma, epilepsy, hypertension

    found
    patient  || long_term_conditions sentence
    healthy  || No long-term condition (needs at least 1)
""")
def test_one_and_none_are_said_in_words():
    """A GP reads "a long-term condition", not "1 long-term conditions"."""


@chapter.shows("""
    event
    patient      | on_date    | code                        || lives_alone sentence
    fresh        | 2022-01-01 | 105529008 Lives alone       || Lives alone
    stale        | 2021-11-21 | 105529008 Lives alone       || Lives alone (recorded over 5 years ago)
    just fresh   | 2021-11-22 | 105529008 Lives alone       || Lives alone
    undated      |            | 105529008 Lives alone       || Lives alone (date not known)
    family       | 2022-01-01 | 224133007 Lives with family || Lives with others

    found
    patient      || lives_alone sentence
    unknown      || Lives alone not known
""")
def test_a_stale_living_status_is_told_as_stale():
    """Older than 5 years is still known, and whoever reads it should ask again."""


@chapter.shows("""
    event
    patient   | on_date    | code                     || social_need sentence
    several   | 2026-05-01 | 32911000 Homeless        ||
              | 2026-05-02 | 267076002 Feeling lonely || Social need recorded: housing, loneliness
""")
def test_only_what_decided_is_told():
    """Of several ways to meet a rule, those that did."""


@chapter.shows("""
    event
    patient    | on_date    | code                         | value || mental_health sentence
    met        | 2026-10-01 | 35489007 Depressive disorder |       ||
               | 2026-10-01 | 720433000 PHQ-9              | 9     ||
               | 2026-10-01 | 445455005 GAD-7              | 2     || Depression or anxiety recorded; PHQ-9 9
    not met    | 2026-10-01 | 35489007 Depressive disorder |       ||
               | 2026-10-01 | 720433000 PHQ-9              | 20    || PHQ-9 20 (needs 5 to 14)
    unmeasured | 2026-10-01 | 35489007 Depressive disorder |       || Depression or anxiety recorded
""")
def test_of_a_rule_with_several_parts_each_part_that_decided_is_told():
    """A score in its range next to one that is not is the one that decided."""


@chapter.shows("""
    contact
    patient   | on_date    | days || frequent_attendance sentence
    tied x 10 | 2026-11-01 | 15   ||
    not tied  | 2026-11-01 | 20   ||
    second    | 2026-11-01 | 16   ||

    found
    patient   || frequent_attendance sentence
    not tied  || Among the 5% who attend most for their sex and age; 20 days with a clinical contact in 12 months
    second    || Among the 10% who attend most for their sex and age; 16 days with a clinical contact in 12 months
    quiet x 8 || Among the 65% who * (needs at most 10%); no clinical contact in 12 months (needs at least 10)
""")
def test_a_rank_is_told_as_a_share():
    """Twenty people: the first is 5%, the second 10%; whoever follows twelve others is among the 65%."""


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_rank value
    tied x 3  | 2026-11-01 | 15   || 0.1

    found
    patient   || frequent_attendance sentence
    tied 1    || Among the 10% who attend most for their sex and age (level with 2 others); *
    quiet x 7 || Among the 40% who attend most for their sex and age (level with 6 others) (needs at most 10%); *
""")
def test_a_tie_is_told():
    """And not hidden by an order that means nothing."""


@chapter.shows("""
    contact
    patient   | on_date    | days || frequent_attendance sentence
    tied x 2  | 2026-11-01 | 15   || Among the 10% who attend most for their sex and age (level with 1 other); *

    found
    patient   || contact_rank value
    quiet x 8 || 0.3
""")
def test_a_tie_of_two_is_with_one_other():
    """Not with "1 others"."""


@chapter.shows("""
    contact
    patient   | on_date    | days || frequent_attendance sentence
    first x 6 | 2026-11-01 | 20   ||
    seventh   | 2026-11-01 | 12   || Among the 7% who attend most for their sex and age; *

    found
    patient    || contact_rank value
    quiet x 93 || 0.08
""")
def test_the_seventh_of_a_hundred_is_among_the_7_per_cent():
    """In floating point 0.07 times 100 is a little more than 7, which is not 8."""


@chapter.shows("""
    medicine
    patient | on_date    | cost_pence || medicine_cost sentence
    enough  | 2026-11-01 | 24000      || £20.00 of medicines a week over 12 weeks
    half    | 2026-11-01 | 12000      || £10.00 of medicines a week over 12 weeks (needs at least £20.00)
""")
def test_money_is_told_in_pounds_and_pence():
    """To the penny, with two digits."""


@chapter.shows("""
    medicine
    patient | on_date    | cost_pence || medicine_cost sentence
    nearly  | 2026-11-01 | 23999      || £19.99 of medicines a week over 12 weeks (needs at least £20.00)
""")
def test_a_sum_that_is_not_enough_does_not_read_as_if_it_were():
    """£239.99 in 12 weeks are £19.9992 a week, which would round to £20.00."""


@chapter.shows("""
    patient
    patient | registered_on
    new     | 2026-10-01

    medicine
    patient | on_date    | cost_pence || medicine_cost sentence
    new     | 2026-11-01 | 1200       || At least £1.00 of *, but the record is not whole * (needs at least £20.00)
""")
def test_a_lower_bound_is_told_as_one():
    """With what it would have needed."""


def found(practice: Practice, folder: Any) -> list[dict[str, Any]]:
    """What every rule says of everybody in a practice."""
    measured, matches = judged([practice], ON, folder)
    return explained(measured, matches, programme()).rows(named=True)


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What is said of two people who registered lately: one who was seen three times, and one who was not."""
    practice = Practice(
        patient=[{"patient_id": who, "registered_on": date(2026, 10, 1)} for who in ("seen", "not seen")],
        event=[{"patient_id": "seen", "code": "271737000"}],
        contact=[{"patient_id": "seen", "on_date": date(2026, 11, day)} for day in (1, 2, 3)],
        medicine=[{"patient_id": "seen", "name": "Amlodipine 5mg tablets", "cost_pence": 100}],
    )
    return found(practice, tmp_path_factory.mktemp("lake"))


def test_none_found_in_a_record_that_is_not_whole_is_not_told_as_at_least_none(newcomers: list[dict[str, Any]]) -> None:
    assert [row["sentence"] for row in newcomers if "at least no " in row["sentence"].lower()] == []


def test_a_rules_value_is_told_in_its_own_unit(newcomers: list[dict[str, Any]]) -> None:
    """Three contact days are no share of 3."""
    told = {row["patient_id"]: (row["value"], row["unit"]) for row in newcomers if row["rule"] == "frequent_attendance"}
    assert told["seen"] in [(3.0, "days"), (None, "share")]
    assert told["not seen"] in [(0.0, "days"), (None, "share")]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (10, "days", "10"), (5.5, "mmol/L", "5.5"), (0.1, "share", "10%"), (20, "pounds a week", "£20.00"),
        (2.5, "pounds a week", "£2.50"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float, unit: str, words: str) -> None:
    assert shown(value, unit) == words


def test_every_comparison_of_the_programme_is_said_in_words() -> None:
    features = catalogue()
    leaves = [leaf_of(leaf, features) for rule in programme().rule for leaf in rule.leaves()]
    words = {leaf.key: needed(leaf.condition, leaf.feature) for leaf in leaves}
    assert words["contact_rank within 12 months"] == "at most 10%"
    assert words["pam_level within 24 months"] == "1 or 2"
    assert words["fasting_glucose within 12 months"] == "5.5 to 6.9"
    assert words["missed_appointments within 36 months"] == "more than 6"
    assert words["medicine_pounds_per_week within 12 weeks"] == "at least £20.00"
    assert {leaf.key for leaf in leaves if leaf.feature.is_flag} == {key for key, each in words.items() if not each}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("lives_alone", "lives alone"),
        ("low_activation", "patient activation (PAM) level 1 or 2 in 24 months"),
        (
            "frequent_attendance",
            "rank by contact days at most 10% in 12 months and contact days at least 10 in 12 months",
        ),
        (
            "not_using_services",
            (
                "long-term conditions at least 1 and "
                "(contact days at most 0 in 12 months or missed appointments more than 6 in 36 months)"
            ),
        ),
        (
            "at_risk",
            "no diabetes and (HbA1c 42 to 47 in 12 months or fasting glucose 5.5 to 6.9 in 12 months or prediabetes)",
        ),
    ],
)
def test_a_rule_is_described_for_the_page_of_rules(rule: str, words: str) -> None:
    """What stands in brackets belongs together; names keep their capitals."""
    assert described(next(each for each in programme().rule if each.id == rule), catalogue()) == words
