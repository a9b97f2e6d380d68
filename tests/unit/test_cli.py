"""The command as people type it: exit codes, one message without a traceback, data on stdout only."""

import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import reachwell
from reachwell.__main__ import main
from reachwell.errors import EXIT_CODES

# Cyclopts warns of what main() is for: reading the command line, here inside a test.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")

ODS = "B83001"
PROMPT = "This list is a prompt, not a decision"
# Control sequences, of which some change the colour: 30 to 49, 90 to 107.
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d|10[0-7])(?:;\d+)*m")
COMMANDS = [
    "init", "demo", "run", "schedule", "status", "validate", "list", "why", "features", "rules", "criteria", "backtest",
]  # fmt: skip


@dataclass
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """command(*words) runs the command in a folder that is no area; in this process, since imports take long."""

    def run(*words: object) -> Done:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["reachwell", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return run


def process(*words: object, folder: Path, **more: str) -> Done:
    """Run the command as a process of its own, in a folder that is no area."""
    call = [sys.executable, "-m", "reachwell", *map(str, words)]
    done = subprocess.run(
        call, cwd=folder, env=environment(**more), capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return Done(done.returncode, done.stdout, done.stderr)


def environment(**more: str) -> dict[str, str]:
    settings = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "PREFECT")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(settings)}, **more}


