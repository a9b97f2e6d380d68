"""Every file of test patients is as its programme does, and notices whatever is changed in it."""

import copy
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from reachwell.assure import TestPatient, failures, read_patients
from reachwell.criteria import Programme, ProgrammeFile, read_programme
from reachwell.features import Feature, catalogue
from reachwell.plugs import find, find_one

NAMES = sorted(find("criteria/patients"))
NUMBERS = ("at_least", "at_most", "more_than", "less_than", "between", "is_one_of")


@cache
def features() -> dict[str, Feature]:
    return catalogue()


@cache
def patients(name: str) -> tuple[TestPatient, ...]:
    return read_patients(find_one("criteria/patients", name), read_programme(name, features()), features())


def changed(raw: dict[str, Any]) -> Programme:
    return Programme(**dict(ProgrammeFile.model_validate(raw)), id="changed", digest="")


def raw_of(name: str) -> dict[str, Any]:
    return tomllib.loads(find_one("criteria", name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_they_come_out_as_expected(name: str) -> None:
    assert failures(patients(name), read_programme(name, features()), features()) == []


def test_the_default_programme_has_at_least_thirty() -> None:
    assert len(patients("social_prescribing")) >= 30


def changes(raw: dict[str, Any]) -> Iterator[tuple[str, list[Any], object]]:
    """What to change: its name, the way to it, and the value to put there."""
    yield from (("minimum age", ["population", "minimum_age"], age) for age in (17, 19))
    yield from (("threshold", ["list", "threshold"], each) for each in (4, 6))
    for kind in ("exclude", "route", "rule"):
        for place, entry in enumerate(raw[kind]):
            way = [kind, place]
            if "points" in entry:
                yield from ((f"{entry['id']} points", [*way, "points"], entry["points"] + by) for by in (-1, 1))
            yield from ((f"{entry['id']} {told}", to, value) for told, to, value in _in_condition(entry, way))


def _in_condition(entry: dict[str, Any], way: list[Any]) -> Iterator[tuple[str, list[Any], object]]:
    for part in ("all", "any"):
        for place, each in enumerate(entry.get(part, [])):
            yield from _in_condition(each, [*way, part, place])
    if "is" in entry:
        yield f"{entry['feature']} is", [*way, "is"], not entry["is"]
    for name in NUMBERS:
        values = entry.get(name, [])
        for place, value in enumerate(values if isinstance(values, list) else [values]):
            step = 1 if isinstance(value, int) else 0.1 if value > 1 else 0.01
            for by in (-step, step):
                to = [*way, name, place] if isinstance(values, list) else [*way, name]
                yield f"{entry['feature']} {name} {value}{by:+g}", to, round(value + by, 3)


CHANGES = [(name, *change) for name in NAMES for change in changes(raw_of(name))]


@pytest.mark.parametrize(("name", "told", "way", "value"), CHANGES, ids=[f"{each[0]}: {each[1]}" for each in CHANGES])
def test_every_threshold_points_and_answer_that_is_changed_is_noticed(
    name: str, told: str, way: list[Any], value: object
) -> None:
    raw = copy.deepcopy(raw_of(name))
    place: Any = raw
    for step in way[:-1]:
        place = place[step]
    assert place[way[-1]] != value
    place[way[-1]] = value
    assert failures(patients(name), changed(raw), features())


@pytest.mark.parametrize(
    ("name", "kind", "place"),
    [
        (name, kind, place)
        for name in NAMES
        for kind in ("exclude", "route", "rule")
        for place in range(len(raw_of(name)[kind]))
    ],
)
def test_every_exclusion_route_and_rule_that_is_left_out_is_noticed(name: str, kind: str, place: int) -> None:
    raw = raw_of(name)
    left = raw[kind].pop(place)
    if kind == "rule":
        # Its patients name it, so that it must be there, and give nothing.
        raw[kind].insert(
            place, {**left, "all": [{"feature": "diabetes", "is": True}, {"feature": "diabetes", "is": False}]}
        )
        for each in ("feature", "any", *NUMBERS, "is", "within"):
            raw[kind][place].pop(each, None)
    assert failures(patients(name), changed(raw), features())
