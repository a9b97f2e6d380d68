"""Nights in which all is well, or late: what is published, what is new, and what stays."""

import json
from datetime import date, timedelta

import polars as pl
import pytest
from rich.console import Console

from reachwell import lake, night
from reachwell.criteria import Criteria
from reachwell.places import places_a_month
from reachwell.published import TABLES
from reachwell.report import list_table, markdown
from reachwell.small_numbers import shown_count
from reachwell.state import State
from reachwell.status import status

DAY = date(2026, 11, 20)
DAY_BEFORE = DAY - timedelta(days=1)
TOMORROW = DAY + timedelta(days=1)
ODS, OTHER = "B83001", "B83017"


@pytest.fixture(scope="module")
def first_night(settled_once):
    """The area after the first night, to look at only."""
    return settled_once


@pytest.fixture(scope="module")
def second_night(settled_once, copy_of, people: dict[str, str]):
    """The area after a second night in which much changed, to look at only."""
    town = copy_of(settled_once)
    gone = {
        "ZQ7KGN11": "lonely alone referred@2026-11-20",
        "ZQ7KGN12": "lonely alone self_harm@2026-11-20",
        "ZQ7KGN13": "lonely alone dying@2026-11-20",
        "ZQ7KGN14": "lonely",
        "ZQ7KGN15": "lonely alone opted_out@2026-11-20",
    }
    away = {who: words for who, words in people.items() if who != "ZQ7KLA01"}
    town.send(ODS, DAY, people={**away, **dict.fromkeys([*gone, "ZQ7KGN16"], "lonely alone")})
    assert town.night(DAY).exit_code == 0
    town.send(ODS, TOMORROW, people={**people, **gone, "ZQ7KNW21": "alone inactive"})
    assert town.night(TOMORROW).exit_code == 0
    return town


def test_a_night_publishes_exactly_the_designs_files(first_night) -> None:
    published = first_night.area.published
    assert {path.name for path in published.iterdir()} == {"current", first_night.current}
    run = published / first_night.current
    found = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    lists = {f"practice/{ods}/{table}.parquet" for ods in (ODS, OTHER) for table in TABLES}
    assert found == {*lists, "area/attrition.parquet", "run.json"}


def test_current_holds_the_runs_id_and_nothing_else(first_night) -> None:
    (run_id, *_) = State(first_night.area.state).last_run()
    assert (first_night.area.published / "current").read_bytes() == run_id.encode()


def test_every_row_carries_its_run_practice_and_day(second_night) -> None:
    run = second_night.area.published / second_night.current
    for path in run.glob("practice/*/*.parquet"):
        frame = pl.read_parquet(path)
        assert set(frame["run_id"]) <= {second_night.current}, path
        assert set(frame["practice_id"]) <= {path.parent.name}
        if "extracted_on" in frame.columns:
            day = {ODS: TOMORROW, OTHER: DAY_BEFORE}[path.parent.name]
            assert set(frame["index_date"]) | set(frame["extracted_on"]) <= {day}


def test_run_json_tells_data_criteria_and_code(second_night) -> None:
    facts = json.loads((second_night.area.published / second_night.current / "run.json").read_text())
    assert facts["run_id"] == second_night.current
    assert len(facts["programmes"]["social_prescribing"]["digest"]) == 64
    assert {len(facts[name]) for name in ("features_digest", "codelists_digest")} == {64}
    assert facts["code_version"]
    for ods, practice in facts["practices"].items():
        assert practice["snapshot"] == (second_night.area.lake / ods / "current").read_text()
        assert practice["key_id"] == "3f9a"
        assert practice["legal_basis"] == "invented people"


def test_no_area_file_and_no_run_json_holds_a_small_number_or_a_patient(second_night) -> None:
    run = second_night.area.published / second_night.current
    counts = pl.read_parquet(run / "area" / "attrition.parquet")["patients"].drop_nulls()
    assert all(count == 0 or (count > 7 and count % 5 == 0) for count in counts)
    second_night.tells_nothing_of_patients((run / "run.json").read_text(), ["patient_id", "code", "name"])
    told = json.loads((run / "run.json").read_text())["practices"][ODS]["patients_left_after_each_step"]
    assert set(told["social_prescribing"].values()) <= {None, 0, 10}


