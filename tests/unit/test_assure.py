"""Test patients that are wrong are told as such, and those that come out otherwise say how."""

from pathlib import Path

import pytest

from reachwell.assure import failures, read_patients
from reachwell.criteria import Programme, read_programme
from reachwell.errors import FileMistakes
from reachwell.features import catalogue

ALONE = "facts = { contact_days = 3, social_need = true, lives_alone = true }\n"


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme("social_prescribing", catalogue())


def written(folder: Path, *patients: str) -> Path:
    path = folder / "patients.toml"
    path.write_text("".join(f"[[patient]]\n{each}" for each in patients), encoding="utf-8")
    return path


def told(folder: Path, programme: Programme, *patients: str) -> list[str]:
    return failures(read_patients(written(folder, *patients), programme, catalogue()), programme, catalogue())


@pytest.mark.parametrize(("expected", "words"), [
    ('rules = ["social_need", "lives_alone"]\nlisted = true\n', []),
    ('rules = ["social_need", "lives_alone"]\nlisted = true\npoints = 5\n', []),
    ('rules = ["social_need"]\nlisted = true\n', ["lives_alone: met, not expected"]),
    ('rules = ["social_need", "lives_alone", "at_risk"]\nlisted = true\n', ["at_risk: expected, not met"]),
    ('rules = ["social_need", "lives_alone"]\nlisted = false\n', ["on the list, not expected"]),
    ('rules = ["social_need", "lives_alone"]\nlisted = true\npoints = 4\n', ["5 points, expected 4"]),
    ('rules = ["social_need", "lives_alone"]\nlisted = true\nroute = "care_home"\n',
     ["route none, expected care_home"]),
    ('rules = ["social_need", "lives_alone"]\nlisted = true\nleft_out = "referred"\n',
     ["left out by none, expected referred"]),
])  # fmt: skip
def test_what_comes_out_otherwise_is_told(
    tmp_path: Path, programme: Programme, expected: str, words: list[str]
) -> None:
    found = told(tmp_path, programme, f'name = "Zoë"\n{ALONE}{expected}')
    assert found == [f"'Zoë': {each}" for each in words]


def test_a_fact_of_one_look_back_goes_before_that_of_the_feature(tmp_path: Path, programme: Programme) -> None:
    facts = 'facts = { contact_days = 3, "loneliness_score within 24 months" = 6, loneliness_score = 0 }\n'
    assert told(tmp_path, programme, f'name = "A"\n{facts}rules = ["social_need"]\nlisted = false\n') == []


@pytest.mark.parametrize(("patient", "words"), [
    ("listed = true\n", "patient.1.name: is missing"),
    ('name = "A"\n', "patient.1.listed: is missing"),
    ('name = "A"\nlisted = true\nrule = ["x"]\n', "rule: is not a known setting. Did you mean 'rules'?"),
    ('name = "A"\nlisted = true\nage = 130\n', "age: should be less than or equal to 120"),
    ('name = "A"\nlisted = true\nfacts = { live_alone = true }\n',
     "asks for no fact 'live_alone'. Did you mean 'lives_alone'?"),
    ('name = "A"\nlisted = true\nfacts = { lives_alone = 1 }\n', "lives_alone should be true or false"),
    ('name = "A"\nlisted = true\nfacts = { hba1c = true }\n', "hba1c should be a number (mmol/mol)"),
    ('name = "A"\nlisted = true\nfacts = { hba1c = "high" }\n', "patient.1.facts.hba1c"),
    ('name = "A"\nlisted = true\nfacts = { hba1c = nan }\n', "patient.1.facts.hba1c"),
    ('name = "A"\nlisted = true\nrules = ["at_rsk"]\n',
     "rules: social_prescribing has no 'at_rsk'. Did you mean 'at_risk'?"),
    ('name = "A"\nlisted = true\nroute = "referred"\n', "route: social_prescribing has no 'referred'"),
    ('name = "A"\nlisted = true\nleft_out = "care_home"\n', "left_out: social_prescribing has no 'care_home'"),
    ('name = "A"\nlisted = true\n[[patient]]\nname = "A"\nlisted = true\n', "'A' is there more than once"),
    ("x =", "is not TOML"),
])  # fmt: skip
def test_a_mistake_of_the_file_is_told(tmp_path: Path, programme: Programme, patient: str, words: str) -> None:
    with pytest.raises(FileMistakes) as refused:
        read_patients(written(tmp_path, patient), programme, catalogue())
    assert words in str(refused.value)


def test_an_empty_file_is_a_mistake(tmp_path: Path, programme: Programme) -> None:
    with pytest.raises(FileMistakes, match="patient"):
        read_patients(written(tmp_path), programme, catalogue())
