"""Assure: an analyst's own test patients, and whether a programme does with them what is expected.

Like a unit test of criteria: facts go in, and which rules are met and whether somebody is listed must come out.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import Field, ValidationError

from reachwell.conditions import Number, Part, Text
from reachwell.criteria import Programme, text_of
from reachwell.errors import FileMistakes
from reachwell.features import Feature
from reachwell.match import MET, NOT_ON_LIST, match
from reachwell.measure import Measured
from reachwell.mistakes import in_words, nearest

UNKNOWN = "unknown"
Fact = bool | Number | Annotated[str, Field(pattern=f"^{UNKNOWN}$")]


class TestPatient(Part):
    """One patient: what is known, and what is expected of the programme.

    facts: by feature, or by feature and look-back ("contact_days within 12 weeks"), a number, true, false or "unknown".
    What is not told is as in a whole record that says nothing of it.
    """

    __test__ = False

    name: Text
    age: Annotated[int, Field(ge=0, le=120)] = 50
    facts: Annotated[dict[str, Fact], Field(default_factory=dict)]
    rules: tuple[str, ...] = ()
    points: int | None = None
    listed: bool
    left_out: str | None = None
    route: str | None = None


class TestPatients(Part):
    """A file of them."""

    __test__ = False

    patient: Annotated[tuple[TestPatient, ...], Field(min_length=1)]


def read_patients(path: Path, programme: Programme, features: Mapping[str, Feature]) -> tuple[TestPatient, ...]:
    """Read a file of test patients; FileMistakes tells every mistake, with the patient's name."""
    try:
        found = TestPatients.model_validate(tomllib.loads(text_of(path))).patient
    except tomllib.TOMLDecodeError as error:
        raise FileMistakes(path.name, [f"is not TOML: {error}"]) from None
    except ValidationError as error:
        raise FileMistakes(path.name, in_words(error, names=TestPatient.model_fields)) from None
    names = [each.name for each in found]
    mistakes = [f"'{name}' is there more than once" for name in dict.fromkeys(names) if names.count(name) > 1]
    mistakes += [f"'{each.name}': {told}" for each in found for told in _unknown(each, programme, features)]
    if mistakes:
        raise FileMistakes(path.name, mistakes)
    return found


def failures(patients: Sequence[TestPatient], programme: Programme, features: Mapping[str, Feature]) -> list[str]:
    """What came out otherwise than expected, a line each; none where all is as expected."""
    judged = match(_measured(patients, programme, features), programme)
    rows = judged.sort("row").iter_rows(named=True)
    return [
        f"'{patient.name}': {told}"
        for patient, row in zip(patients, rows, strict=True)
        for told in _differences(patient, row, programme)
    ]


def _differences(patient: TestPatient, row: Mapping[str, Any], programme: Programme) -> Iterator[str]:
    met = {rule.id for rule in programme.rule if row[rule.id] == MET}
    for ids, told in ((met - {*patient.rules}, "met, not expected"), ({*patient.rules} - met, "expected, not met")):
        if ids:
            yield f"{', '.join(sorted(ids))}: {told}"
    if patient.points not in (None, row["points"]):
        yield f"{row['points']} points, expected {patient.points}"
    listed = row["step"] == "eligible" and row["points"] >= programme.list.threshold
    if listed != patient.listed:
        yield "on the list, not expected" if listed else "not on the list, expected"
    left_out = row["step"] if row["step"] not in ("eligible", "another route") else None
    for what, came, expected in (("left out by", left_out, patient.left_out), ("route", row["route"], patient.route)):
        if came != expected:
            yield f"{what} {came or 'none'}, expected {expected or 'none'}"


def _measured(patients: Sequence[TestPatient], programme: Programme, features: Mapping[str, Feature]) -> Measured:
    """The patients as a night would have measured them. Every window is whole, so that no count is a lower bound."""
    wanted = programme.wanted(features)
    ids = {"practice_id": ["test"] * len(patients), "patient_id": [each.name for each in patients]}
    values = {key: [_value(each, key, feature) for each in patients] for key, (feature, _) in wanted.items()}
    nobody = pl.lit(None, pl.Date)
    return Measured(
        on=date.today(),
        patients=pl.DataFrame({**ids, "age": [each.age for each in patients]}).with_columns(
            died_on=nobody, deregistered_on=nobody, registered=pl.lit(True)
        ),
        values=pl.DataFrame({**ids, **values}, schema_overrides=dict.fromkeys(values, pl.Float64)),
        found={},
        features={key: feature for key, (feature, _) in wanted.items()},
    )


def _value(patient: TestPatient, key: str, feature: Feature) -> float | None:
    told = patient.facts.get(key, patient.facts.get(feature.name, feature.absent))
    return None if told is None or told == UNKNOWN else float(told)


def _unknown(patient: TestPatient, programme: Programme, features: Mapping[str, Feature]) -> Iterator[str]:
    wanted = programme.wanted(features)
    kinds = {key: feature for key, (feature, _) in wanted.items()}
    kinds |= {feature.name: feature for feature, _ in wanted.values()}
    for name, value in patient.facts.items():
        if name not in kinds:
            yield f"{programme.id} asks for no fact '{name}'.{nearest(name, kinds)}"
        elif value != UNKNOWN and isinstance(value, bool) != kinds[name].is_flag:
            yield f"{name} should be {'true or false' if kinds[name].is_flag else f'a number ({kinds[name].unit})'}"
    known = {
        "rules": {rule.id for rule in programme.rule},
        "left_out": {*(each.id for each in programme.exclusions), *NOT_ON_LIST},
        "route": {each.id for each in programme.route},
    }
    given = {"rules": patient.rules, "left_out": (patient.left_out,), "route": (patient.route,)}
    for what, ids in given.items():
        for wrong in (each for each in ids if each and each not in known[what]):
            yield f"{what}: {programme.id} has no '{wrong}'.{nearest(wrong, known[what])}"