def test_run_json_the_summary_and_the_areas_report_tell_the_same(second_night) -> None:
    area, run_id = second_night.area, second_night.current
    run = area.published / run_id
    practices = json.loads((run / "run.json").read_text())["practices"]
    frame = pl.read_parquet(run / "area" / "attrition.parquet")
    for ods, practice in practices.items():
        steps = practice["patients_left_after_each_step"]["social_prescribing"]
        of_practice = frame.filter(practice_id=ods, programme="social_prescribing").sort("place")
        assert steps == dict(of_practice.select("step", "patients").rows())
        over, within = [shown_count(each) for each in of_practice["patients"][-2:]]
        days = f"{practice['extracted_on']} | {practice['index_date']}"
        assert f"| {ods} | {days} | {over} | {within} |" in markdown(area, run_id)


def test_run_json_tells_no_exact_count_and_status_does(second_night) -> None:
    practices = json.loads((second_night.area.published / second_night.current / "run.json").read_text())["practices"]
    told = {row["practice"]: row["patients"] for row in status(second_night.area)["practices"]}
    for ods, practice in practices.items():
        assert all(rows is None or (rows > 7 and rows % 10 == 0) or rows == 0 for rows in practice["rows"].values())
        assert told[ods] == lake.current(second_night.area.lake, ods).rows["patient"]


def test_the_first_list_of_a_practice_says_so(first_night) -> None:
    changes = first_night.table(ODS, "changes").select("patient_id", "change", "reason", "since").rows()
    reason = "first list of this practice"
    assert changes == [("ZQ7KLA01", "new", reason, None), ("ZQ7KLA02", "new", reason, None)]


def test_the_second_list_tells_new_still_there_and_gone_with_reasons(second_night) -> None:
    changes = second_night.table(ODS, "changes")
    assert set(changes["since"]) == {DAY}
    assert {row["patient_id"]: (row["change"], row["reason"]) for row in changes.to_dicts()} == {
        "ZQ7KLA01": ("new", "5 points, 5 needed"),
        "ZQ7KLA02": ("still there", None),
        "ZQ7KNW21": ("new", "5 points, 5 needed"),
        "ZQ7KGN11": ("gone", "Referred to social prescribing in the last 12 months"),
        "ZQ7KGN12": ("gone", "needs another route"),
        "ZQ7KGN13": ("gone", "needs another route: On the end of life register"),
        "ZQ7KGN14": ("gone", "3 points, 5 needed"),
        "ZQ7KGN16": ("gone", "no longer in the extract"),
    }


def test_first_flagged_on_stays_the_first_day_and_decides_between_equal_points(second_night) -> None:
    candidates = second_night.table(ODS).sort("rank")
    assert candidates.select("patient_id", "points", "first_flagged_on", "is_new").rows() == [
        ("ZQ7KLA02", 8, DAY_BEFORE, False),
        # Was not on the list between the two nights.
        ("ZQ7KLA01", 5, DAY_BEFORE, False),
        ("ZQ7KNW21", 5, TOMORROW, True),
    ]


def test_a_practice_without_news_is_carried_forward(second_night) -> None:
    fates = State(second_night.area.state).fates(second_night.current)
    assert (fates[OTHER].outcome, fates[OTHER].exit_code) == ("unchanged", 0)
    assert second_night.table(OTHER)["patient_id"].to_list() == ["ZQ7KLA02", "ZQ7KLA01"]
    assert set(second_night.table(OTHER, "changes")["change"]) == {"new"}


def test_an_unchanged_delivery_is_not_loaded_again(settled) -> None:
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in settled.area.lake.rglob("*")}
    outcome = settled.night(DAY)
    assert {fate.outcome for fate in outcome.fates.values()} == {"unchanged"}
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in settled.area.lake.rglob("*")} == before


def test_same_data_criteria_and_date_give_equal_rows(settled, town) -> None:
    """In the same area again, and in another area that receives the same deliveries in another order."""
    first, run_id = settled.tables(), settled.current
    settled.night(DAY_BEFORE)
    assert settled.current != run_id
    assert settled.tables() == first
    for ods in (OTHER, ODS):
        town.send(ods, DAY_BEFORE, name="another name")
    town.night(DAY_BEFORE)
    assert town.tables() == first


def test_a_list_for_an_earlier_day_is_published_beside_and_does_not_become_current(settled) -> None:
    before, flagged = settled.kept(), first_flagged(settled)
    on = DAY_BEFORE - timedelta(days=30)

    outcome = settled.night(DAY, on=on)

    assert (outcome.exit_code, outcome.current) == (0, False)
    assert settled.kept() == before
    assert first_flagged(settled) == flagged
    beside = pl.read_parquet(settled.area.published / outcome.run_id / "practice" / ODS / "candidates.parquet")
    assert set(beside["index_date"]) == {on}
    (run_id, _, ended, _) = State(settled.area.state).last_run()
    assert (run_id, ended) == (outcome.run_id, "published beside")
    # The next list is compared with the current one, not with the one beside.
    settled.send(ODS, DAY)
    settled.night(DAY)
    assert set(settled.table(ODS, "changes")["since"]) == {DAY_BEFORE}


