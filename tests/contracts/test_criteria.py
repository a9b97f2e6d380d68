"""The contract of a programme: one TOML file in criteria/."""

from functools import cache

import pytest

from reachwell.criteria import Programme, read
from reachwell.features import Feature, catalogue
from reachwell.plugs import find
from reachwell.sentences import described

FILES = find("criteria")
every_programme = pytest.mark.parametrize("name", FILES)
# The nine target groups of the Healthy London Partnership.
NINE = [
    "long_term_conditions",
    "low_activation",
    "medicine_cost",
    "frequent_attendance",
    "social_need",
    "mental_health",
    "not_using_services",
    "lives_alone",
    "at_risk",
]


@cache
def _catalogue() -> dict[str, Feature]:
    return catalogue()


@cache
def _programme(name: str) -> Programme:
    return read(FILES[name], _catalogue())


@every_programme
def test_it_parses(name: str) -> None:
    programme = _programme(name)
    assert programme.id == name
    assert programme.rule


@every_programme
def test_every_feature_exists(name: str) -> None:
    named = {leaf.feature for each in _programme(name).conditions for leaf in each.leaves()}
    assert named
    assert named <= _catalogue().keys()


@every_programme
def test_ids_are_unique(name: str) -> None:
    ids = [each.id for each in _programme(name).conditions]
    assert sorted({*ids}) == sorted(ids)


@every_programme
def test_the_review_is_due_after_it_was_reviewed(name: str) -> None:
    programme = _programme(name)
    assert programme.reviewed <= programme.review_due


@every_programme
def test_every_condition_has_a_sentence(name: str) -> None:
    for each in _programme(name).conditions:
        sentence = described(each, _catalogue())
        assert sentence.strip(), each.id
        assert "{" not in sentence, each.id
        assert "None" not in sentence, each.id


@every_programme
def test_yes_or_no_is_asked_of_what_is_yes_or_no(name: str) -> None:
    for leaf in (leaf for each in _programme(name).conditions for leaf in each.leaves()):
        if leaf.comparison[0]:
            is_flag = _catalogue()[str(leaf.feature)].is_flag
            assert isinstance(leaf.comparison[1], bool) == is_flag, leaf.feature


@every_programme
def test_a_look_back_goes_with_a_feature_that_has_one(name: str) -> None:
    for leaf in (leaf for each in _programme(name).conditions for leaf in each.leaves()):
        assert leaf.within is None or _catalogue()[str(leaf.feature)].within, leaf.feature


@every_programme
def test_the_threshold_can_be_reached(name: str) -> None:
    programme = _programme(name)
    assert sum(rule.most_points for rule in programme.rule) >= programme.list.threshold


def test_the_default_programme_has_the_nine_groups() -> None:
    assert [rule.id for rule in _programme("social_prescribing").rule] == NINE
