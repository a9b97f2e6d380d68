"""What pydantic finds, in the words of someone who does not program."""

from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reachwell.errors import FileMistakes, exit_code_of
from reachwell.mistakes import in_words, nearest


class Worker(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1)
    hours: float = Field(default=1.0, ge=0, le=10)
    people: int = 0
    here: bool = True
    since: date = date(2026, 1, 1)
    kind: Literal["gp", "nurse"] = "gp"


class Team(BaseModel):
    model_config = ConfigDict(extra="forbid")

    worker: tuple[Worker, ...] = Field(min_length=1)


def words(**facts: object) -> list[str]:
    with pytest.raises(ValidationError) as told:
        Team.model_validate({"worker": [{"name": "A"}, {"name": "B", **facts}]})
    return in_words(told.value, names=Worker.model_fields)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"name": 7}, "worker.2.name: should be text in quotes"),
        ({"people": "many"}, "worker.2.people: should be a whole number"),
        ({"people": 1.5}, "worker.2.people: should be a whole number"),
        ({"hours": "a lot"}, "worker.2.hours: should be a number"),
        ({"hours": 11}, "worker.2.hours: should be less than or equal to 10"),
        ({"here": "yes"}, "worker.2.here: should be true or false"),
        ({"since": "soon"}, "worker.2.since: should be a date such as 2026-11-21"),
        ({"kind": "vet"}, "worker.2.kind: should be 'gp' or 'nurse'"),
        ({"name": ""}, "worker.2.name: should have at least 1 character"),
        ({"hous": 1}, "worker.2.hous: is not a known setting. Did you mean 'hours'?"),
        ({"xyz": 1}, "worker.2.xyz: is not a known setting"),
    ],
)
def test_a_mistake_says_where_and_what_was_expected(facts: dict[str, object], expected: str) -> None:
    (mistake,) = words(**facts)
    assert mistake == expected


def test_no_mistake_repeats_what_was_written() -> None:
    told = words(people="s3cret-1", hours="s3cret-2", since="s3cret-3", kind="s3cret-4", here="s3cret-5")
    assert len(told) == 5
    assert "s3cret" not in " ".join(told)


def test_what_is_missing_is_told_at_its_place() -> None:
    with pytest.raises(ValidationError) as told:
        Team.model_validate({"worker": [{}]})
    assert in_words(told.value) == ["worker.1.name: is missing"]
    with pytest.raises(ValidationError) as told:
        Team.model_validate({})
    assert in_words(told.value, prefix="file") == ["file.worker: is missing"]


def test_a_list_that_is_too_short_is_told_only_where_its_entries_are_right() -> None:
    with pytest.raises(ValidationError) as told:
        Team.model_validate({"worker": []})
    (mistake,) = in_words(told.value)
    assert mistake.startswith("worker: ")
    with pytest.raises(ValidationError) as told:
        Team.model_validate({"worker": [{"name": 7}]})
    assert in_words(told.value) == ["worker.1.name: should be text in quotes"]


def test_only_a_near_name_is_offered() -> None:
    names = ["pam_level", "phq9", "gad7"]
    assert nearest("pam_levle", names) == " Did you mean 'pam_level'?"
    assert nearest("phq", names) == " Did you mean 'phq9'?"
    assert nearest("cholesterol", names) == ""
    assert nearest("phq", []) == ""


def test_the_mistakes_of_a_file_are_told_together_and_counted() -> None:
    assert str(FileMistakes("a.toml", ["x"])) == "a.toml: x\n1 mistake in a.toml. Nothing was changed."
    assert str(FileMistakes("a.toml", ["x", "y"])).endswith("\n2 mistakes in a.toml. Nothing was changed.")


@pytest.mark.parametrize(("codes", "code"), [([], 0), ([0, 0], 0), ([0, 5], 5), ([5, 4, 0], 4), ([4, 1, 5, 2], 1)])
def test_the_lowest_exit_code_that_applies_wins(codes: list[int], code: int) -> None:
    assert exit_code_of(codes) == code