def test_only_the_named_practice_is_pulled_and_the_other_is_carried_forward(settled) -> None:
    before = settled.tables()
    settled.send(ODS, DAY)
    settled.send(OTHER, DAY)
    outcome = settled.night(DAY, practices=[ODS])
    assert set(outcome.fates) == {ODS}
    after = settled.tables()
    others = [name for name in before if OTHER in name]
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert set(settled.table(ODS)["index_date"]) == {DAY}
    assert not (settled.area.inbox / OTHER / str(DAY)).exists()


def test_a_changed_code_list_counts_from_the_next_night_without_a_new_delivery(settled) -> None:
    snapshot = (settled.area.lake / ODS / "current").read_text()
    (settled.folder / "sql" / "codelists" / "social_need.csv").write_text(
        "code,system,term,category\n422650009,snomed,Social isolation,isolation\n"
    )
    outcome = settled.night(DAY_BEFORE)
    assert outcome.exit_code == 0
    assert (settled.area.lake / ODS / "current").read_text() != snapshot
    # Whoever was "Feeling lonely" was so by that list only.
    gone = settled.table(ODS)
    assert gone["patient_id"].to_list() == ["ZQ7KLA02"] or gone.is_empty()
    assert "ZQ7KLA01" not in gone["patient_id"]


def test_an_area_may_be_reached_through_a_link_and_have_spaces_in_its_name(settled, tmp_path) -> None:
    link = tmp_path / "the area's lïnk"
    link.symlink_to(settled.folder)
    linked = type(settled)(link)
    settled.send(ODS, DAY)
    assert linked.night(DAY).exit_code == 0
    assert set(settled.table(ODS)["index_date"]) == {DAY}


def test_a_new_derived_table_does_not_stop_the_practices_that_are_not_pulled(settled) -> None:
    tables = settled.folder / "sql" / "tables"
    tables.mkdir()
    (tables / "visit.sql").write_text(
        "-- title: Visits\n-- made: delivery\n-- grain: a row per contact\n"
        "SELECT practice_id, patient_id, on_date FROM contact\n"
    )
    assert settled.night(DAY, practices=[ODS]).exit_code == 0
    assert settled.table(OTHER).height == 2


@pytest.mark.parametrize(
    ("link_workers", "places"), [(0.0, 0), (0.05, 0), (0.16, 3), (0.8, 15), (0.999, 18), (1.0, 18), (2.24, 42)]
)
def test_a_months_places_are_whole(link_workers: float, places: int, first_night) -> None:
    practice = first_night.area.practice(ODS).model_copy(update={"link_workers": link_workers})
    assert places_a_month(practice, Criteria.of(first_night.area).programmes[0]) == places


@pytest.fixture(scope="module")
def five_practices(new_town):
    """Practices of three places each, five candidates with equal points, and this month's and other referrals."""
    referrals = {
        "A00000": [],
        "A00001": ["2026-10-31"],
        "A00002": ["2026-11-01"],
        "A00003": ["2026-11-01", "2026-11-20"],
        "A00004": ["2026-11-02"] * 4,
    }
    town = new_town({ods: (ods, 0.16) for ods in referrals})
    for ods, days in referrals.items():
        waiting = {f"ZQ7KWT{number:02}": "lonely alone" for number in range(5)}
        referred = {f"ZQ7KRF{number:02}": f"lonely alone referred@{on}" for number, on in enumerate(days)}
        town.send(ods, DAY, people={**waiting, **referred})
    town.night(DAY)
    return town


def test_open_places_are_less_those_referred_this_month(five_practices) -> None:
    open_places = {}
    for practice in five_practices.area.settings.practice:
        candidates = five_practices.table(practice.ods).sort("rank")
        assert candidates["rank"].to_list() == [1, 2, 3, 4, 5]
        # Those within the places are the first on the list.
        assert candidates["within_capacity"].to_list() == sorted(candidates["within_capacity"], reverse=True)
        open_places[practice.ods] = candidates["within_capacity"].sum()
    assert open_places == {"A00000": 3, "A00001": 3, "A00002": 2, "A00003": 1, "A00004": 0}


def test_a_tie_at_the_cut_is_told(five_practices) -> None:
    console = Console(width=200)
    with console.capture() as printed:
        console.print(list_table(five_practices.table("A00000"), "list"))
    assert "5 of them are level at 5 points and share the last 3 of these places." in printed.get()


