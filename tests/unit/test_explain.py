"""A programme in plain English says all that the file says, and nothing of it in code."""

import pytest

from reachwell.criteria import Programme, json_schema, read_programme
from reachwell.explain import in_plain_english, sql_of
from reachwell.features import catalogue
from reachwell.plugs import find, find_one


@pytest.fixture(scope="module")
def shipped() -> Programme:
    return read_programme("social_prescribing", catalogue())


@pytest.fixture(scope="module")
def text(shipped: Programme) -> str:
    return in_plain_english(shipped, catalogue())


def test_every_rule_exclusion_and_route_is_told(shipped: Programme, text: str) -> None:
    for rule in shipped.rule:
        assert f"{rule.label}: " in text
    for each in (*shipped.exclusions, *shipped.route):
        assert each.because in text
    assert "5 points or more" in text
    assert "aged 18 or over" in text
    assert "225 people a year" in text
    assert "reviewed on 1 November 2026, next review due on 1 November 2027" in text


def test_it_is_told_in_the_order_in_which_it_is_applied(text: str) -> None:
    parts = ["Whom it speaks of", "Not on the list", "Needs somebody else", "Points:", "On the list:", "Places:"]
    assert sorted(parts, key=text.index) == parts


def test_no_name_of_a_feature_is_told(shipped: Programme, text: str) -> None:
    names = {name for name in catalogue() if "_" in name}
    assert names
    assert not [name for name in names if name in text]


def test_the_sql_of_each_feature_at_each_look_back_is_told_once(shipped: Programme) -> None:
    told = sql_of(shipped, catalogue())
    for key, (feature, _) in shipped.wanted(catalogue()).items():
        assert told.count(f"-- {key}: {feature.title} ") == 1
        assert feature.file.sql.strip() in told


@pytest.mark.parametrize("name", sorted(find("criteria")))
def test_every_shipped_programme_can_be_explained(name: str) -> None:
    told = in_plain_english(read_programme(name, catalogue()), catalogue())
    assert "{" not in told
    assert "None" not in told


def test_the_schema_that_is_shipped_is_the_one_that_is_printed() -> None:
    assert find_one("criteria", "social_prescribing").with_name("criteria.schema.json").read_text() == json_schema()