def refused(done: Done, code: int, *words: str) -> None:
    """Fail unless a command ended with this code and one message, and printed no data."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("reachwell: ")
    assert done.stderr.count("reachwell: ") == 1
    assert "Traceback" not in done.stderr
    assert 'File "' not in done.stderr
    assert [word for word in words if word not in done.stderr] == []


def test_wrong_usage_is_one_message_and_exit_code_2(settled_once, tmp_path: Path, command) -> None:
    here = ("--dir", settled_once.folder)
    wrong = {
        ("nonsense",): "nonsense",
        ("statsu",): "status",
        ("run", "--nonsense", *here): "--nonsense",
        ("run", "unwanted", *here): "unwanted",
        ("list", *here): "",
        ("why", ODS, *here): "",
        ("demo", "--patients", "many"): "many",
        ("status", "--dir"): "--dir",
        ("status",): "reachwell.toml is not there",
        ("run", "--on", "2026-02-30", *here): "'2026-02-30' is no date; write one such as 2026-11-21",
        ("run", "--on", "21/11/2026", *here): "'21/11/2026' is no date",
        ("run", "--practice", "B99999", *here): "practice B99999 is not in reachwell.toml, which has B83001, B83017",
        ("list", "B99999", *here): "practice B99999 is not in reachwell.toml",
        ("list", ODS, "--programme", "x", *here): "no programme is called 'x'. There are: social_prescribing",
        ("why", "B99999", "ZQ7KLA01", *here): "practice B99999 is not in reachwell.toml",
        ("why", ODS, "ZQ7KNB99", *here): "no such patient in the extract of B83001 of 2026-11-19",
        ("backtest", *here): "--on",
        ("backtest", "--on", "29.2.2024", *here): "'29.2.2024' is no date",
        ("backtest", "--on", "2026-11-19", *here): "end on 2026-11-19. Name a day up to 2025-11-19",
        ("validate", tmp_path / "nowhere", *here): "is no folder. Name a delivery's folder",
        ("init", settled_once.folder): "is there already; nothing was changed",
    }
    before = settled_once.everything()
    for words, told in wrong.items():
        done = command(*words)
        refused(done, 2, told)
        assert "ZQ7K" not in done.stderr
    assert settled_once.everything() == before


def test_every_command_helps(tmp_path: Path, command) -> None:
    calls = [["--help"], *[[name, "--help"] for name in COMMANDS]]
    done = [command(*words) for words in calls]
    assert {tuple(words): each.returncode for words, each in zip(calls, done, strict=True) if each.returncode} == {}
    for each in done:
        assert "Usage: reachwell" in each.stdout
        assert each.stderr == ""
    for name in COMMANDS:
        assert re.search(rf"^\W*{name}\b", done[0].stdout, re.MULTILINE)
    for code, meaning in EXIT_CODES.items():
        assert f"{code}  {meaning}" in done[0].stdout
    assert [path.name for path in tmp_path.iterdir()] == []


def test_version_is_the_packages(command) -> None:
    done = command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{reachwell.__version__}\n", "")


def test_init_makes_an_area_once(tmp_path: Path, command) -> None:
    done = command("init", "north borough")
    assert (done.returncode, done.stdout) == (0, "")
    assert "reachwell.toml" in done.stderr
    settings = tmp_path / "north borough" / "reachwell.toml"
    assert tomllib.loads(settings.read_text(encoding="utf-8"))["practice"][0]["ods"] == "B83001"
    settings.write_text("mine")
    refused(command("init", "north borough"), 2, "is there already; nothing was changed")
    assert settings.read_text() == "mine"


def test_init_where_a_file_is_in_the_way_is_refused(tmp_path: Path, command) -> None:
    (tmp_path / "taken").write_text("")
    refused(command("init", "taken"), 2, "taken")


def test_before_any_run_everything_waits(town, command) -> None:
    here = ("--dir", town.folder)
    status, listed = command("status", *here), command("list", ODS, *here)
    asked = command("why", ODS, "ZQ7KLA01", *here)
    assert status.returncode == 5
    for words in ("No run yet", "reachwell run", ODS, "waiting for first extract"):
        assert words in status.stdout
    refused(listed, 2, "nothing is published", "reachwell run")
    refused(asked, 2, "nothing is published")
    assert not (town.folder / "data" / "state.sqlite").exists()


def test_status_after_a_night(settled_once, command) -> None:
    here = ("--dir", settled_once.folder)
    shown, as_json = command("status", *here), command("status", "--json", *here)
    assert (shown.returncode, as_json.returncode) == (0, 0)
    assert "published" in shown.stdout
    assert "Elm Tree Surgery" in shown.stdout
    found = json.loads(as_json.stdout)
    assert found["current_run"] == found["last_run"]["run_id"] == settled_once.current
    assert {row["practice"]: row["state"] for row in found["practices"]} == {"B83001": "loaded", "B83017": "loaded"}
    assert {row["extracted_on"] for row in found["practices"]} == {"2026-11-19"}
    assert shown.stderr == as_json.stderr == ""


def test_status_after_a_night_in_which_a_delivery_was_rejected(settled, command) -> None:
    (settled.send(ODS) / "manifest.toml").unlink()
    settled.night(lists=False)
    done = command("status", "--dir", settled.folder)
    assert done.returncode == 4
    assert "has no manifest.toml" in re.sub(r"\s+", " ", done.stdout)


def test_a_list_as_table_json_and_csv(settled_once, command) -> None:
    here = ("list", ODS, "--dir", settled_once.folder)
    table, as_json, as_csv = command(*here), command(*here, "--json"), command(*here, "--csv")
    for done in (table, as_json, as_csv):
        assert (done.returncode, done.stderr) == (0, "")
    assert PROMPT in table.stdout
    for words in ("ZQ7KLA01", "ZQ7KLA02", "Lives alone"):
        assert words in table.stdout
    from_json = json.loads(as_json.stdout)
    from_csv = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert [row["patient_id"] for row in from_json] == ["ZQ7KLA02", "ZQ7KLA01"]
    assert [row["patient_id"] for row in from_csv] == ["ZQ7KLA02", "ZQ7KLA01"]
    assert list(from_csv[0]) == list(from_json[0])
    assert from_csv[1]["reasons"].split("; ") == from_json[1]["reasons"]
    assert [row["points"] for row in from_json] == [int(row["points"]) for row in from_csv] == [8, 5]


def test_why_answers_for_anybody_on_record(settled_once, command) -> None:
    here = ("--dir", settled_once.folder)
    patients = ("ZQ7KLA01", "ZQ7KLN03", "ZQ7KDC04", "ZQ7KDY05")
    done = [command("why", ODS, patient, "--json", *here) for patient in patients]
    assert [each.returncode for each in done] == [0] * 4
    answers = [json.loads(each.stdout)[0] for each in done]
    assert [answer["on_list"] for answer in answers] == [True, False, False, False]
    assert [answer["answer"].split(" ", 1)[1] for answer in answers] == [
        "is on the list of 19 Nov 2026: 5 points, 5 needed.",
        "is not on the list of 19 Nov 2026: 3 points, 5 needed.",
        "is not on the list: Declined social prescribing in the last 12 months.",
        "needs another route (clinician): On the end of life register.",
    ]
    shown = command("why", ODS, "ZQ7KLA01", *here)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Lives alone" in shown.stdout


def test_why_still_answers_after_the_derived_tables_changed(settled, command) -> None:
    (settled.folder / "sql" / "tables").mkdir()
    (settled.folder / "sql" / "tables" / "visit.sql").write_text(
        "-- title: Visits\n-- made: delivery\n-- grain: a row per contact\n"
        "SELECT practice_id, patient_id, on_date FROM contact\n"
    )
    done = command("why", ODS, "ZQ7KLA01", "--dir", settled.folder)
    assert done.returncode == 0, done.stderr
    assert "is on the list" in done.stdout


def test_a_look_back_hides_what_is_of_few_people(settled_once, command, tmp_path: Path) -> None:
    here = ("backtest", "--on", "2025-11-19", "--dir", settled_once.folder)
    before = settled_once.everything()
    table, as_json = command(*here), command(*here, "--json")
    assert (table.returncode, as_json.returncode) == (0, 0), table.stderr
    assert "would have listed 7 or fewer people" in table.stdout
    found = json.loads(as_json.stdout)
    listed = [row for row in found["figures"] if row["group"] in ("listed", "within places")]
    assert {row[name] for row in listed for name in ("count", "size", "value", "low", "high")} == {None}
    assert as_json.stderr == ""
    draft = tmp_path / "draft.toml"
    draft.write_text("threshhold = 5\n")
    refused(command(*here, "--criteria", draft), 2, "draft.toml: threshhold: is not a known setting")
    refused(command(*here, "--programme", "x"), 2, "no programme of the area is called 'x'")
    assert settled_once.everything() == before


def test_validate_tells_a_good_delivery_from_a_bad_one(settled, tmp_path: Path, command) -> None:
    good, bad, none = settled.send(ODS), settled.send(ODS, name="bad"), settled.send(ODS, name="none")
    with (bad / "event.csv").open("a") as file:
        file.write(f"{ODS},ZQ7KLA01,8.7E+14,snomed,2026-09-16,,\n")
    (none / "manifest.toml").unlink()
    before = settled.everything()
    fit, unfit = command("validate", good), command("validate", bad)
    unfit_too = command("validate", bad, "--dir", settled.folder)
    assert fit.returncode == 0, fit.stderr
    assert "no fault" in fit.stdout
    assert "fit to be used: 0.00% of the rows are bad, the limit is 0.50%" in fit.stderr
    for each in (unfit, unfit_too):
        # What was found is shown all the same.
        assert each.returncode == 4
        assert "spoilt by a spreadsheet" in each.stdout
        assert "of its rows are bad, the limit is 0.5%" in each.stderr
        settled.tells_nothing_of_patients(each.stdout + each.stderr, ["patient_id", "code"])
        assert "8.7E+14" not in each.stdout + each.stderr
        assert "Traceback" not in each.stderr
    refused(command("validate", none), 4, "has no manifest.toml")
    refused(command("validate", good / "manifest.toml"), 2, "is no folder")
    assert settled.everything() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["features", "rules"])
def test_the_catalogue_is_read_inside_and_outside_an_area(settled, command, name: str) -> None:
    shown, as_json = command(name), command(name, "--json")
    inside = command(name, "--json", "--dir", settled.folder)
    assert [each.returncode for each in (shown, as_json, inside)] == [0, 0, 0]
    rows = json.loads(as_json.stdout)
    assert rows == json.loads(inside.stdout)
    first = {"features": "adult_safeguarding", "rules": "social_prescribing"}[name]
    assert first in rows[0].values()
    assert first in shown.stdout


def test_a_wrong_criteria_file_is_told_before_a_run_starts(settled, command) -> None:
    (settled.folder / "criteria" / "social_prescribing.toml").write_text('name = "x"\nthreshhold = 5\n')
    before = settled.everything()
    done = command("run", "--dir", settled.folder)
    refused_lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert "social_prescribing.toml: threshhold: is not a known setting. Did you mean 'threshold'?" in done.stderr
    assert refused_lines[-1].endswith("Nothing was changed.")
    assert "Traceback" not in done.stderr
    assert settled.everything() == before


@pytest.mark.slow
def test_nothing_that_is_piped_has_control_sequences(settled_once, tmp_path: Path) -> None:
    here = {"folder": tmp_path, "TERM": "xterm-256color"}
    shown = process("status", "--dir", settled_once.folder, **here)
    told = process("why", ODS, "ZQ7KNB99", "--dir", settled_once.folder, **here, NO_COLOR="1")
    assert "Elm Tree Surgery" in shown.stdout
    assert "no such patient" in told.stderr
    assert ESCAPE not in shown.stdout + shown.stderr + told.stdout + told.stderr


def in_a_terminal(*words: object, folder: Path, **more: str) -> str:
    """What a command prints where stdout is a terminal."""
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "reachwell", *map(str, words)]
    with subprocess.Popen(
        call, cwd=folder, env=environment(TERM="xterm-256color", **more), stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        printed = b""
        try:
            while piece := os.read(ours, 65536):
                printed += piece
        except OSError:
            # Linux says so when the other end is closed.
            pass
        finally:
            os.close(ours)
    return printed.decode()


@pytest.mark.slow
def test_a_terminal_has_colours_unless_no_color_is_set(settled_once, tmp_path: Path) -> None:
    words = ("status", "--dir", settled_once.folder)
    assert COLOUR.search(in_a_terminal(*words, folder=tmp_path))
    plain = in_a_terminal(*words, folder=tmp_path, NO_COLOR="1")
    assert "Elm Tree Surgery" in plain
    assert not COLOUR.search(plain)


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_fault(settled_once, tmp_path: Path) -> None:
    call = [sys.executable, "-m", "reachwell", "features"]
    with subprocess.Popen(
        call, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        running.stdout.close()
        told = running.stderr.read()
    assert running.returncode == 0
    assert told == ""


@pytest.mark.slow
def test_a_process_of_its_own_prints_and_ends_alike(settled, tmp_path: Path) -> None:
    (settled.send(ODS, name="none") / "manifest.toml").unlink()
    folder = tmp_path / ("long " * 30) / "[bold]area[/bold]"
    folder.mkdir(parents=True)
    refused(process("status", "--nonsense", folder=tmp_path), 2, "--nonsense")
    # A message keeps a path whole, however narrow the terminal, and shows brackets as they are.
    refused(process("status", "--dir", folder, folder=tmp_path, COLUMNS="40"), 2, f"{folder}/reachwell.toml is not")
    refused(process("validate", settled.place(ODS) / "none", folder=tmp_path), 4, "has no manifest.toml")
    done = process("list", ODS, "--json", "--dir", settled.folder, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["patient_id"] for row in json.loads(done.stdout)] == ["ZQ7KLA02", "ZQ7KLA01"]


def test_a_state_that_is_damaged_is_one_message(settled, command) -> None:
    for left in settled.area.data.glob("state.sqlite*"):
        left.unlink()
    settled.area.state.write_bytes(b"this is no database" * 100)
    refused(command("status", "--dir", settled.folder), 1, "state.sqlite")


def test_a_current_run_that_was_deleted_is_one_message(settled, command) -> None:
    shutil.rmtree(settled.area.published / settled.current)
    here = ("--dir", settled.folder)
    for words in (("status",), ("list", ODS), ("why", ODS, "ZQ7KLA01")):
        done = command(*words, *here)
        refused(done, done.returncode)
        assert done.returncode in (1, 2)
        assert "fault of reachwell" not in done.stderr


def test_criteria_check_tells_every_mistake_and_ends_with_2(command, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "x"\n[[rule]]\nid = "mine"\nfeature = "phq"\n', encoding="utf-8")
    done = command("criteria", "check", file)
    assert done.returncode == 2
    assert done.stdout == ""
    for words in (
        "rule 'mine': no feature is called 'phq'. Did you mean 'phq9'?",
        "version: is missing",
        "Nothing was",
    ):
        assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_criteria_check_of_a_right_file_says_what_is_in_it(command) -> None:
    file = Path(reachwell.__file__).parents[1] / "criteria" / "social_prescribing.toml"
    done = command("criteria", "check", file)
    assert done.returncode == 0
    assert "has no mistake: Proactive social prescribing" in done.stderr
    assert "9 rules, 3 exclusions, 7 other routes" in done.stderr


@pytest.mark.parametrize("file", ["nothing.toml", "."])
def test_criteria_check_of_no_file_is_told(command, file: str) -> None:
    done = command("criteria", "check", file)
    assert done.returncode == 2
    assert "is not there" in done.stderr or "cannot be read" in done.stderr


def test_criteria_explain_and_schema_print_to_stdout(command) -> None:
    assert "On the list: 5 points or more" in command("criteria", "explain").stdout
    assert "FROM" in command("criteria", "explain", "--sql").stdout
    assert json.loads(command("criteria", "schema").stdout)["title"] == "ProgrammeFile"


def test_assure_says_that_all_is_as_expected_or_what_is_not(command, tmp_path: Path) -> None:
    done = command("assure")
    assert done.returncode == 0
    assert "come out as expected by Proactive social prescribing" in done.stderr
    file = tmp_path / "mine.toml"
    file.write_text('[[patient]]\nname = "Ann"\nlisted = true\n', encoding="utf-8")
    done = command("assure", file)
    assert done.returncode == 1
    assert "'Ann': not on the list, expected" in done.stderr
    assert "1 difference from what was expected of 1 patient" in done.stderr
    assert command("assure", tmp_path / "gone.toml").returncode == 2


def test_assure_checks_a_draft_in_place_of_the_live_criteria(command, tmp_path: Path) -> None:
    shipped = Path(reachwell.__file__).parents[1] / "criteria" / "social_prescribing.toml"
    draft = tmp_path / "draft.toml"
    draft.write_text(shipped.read_text().replace("threshold         = 5", "threshold         = 6"), encoding="utf-8")
    done = command("assure", "--criteria", draft)
    assert done.returncode == 1
    assert "'Lonely, lives alone': not on the list, expected" in done.stderr