def test_a_tie_is_broken_alike_each_night_and_not_by_name(five_practices) -> None:
    orders = [five_practices.table(f"A0000{n}").sort("rank")["patient_id"].to_list() for n in range(5)]
    assert len({tuple(order) for order in orders}) > 1
    five_practices.night(DAY)
    assert [five_practices.table(f"A0000{n}").sort("rank")["patient_id"].to_list() for n in range(5)] == orders


def test_a_late_practice_keeps_its_list_which_says_how_old_it_is(settled) -> None:
    before = settled.tables()
    outcome = settled.night(DAY_BEFORE + timedelta(days=4))
    assert outcome.exit_code == 5
    assert {fate.outcome for fate in outcome.fates.values()} == {"late"}
    assert outcome.fates[ODS].detail == str(settled.errors[ODS])
    for words in (ODS, "2026-11-19", "4 days old; the limit is 3", "Ask for a new one"):
        assert words in outcome.fates[ODS].detail
    assert outcome.current is True
    assert settled.tables() == before
    assert set(settled.table(ODS)["extracted_on"]) == {DAY_BEFORE}


def test_an_extract_as_old_as_the_limit_is_not_late(settled) -> None:
    assert settled.night(DAY_BEFORE + timedelta(days=3), lists=False).exit_code == 0


def test_a_practice_that_never_sent_anything_is_missing_and_the_other_is_published(town) -> None:
    town.send(OTHER, DAY)
    outcome = town.night(DAY)
    assert outcome.exit_code == 5
    assert "B83001: no delivery yet" in outcome.fates[ODS].detail
    assert outcome.fates[OTHER].outcome == "loaded"
    run = town.area.published / str(town.current)
    assert [path.name for path in (run / "practice").iterdir()] == [OTHER]
    # Its first list, nights later, is told as such.
    town.send(ODS, TOMORROW)
    assert town.night(TOMORROW).exit_code == 0
    assert set(town.table(ODS, "changes")["reason"]) == {"first list of this practice"}


def test_a_night_in_which_nobody_sent_anything_is_published_too(town) -> None:
    outcome = town.night(DAY)
    assert (outcome.exit_code, outcome.current) == (5, True)
    run = town.area.published / str(town.current)
    assert sorted(path.name for path in run.rglob("*") if path.is_file()) == ["attrition.parquet", "run.json"]


def test_the_lowest_exit_code_of_the_practices_wins(town) -> None:
    (town.send(ODS) / "manifest.toml").unlink()
    outcome = town.night(DAY, lists=False)
    assert {ods: fate.exit_code for ods, fate in outcome.fates.items()} == {ODS: 4, OTHER: 5}
    assert outcome.exit_code == 4


def test_the_index_date_is_never_later_than_a_practices_own_extract(settled) -> None:
    settled.send(ODS, DAY)
    assert settled.night(DAY, on=DAY).current is True
    days = {ods: set(settled.table(ods)["index_date"]) for ods in (ODS, OTHER)}
    assert days == {ODS: {DAY}, OTHER: {DAY_BEFORE}}


def test_a_programme_that_is_named_first_is_served_first(settled) -> None:
    (settled.folder / "criteria" / "lonely.toml").write_text(
        'name = "Befriending"\nversion = "1"\nowner = "me"\nreviewed = 2026-11-01\nreview_due = 2027-11-01\n'
        '[[rule]]\nid = "lonely"\nlabel = "Lonely"\nfeature = "social_need"\nis = true\nwithin = "24 months"\n'
        "points = 1\n[list]\nthreshold = 1\n"
    )
    path = settled.folder / "reachwell.toml"
    path.write_text(path.read_text().replace('["social_prescribing"]', '["lonely", "social_prescribing"]'))
    assert settled.night(DAY_BEFORE).exit_code == 0
    served = settled.table(ODS).group_by("programme").agg(pl.col("within_capacity").sum()).sort("programme").rows()
    # Three places in all; the first programme has candidates for more than those.
    assert served == [("lonely", 3), ("social_prescribing", 0)]


def first_flagged(town) -> list[tuple[object, ...]]:
    return State(town.area.state).first_flagged([ODS, OTHER]).rows()


def test_a_practice_of_which_nothing_was_noted_has_failed(settled) -> None:
    with night.run(settled.area) as run_id:
        outcome = night.finish(settled.area, run_id, False, ["B83001"])
    assert outcome.exit_code == 1
    assert outcome.fates["B83001"].outcome == "failed"
