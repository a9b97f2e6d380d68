"""criteria plan on an area: the very list that the night makes of the file, and nothing is changed."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reachwell import last_good
from reachwell.area import Area
from reachwell.criteria import Programme
from reachwell.criteria_history import apply
from reachwell.errors import FileMistakes, UsageError
from reachwell.judge import Judge
from reachwell.plugs import find_one
from reachwell.published import TABLES
from reachwell.run_lock import only_run
from reachwell.tuning.planning import draft_of, planned, planning
from reachwell.tuning.questions import attrition_told, overlap_told

NAME = "social_prescribing"
SHIPPED = find_one("criteria", NAME).read_text(encoding="utf-8")
# 3 points with "lonely" alone, 2 with "alone": the threshold decides which of five people are listed.
ODS = ("B83001", "B83017")


def draft(folder: Path, *changes: tuple[str, str], version: str = "2026.2") -> Path:
    text = SHIPPED
    for before, after in (('version    = "2026.1"', f'version    = "{version}"'), *changes):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path = folder / f"{NAME}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def threshold(points: int) -> tuple[str, str]:
    return "threshold         = 5", f"threshold         = {points}"


COLUMNS = ["practice_id", "patient_id", "rank", "points", "points_if_known", "first_flagged_on", "within_capacity"]


def published(town: Any) -> pl.DataFrame:
    return pl.concat([town.table(ods).select(COLUMNS) for ods in ODS])


def listed(judge: Judge, programmes: list[Programme]) -> pl.DataFrame:
    """The first programme's list, in the columns of a published one."""
    first = programmes[0]
    found = judge.lists(programmes)[first.id]
    columns = {
        "rank": pl.Series(found.rank),
        "first_flagged_on": pl.Series(found.first_flagged_on, dtype=pl.Int32).cast(pl.Date),
        "within_capacity": pl.Series(found.within_capacity),
    }
    rows = judge.matcher.match(first)[found.rows].with_columns(**columns).select(COLUMNS)
    return rows.cast({name: TABLES["candidates"][name][0] for name in COLUMNS})


@pytest.mark.parametrize("changes", [(threshold(3),), (threshold(6),), (("points  = 2", "points  = 0"),)])
def test_a_plan_lists_whom_the_night_lists_once_the_file_is_live(
    settled, tmp_path: Path, changes: tuple[tuple[str, str], ...]
) -> None:
    """Patient by patient: rank, points, first day, place. The night is of the same day and data."""
    file = draft(tmp_path, *changes)
    with planning(settled.area) as (data, live):
        assert listed(data.judge(live), live).equals(published(settled))
        after = draft_of(settled.area, file, None, data)
        plan = listed(data.judge([*live, after]), [after])
    assert not plan.drop("first_flagged_on").equals(published(settled).drop("first_flagged_on"))
    apply(settled.area, file, "Ann", "x")
    assert settled.night(on=min(settled.table(ODS[0], "changes")["index_date"])).exit_code == 0
    assert plan.equals(published(settled))


def test_nothing_is_changed(settled, tmp_path: Path) -> None:
    file = draft(tmp_path, threshold(3))
    before = settled.everything()
    found = planned(settled.area, file, None, settled.table(ODS[0])["index_date"][0])
    assert found.differs
    assert settled.everything() == before


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ((threshold(6),), True),
        # Nobody of these has a medicine that dear: who is there says nothing.
        ((("at_least = 20             #", "at_least = 900            #"),), True),
        ((('because = "Type 1 opt-out"', 'because = "Opted out"'),), True),
        ((("reviewed   = 2026-11-01", "reviewed = 2026-11-02"),), False),
        ((), False),
    ],
)  # fmt: skip
def test_whether_a_plan_differs_follows_from_the_files_and_not_from_the_patients(
    settled, tmp_path: Path, changes: tuple[tuple[str, str], ...], differs: bool
) -> None:
    """An exit code beside figures that stay would say that a few join."""
    assert planned(settled.area, draft(tmp_path, *changes), None, _today(settled)).differs == differs


def test_the_same_file_has_no_changes(settled, tmp_path: Path) -> None:
    found = planned(settled.area, draft(tmp_path, version="2026.1"), None, settled.table(ODS[0])["index_date"][0])
    assert not found.differs


def test_a_plan_can_be_made_while_a_run_is_under_way(settled, tmp_path: Path) -> None:
    with only_run(settled.area.data):
        assert planned(settled.area, draft(tmp_path, threshold(3)), None, _today(settled)).differs


def _today(town: Any) -> Any:
    return town.table(ODS[0])["index_date"][0]


