"""The commands for code lists as people type them: what is printed, where, and with which exit code."""

import csv
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from reachwell import codelists
from reachwell.__main__ import main
from reachwell.codelist.columns import Entry
from reachwell.codelist.found import delivered_terms
from reachwell.codelist.rows import found_in_nobody, list_rows, show_rows
from reachwell.codelist.use import in_use
from reachwell.plugs import find
from tests.sources.emis_delivery import AGREED, ASTHMA, ORGANISATION, SALBUTAMOL, emis, observation, patient

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")

ODS, DAY = "B83001", date(2026, 11, 20)
LUPUS = "200936003"
Done = tuple[int, str, str]


@pytest.fixture
def command(settled, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """command(*words) runs `reachwell codelists` in the area: its exit code, stdout and stderr."""

    def run(*words: object) -> Done:
        monkeypatch.chdir(settled.folder)
        monkeypatch.setattr(sys, "argv", ["reachwell", "codelists", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert "fault of reachwell" not in told.err
        return int(ended.value.code or 0), told.out, told.err

    return run


def a_file(folder: Path, *rows: str, head: str = "code,term") -> Path:
    path = folder / "theirs.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


WHO = ("--by", "Ann", "--reason", "review")


def test_every_list_is_told_with_what_uses_it(settled) -> None:
    rows = {row["list"]: row for row in list_rows(settled.area)}
    assert rows.keys() == find("sql/codelists").keys()
    assert rows["living_status"]["used by"] == "care_home, lives_alone"
    assert rows["long_term_condition"]["used by"] == "condition"
    assert rows["sensitive"]["used by"] == "taken out of the data"
    assert rows["gad7"] == {
        "list": "gad7", "codes": 2, "systems": "loinc, snomed", "whose": "shipped",
        "hash": rows["gad7"]["hash"], "used by": "gad7", "imported": "", "by": "",
    }  # fmt: skip
    assert all(row["used by"] for row in rows.values())
    assert list_rows(None) == list(rows.values())


def test_an_areas_feature_counts_as_a_use(settled) -> None:
    (settled.folder / "features").mkdir(exist_ok=True)
    text = find("features")["gad7"].read_text(encoding="utf-8").replace("'gad7'", "'phq9'")
    (settled.folder / "features" / "my_score.sql").write_text(text, encoding="utf-8")
    rows = {row["list"]: row for row in list_rows(settled.area)}
    assert rows["phq9"]["used by"] == "my_score, phq9"


def test_what_was_imported_is_told_until_it_is_changed_by_hand(command, settled, tmp_path: Path) -> None:
    assert command("import", a_file(tmp_path, f"{LUPUS},Lupus"), "--list", "adult_safeguarding", *WHO)[0] == 0
    code, out, _ = command("list", "--json")
    row = next(row for row in json.loads(out) if row["list"] == "adult_safeguarding")
    assert code == 0
    assert (row["whose"], row["codes"], row["by"], row["imported"][:2]) == ("area", 1, "Ann", "20")
    history = json.loads(command("history", "adult_safeguarding", "--json")[1])
    assert [each["hash"] for each in history][:1] == [row["hash"]]
    own = settled.folder / "sql" / "codelists" / "adult_safeguarding.csv"
    own.write_text(own.read_text(encoding="utf-8") + "9014002,snomed,Psoriasis\n", encoding="utf-8")
    row = next(row for row in list_rows(settled.area) if row["list"] == "adult_safeguarding")
    assert (row["whose"], row["codes"], row["by"], row["imported"]) == ("area", 2, "", "")


def test_a_list_is_shown_with_patients_as_an_area_may_see_them(command, settled) -> None:
    # Lonely are five people of each of two practices; active are fewer than eight.
    rows = {row["code"]: row for row in show_rows("social_need", settled.area)}
    assert rows["267076002"]["patients"] == 10
    assert {row["patients"] for row in rows.values()} == {10, 0}
    assert found_in_nobody(list(rows.values())) == f"{len(rows) - 1} of {len(rows)} codes found in nobody"
    code, out, err = command("show", "pam")
    assert code == 0
    assert "7 or fewer" in out
    assert "1 of 2 codes found in nobody" in err
    assert [row["patients"] for row in json.loads(command("show", "pam", "--json")[1])] == [None, 0]
    settled.tells_nothing_of_patients(out + err, ("patient_id",))


def test_medicines_are_found_by_their_substance(settled) -> None:
    own = settled.folder / "sql" / "codelists" / "psychotropic_medicine.csv"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("code,system,term,category\nemollient,substance,Emollient,lithium\nx,substance,X,lithium\n")
    assert [row["patients"] for row in show_rows("psychotropic_medicine", settled.area)] == [10, 0]


def test_of_sensitive_codes_no_patients_are_told(settled) -> None:
    rows = show_rows("sensitive", settled.area)
    assert len(rows) == len(in_use("sensitive", settled.folder))
    assert "patients" not in rows[0]
    assert found_in_nobody(rows) is None
    assert "patients" not in show_rows("type_1_opt_out", settled.area)[0]
    settled.set("type_1_opt_out", "exclude")
    assert "patients" in show_rows("type_1_opt_out", settled.area)[0]


def test_where_there_are_no_data_or_no_area_a_list_is_shown_without_patients(town) -> None:
    for area in (town.area, None):
        rows = show_rows("gad7", area)
        assert [*rows[0]] == ["code", "system", "term"]
        assert found_in_nobody(rows) is None


def test_what_deliveries_call_a_code_is_told_where_it_is_otherwise(town) -> None:
    town.set("format", "emis")
    said = [
        {**ASTHMA, "Term": "Asthma bronchiale"},
        {**ASTHMA, "CodeId": "2", "Term": " Bronchial asthma, “Ä” "},
        {**ASTHMA, "CodeId": "3", "Term": ""},
        {"CodeId": "4", "SnomedCTConceptId": "13645005", "Term": "CHRONIC obstructive pulmonary disease"},
        {"CodeId": "5", "SnomedCTConceptId": "267076002", "Term": "On no list of these"},
        {"CodeId": "6", "ReadTermId": "8T09", "Term": "Refer to social prescriber"},
    ]
    tables = {
        "Admin_Organisation": [{**ORGANISATION, "ODSCode": ODS}],
        "Admin_Patient": [patient("ann")],
        "Agreements_SharingOrganisation": [AGREED],
        "Coding_ClinicalCode": said,
        "Coding_DrugCode": [SALBUTAMOL],
        "CareRecord_Observation": [observation("o1")],
    }
    emis("5.4").deliver(town.place(ODS), tables, extracted_on=DAY, practice=ODS)
    assert town.night(DAY, practices=[ODS], lists=False).exit_code == 0
    rows = {row["code"]: row for row in show_rows("long_term_condition", town.area)}
    assert rows["195967001"]["in deliveries"] == "Asthma bronchiale; Bronchial asthma, “Ä”"
    assert rows["13645005"]["in deliveries"] == ""
    assert rows["195967001"]["patients"] is None
    rows = {row["code"]: row for row in show_rows("social_prescribing", town.area)}
    assert rows["8T09."]["in deliveries"] == "Refer to social prescriber"
    medicine = [Entry(SALBUTAMOL["DmdProductCodeId"], "dmd", "Inhaler")]
    assert delivered_terms(town.area, medicine) == {(SALBUTAMOL["DmdProductCodeId"], "dmd"): {SALBUTAMOL["Term"]}}


def test_an_import_tells_what_it_changes_before_and_after(command, settled, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus")
    code, out, err = command("import", path, "--list", "long_term_condition", "--category", "asthma", "--add", *WHO)
    assert (code, out) == (0, "")
    lines = err.splitlines()
    assert lines[1] == "reachwell: long_term_condition: 1 added, 0 removed, 0 changed; 33 codes then"
    assert lines[2].endswith("of long_term_condition is live. Tables are derived again by the next run")
    code, out, err = command("import", path, "--list", "long_term_condition", "--category", "asthma", "--add", *WHO)
    assert code == 0
    assert err.splitlines()[-1] == "reachwell: that is what is live already; nothing was changed"


def test_square_brackets_of_a_term_are_no_style(command, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},[V]Lupus [disease] or [/red] [bold]")
    assert "[V]Lupus [disease] or [/red] [bold]" in command("diff", path, "--list", "adult_safeguarding")[1]
    code, _, err = command("import", path, "--list", "adult_safeguarding", "--by", "[/]", "--reason", "[/b]")
    assert (code, "1 code then" in err) == (0, True)
    assert "[V]Lupus [disease] or [/red] [bold]" in command("show", "adult_safeguarding")[1]
    assert "[/b]" in command("history", "adult_safeguarding")[1]


def test_a_diff_is_rows_on_stdout_and_counts_on_stderr(command, tmp_path: Path) -> None:
    path = a_file(tmp_path, f'{LUPUS},"Lupus, “Ä”"', "195967001,Asthma!")
    words = ("diff", path, "--list", "long_term_condition", "--category", "asthma")
    code, out, err = command(*words, "--json")
    assert code == 0
    assert json.loads(out) == [
        {"change": "added", "code": LUPUS, "system": "snomed", "term": "Lupus, “Ä”", "category": "asthma", "was": ""},
        {"change": "changed", "code": "195967001", "system": "snomed", "term": "Asthma!", "category": "asthma",
         "was": "term: Asthma"},
    ]  # fmt: skip
    assert err.splitlines()[-1] == "reachwell: 1 added, 0 removed, 1 changed"
    assert "added" in command(*words)[1]
    assert command("diff", "gad7") == (0, "", "reachwell: nothing differs\n")
    assert command("diff", "gad7", "--json")[1] == "[]\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "symptms"), "Did you mean 'symptom'?"),
        (("history", "symptms"), "Did you mean 'symptom'?"),
        (("rollback", "symptom", "abcdef", *WHO), "None was imported yet"),
        (("diff", "theirs.csv"), "say which list theirs.csv would change with --list"),
        (("diff", "gone.csv", "--list", "symptom"), "gone.csv is not there"),
        (("diff", "symptms"), "Did you mean 'symptom'?"),
        (("import", "gone.csv", "--list", "symptom", *WHO), "is not there"),
        (("import", "gone.csv", "--list", "symptom", "--by", "Ann"), "--reason"),
        (("import", "gone.csv", *WHO), "--list"),
    ],
)
def test_what_is_wrong_is_one_message_and_code_2(command, words: tuple[str, ...], told: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert told in err.replace("gone.csv: is", "gone.csv is")
    assert err.count("reachwell: ") == 1


def test_a_list_that_cannot_be_read_is_told(command, settled) -> None:
    own = settled.folder / "sql" / "codelists" / "gad7.csv"
    own.mkdir(parents=True)
    for words in (("list",), ("show", "gad7"), ("diff", "gad7")):
        code, out, err = command(*words)
        assert (code, out) == (2, "")
        assert "gad7.csv: cannot be read: Is a directory" in err
    assert command("history", "gad7")[0] == 1


def test_a_history_is_newest_first_and_can_be_gone_back_in(command, settled, tmp_path: Path) -> None:
    command("import", a_file(tmp_path, f"{LUPUS},Lupus"), "--list", "adult_safeguarding", *WHO)
    rows = json.loads(command("history", "adult_safeguarding", "--json")[1])
    assert [(row["live"], row["codes"], row["by"]) for row in rows] == [("live", 1, "Ann"), ("", 4, "")]
    code, out, err = command("rollback", "adult_safeguarding", rows[1]["hash"], "--by", "Bob", "--reason", "no")
    assert (code, out) == (0, "")
    assert f"version {rows[1]['hash']} of adult_safeguarding is live again" in err
    assert len(codelists.read(settled.folder / "sql/codelists/adult_safeguarding.csv")) == 4


def test_an_exported_list_is_csv_of_our_form(command, settled, tmp_path: Path) -> None:
    command("import", a_file(tmp_path, f'{LUPUS},"Lupus, ""skin"""'), "--list", "adult_safeguarding", *WHO)
    with (settled.folder / "sql/codelists/adult_safeguarding.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{"code": LUPUS, "system": "snomed", "term": 'Lupus, "skin"'}]
