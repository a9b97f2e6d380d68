"""The analyst's commands as people type them: exit codes, JSON on stdout, one message for a mistake, nobody's rows."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reachwell.__main__ import main
from reachwell.plugs import find_one

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")
SHIPPED = find_one("criteria", "social_prescribing").read_text(encoding="utf-8")
Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(settled, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """command(*words) runs in an area with lists; a file draft.toml has another threshold: code, stdout, stderr."""
    text = SHIPPED.replace('"2026.1"', '"2026.2"').replace("threshold         = 5", "threshold = 3")
    (settled.folder / "draft.toml").write_text(text, encoding="utf-8")
    (settled.folder / "same.toml").write_text(SHIPPED, encoding="utf-8")
    monkeypatch.chdir(settled.folder)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reachwell", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        settled.tells_nothing_of_patients(told.out + told.err, ("patient_id",))
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["draft.toml"], 0),
        (["draft.toml", "--detailed-exit-code"], 3),
        (["draft.toml", "--detailed-exit-code", "--json"], 3),
        (["same.toml", "--detailed-exit-code"], 0),
        (["gone.toml", "--detailed-exit-code"], 2),
    ],
)
def test_plan_ends_with_3_only_where_that_was_asked_for_and_its_lists_may_be_others(
    command: Ran, words: list[str], code: int
) -> None:
    assert command("criteria", "plan", *words)[0] == code


def test_too_few_to_be_told_may_be_nobody(command: Ran) -> None:
    """Two people more than the live list's four: that there are any would say that there are 1 to 7."""
    _, out, _ = command("criteria", "plan", "draft.toml")
    assert "On the list" in out
    assert "Nobody joins, leaves or swaps places, or too few to be told." in out


QUESTIONS: dict[str, tuple[list[str], set[str]]] = {
    "plan": (["criteria", "plan", "draft.toml"], {"pool", "totals", "groups", "rules", "warnings", "months_to_wait"}),
    "tune": (["tune", "list.threshold=3..5"], {"in_the_file", "lists"}),
    "tune a draft": (["tune", "list.threshold=3..5", "--criteria", "draft.toml"], {"in_the_file", "lists"}),
    "attrition": (["attrition"], {"steps", "without"}),
    "attrition of a draft": (["attrition", "--criteria", "draft.toml"], {"steps", "without"}),
    "overlap": (["overlap"], {"combinations", "others"}),
    "overlap of a draft": (["overlap", "--criteria", "draft.toml"], {"combinations", "others"}),
}


@pytest.mark.parametrize(("words", "keys"), QUESTIONS.values(), ids=QUESTIONS)
def test_json_holds_what_was_asked_in_suppressed_counts(command: Ran, words: list[str], keys: set[str]) -> None:
    code, out, _ = command(*words, "--json")
    found = json.loads(out)
    assert code == 0
    assert keys <= {*found}
    counts = {"now", "new", "stay", "join", "leave", "pool", "patients", "met_now", "met_new", "alone_now", "alone_new"}
    seen = list(_numbers(found, counts))
    assert seen or words[0] == "overlap"
    assert not [each for each in seen if each is not None and each % 10]


def _numbers(found: Any, names: set[str]) -> Any:
    if isinstance(found, dict):
        yield from (each for name, each in found.items() if name in names and not isinstance(each, dict | list))
    for each in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _numbers(each, names)


@pytest.mark.parametrize("words", [words for words, _ in QUESTIONS.values()], ids=QUESTIONS)
def test_people_read_a_table(command: Ran, words: list[str]) -> None:
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    assert "Counts are rounded to 10" in out


def test_the_chart_is_written_where_it_was_asked_for(command: Ran, tmp_path: Path) -> None:
    code, _, err = command("tune", "list.threshold=3..5", "--chart", tmp_path / "a chart.svg")
    assert (code, err) == (0, f"reachwell: wrote {tmp_path / 'a chart.svg'}\n")
    assert (tmp_path / "a chart.svg").read_text(encoding="utf-8").startswith("<?xml")


MISTAKES = {
    "nothing to change": (["tune"], 2, "name one or two numbers to change, not 0"),
    "three numbers": (["tune", *["a.b=1..2", "b.c=1..2", "c.d=1..2"]], 2, "not 3"),
    "the same number twice": (["tune", *["list.threshold=1..2"] * 2], 2, "is there twice"),
    "too many lists": (["tune", "list.threshold=1..20", "lives_alone.points=1..20"], 2, "that makes 400 lists"),
    "no such rule": (["tune", "live_alone.points=1..2"], 2, "Did you mean 'lives_alone'?"),
    "a value that the file cannot have": (["tune", "list.threshold=0..2"], 2, "list.threshold: should be greater"),
    "a chart that cannot be written": (
        ["tune", "list.threshold=3..4", "--chart", "gone/x.svg"],
        1,
        "cannot be written",
    ),
    "no combination asked for": (["overlap", "--most", "0"], 2, "Must be >= 1"),
    "another area's programme": (["attrition", "--programme", "x"], 2, "no programme of the area is called 'x'"),
    "no criteria file": (["overlap", "--criteria", "reachwell.toml"], 2, "rule: is missing"),
}


@pytest.mark.parametrize(("words", "code", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_words(command: Ran, words: list[str], code: int, told: str) -> None:
    ended, out, err = command(*words)
    assert (ended, out) == (code, "")
    assert told in err
    assert "Traceback" not in err