def measured_anew(area: Area, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The features that are measured for the live programme, beside those that the night has kept."""
    seen: set[str] = set()
    measure = last_good.measure

    def noting(snapshots: Any, on: Any, wanted: Any, *more: Any) -> Any:
        seen.update(feature.name for feature, _ in wanted)
        return measure(snapshots, on, wanted, *more)

    monkeypatch.setattr(last_good, "measure", noting)
    with planning(area) as (data, live):
        data.judge(live)
    return seen


def test_what_the_night_measured_is_not_measured_again(settled, monkeypatch) -> None:
    assert measured_anew(settled.area, monkeypatch) == {"social_prescribing_referral"}


@pytest.mark.parametrize("how", ["feature", "table", "code list", "setting", "gone", "torn"])
def test_what_was_measured_in_another_way_is_measured_anew(settled, monkeypatch, how: str) -> None:
    own = settled.folder
    with planning(settled.area) as (data, live):
        before = listed(data.judge(live), live)
    if how in ("gone", "torn"):
        for file in settled.area.features.glob("*/*.parquet"):
            file.unlink() if how == "gone" else file.write_bytes(file.read_bytes()[:100])
    elif how == "setting":
        settings = own / "reachwell.toml"
        settings.write_text(settings.read_text(encoding="utf-8") + "\n[setting]\npam_level_4_from = 67.1\n")
    else:
        folder, name = {
            "feature": ("features", "lives_alone.sql"),
            "table": ("sql/tables", "condition.sql"),
            "code list": ("sql/codelists", "social_need.csv"),
        }[how]
        (own / folder).mkdir(parents=True, exist_ok=True)
        text = find_one(folder, Path(name).stem).read_text(encoding="utf-8")
        (own / folder / name).write_text(text + ("\n" if how == "code list" else "\n-- as before\n"), encoding="utf-8")
    assert "lives_alone" in measured_anew(settled.area, monkeypatch)
    with planning(settled.area) as (data, live):
        assert listed(data.judge(live), live).equals(before)


def test_a_code_list_that_has_changed_counts_and_the_lake_stays_as_it_is(settled) -> None:
    own = settled.folder / "sql" / "codelists"
    own.mkdir(parents=True, exist_ok=True)
    before = settled.kept()
    (own / "social_need.csv").write_text("code,system,term,category\n38341003,snomed,Hypertension,money\n")
    with planning(settled.area) as (data, live):
        assert listed(data.judge(live), live).height < published(settled).height
        # What is derived for it are patients' rows too: they lie in the data folder, which is the owner's only.
        assert {each.path.parents[2] for each in data.snapshots} == {settled.area.data}
    assert settled.kept() == before
    assert not [each for each in settled.area.data.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize("text", ["[]", "{", ""])
def test_a_run_whose_facts_are_not_whole_is_told(settled, tmp_path: Path, text: str) -> None:
    (settled.area.published / settled.current / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is not there or not whole"):
        planned(settled.area, draft(tmp_path, threshold(3)), None, date(2026, 11, 19))


def test_data_that_are_gone_are_told(settled, tmp_path: Path) -> None:
    for folder in (settled.area.lake / ODS[0]).glob("2*"):
        folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(
        UsageError, match=f"the data that the list of {ODS[0]} was made of are gone from .*reachwell run"
    ):
        planned(settled.area, draft(tmp_path, threshold(3)), None, _today(settled))


def test_another_look_back_is_measured_and_its_feature_only(settled, tmp_path, monkeypatch) -> None:
    file = draft(tmp_path, ('within   = "12 weeks"', 'within   = "8 weeks"'))
    measured_anew(settled.area, monkeypatch)
    seen: list[str] = []
    with planning(settled.area) as (data, live):
        data.judge(live)
        monkeypatch.setattr(last_good, "measure", _noting(seen, last_good.measure))
        data.judge([draft_of(settled.area, file, None, data)])
    assert seen == ["medicine_pounds_per_week within 8 weeks"] * len(seen) != []


def test_every_question_about_a_draft_measures_what_it_alone_asks_for(settled, tmp_path: Path) -> None:
    file = draft(tmp_path, ('within   = "12 weeks"', 'within   = "8 weeks"'))
    assert planned(settled.area, file, None, _today(settled)).told.rules.height
    assert attrition_told(settled.area, file, None)[0].height
    assert overlap_told(settled.area, file, None).labels


def _noting(seen: list[str], measure: Any) -> Any:
    def noting(snapshots: Any, on: Any, wanted: Any, *more: Any) -> Any:
        seen.extend(feature.key(within) for feature, within in wanted)
        return measure(snapshots, on, wanted, *more)

    return noting


def test_a_programme_that_shares_the_places_is_judged_after_the_first(settled, tmp_path: Path) -> None:
    """The second programme has what the first leaves; a plan for the second looks at both."""
    own = settled.folder / "criteria"
    own.mkdir(exist_ok=True)
    (own / "second.toml").write_text(SHIPPED.replace("Proactive", "Second"), encoding="utf-8")
    settings = settled.folder / "reachwell.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(f'["{NAME}"]', f'["{NAME}", "second"]', 1), encoding="utf-8")
    with pytest.raises(UsageError, match=r"has several programmes\. Say which with --programme"):
        planned(settled.area, draft(tmp_path, threshold(3)).rename(tmp_path / "draft.toml"), None, _today(settled))
    with planning(settled.area) as (data, live):
        lists = data.judge(live).lists(live)
    first, second = lists[NAME], lists["second"]
    assert len(first.rows) == len(second.rows) > 0
    assert {ods: first.used[ods] + second.used[ods] <= first.places[ods] for ods in ODS} == dict.fromkeys(ODS, True)
    assert not second.within_capacity.all()
    file = (tmp_path / "draft.toml").rename(tmp_path / "second.toml")
    assert planned(settled.area, file, None, _today(settled)).live.name.startswith("Second")


def test_before_the_first_night_there_is_nothing_to_plan_on(new_town, tmp_path: Path) -> None:
    town = new_town()
    with pytest.raises(UsageError, match=r"nothing is published in .* yet\. Publish with: reachwell run"):
        planned(town.area, draft(tmp_path, threshold(3)), None, date.today())


BAD = {
    "no such feature": ('feature  = "long_term_conditions"', 'feature  = "long_term_condition"', "Did you mean"),
    "a share over 1": ("at_most = 0.10", "at_most = 10", "is a share: write 10% as 0.10"),
    "no caseload": ("caseload_per_year = 225", "caseload_per_year = 0", "caseload_per_year"),
    "an id twice": ('id      = "lives_alone"', 'id      = "at_risk"', "id 'at_risk' is used more than once"),
    "a newer form": ('name       = "Pro', 'format = 99\nname       = "Pro', "Use a newer reachwell"),
}


@pytest.mark.parametrize(("before", "after", "words"), BAD.values(), ids=BAD)
def test_a_file_with_mistakes_is_refused(settled, tmp_path: Path, before: str, after: str, words: str) -> None:
    kept = settled.everything()
    with pytest.raises(FileMistakes, match=words):
        planned(settled.area, draft(tmp_path, (before, after)), None, _today(settled))
    assert settled.everything() == kept


def test_a_programme_without_a_rule_is_refused(settled, tmp_path: Path) -> None:
    file = draft(tmp_path)
    text = file.read_text(encoding="utf-8")
    head, rules = text.split("[[rule]]", 1)
    file.write_text(head + rules[rules.index("[list]") :], encoding="utf-8")
    with pytest.raises(FileMistakes, match="rule"):
        planned(settled.area, file, None, _today(settled))


def test_a_practice_that_has_no_list_is_left_out(copy_of, settled_once, tmp_path: Path) -> None:
    town = copy_of(settled_once)
    settings = town.folder / "reachwell.toml"
    more = '\n[[practice]]\nods = "B83099"\nname = "New"\nformat = "native"\nfrom = "x"\nlink_workers = 1.0\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert planned(town.area, draft(tmp_path, threshold(3)), None, _today(town)).differs
    with planning(town.area) as (data, _):
        assert sorted(data.dates) == sorted(ODS)


def test_where_no_practice_has_a_list_there_is_nothing_to_plan_on(copy_of, settled_once) -> None:
    """A night before the first delivery publishes the lists of no practice."""
    town = copy_of(settled_once)
    settings = town.folder / "reachwell.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('"B83001"', '"B83098"').replace('"B83017"', '"B83099"'), encoding="utf-8")
    with pytest.raises(UsageError, match="no practice has a list yet"), planning(town.area):
        pass


def test_a_file_that_begins_with_a_byte_order_mark_is_the_same_file(settled, tmp_path: Path) -> None:
    file = draft(tmp_path, version="2026.1")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    found = planned(settled.area, file, None, _today(settled))
    assert found.draft.digest == found.live.digest


def test_a_practice_that_is_gone_from_the_settings_is_left_out(copy_of, settled_once) -> None:
    town = copy_of(settled_once)
    settings = town.folder / "reachwell.toml"
    head, first, second = settings.read_text(encoding="utf-8").split("[[practice]]")
    kept = next(each for each in (first, second) if "B83017" in each)
    rest = second[second.index("\n[") :] if "\n[" in second and kept is first else ""
    settings.write_text(f"{head}[[practice]]{kept}{rest}", encoding="utf-8")
    with planning(town.area) as (data, live):
        assert sorted(data.dates) == ["B83017"]
        assert listed(data.judge(live), live).equals(town.table("B83017").select(COLUMNS))
