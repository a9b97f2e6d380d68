"""Whoever opts out leaves all that is kept, on the night it is known, and only their pseudonym stays."""

from datetime import date, timedelta

import polars as pl
import pytest

from reachwell import lake, night
from reachwell.opt_out import OptOuts, dissenting
from reachwell.state import State
from reachwell.status import status
from tests.unit.traces import traces

ODS, OTHER = "B83001", "B83017"
WHO = "ZQ7KLA01"
DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)
DISSENT, WITHDRAWN = "827241000000103", "827261000000102"
LISTS = pl.DataFrame(
    [("type_1_opt_out", DISSENT, "snomed", "dissent"), ("type_1_opt_out", WITHDRAWN, "snomed", "withdrawn")],
    schema=["list", "code", "system", "category"], orient="row",
)  # fmt: skip


def out(town, ods: str = ODS) -> frozenset[str]:
    return lake.opted_out(lake.current(town.area.lake, ods))


def opted_out(people: dict[str, str], how: str = "opted_out@2026-11-19") -> dict[str, str]:
    return {**people, WHO: f"{people[WHO]} {how}"}


@pytest.fixture
def after(settled, people):
    """The area after the night on which somebody on the first list has opted out."""
    assert WHO in settled.table(ODS)["patient_id"].to_list()
    assert traces(settled.area.data, [WHO])
    settled.send(ODS, people=opted_out(people))
    settled.send(OTHER)
    assert settled.night().exit_code == 0
    return settled


def test_nothing_of_theirs_is_kept_but_the_pseudonym(after) -> None:
    assert out(after) == {WHO}
    # The other practice has somebody of the same pseudonym, who is another person.
    of_other = traces(after.area.data / "lake" / OTHER, [WHO])
    assert of_other
    kept = traces(after.area.data, [WHO])
    assert not [where for where in kept if ODS in where]
    assert {where.split("/")[0] for where in kept} <= {"lake", "published", "features", "state.sqlite: first_flagged"}
    for file in after.area.features.rglob("*.parquet"):
        rows = pl.read_parquet(file).filter(practice_id=ODS)
        assert rows.height
        assert WHO not in rows["patient_id"].to_list()
    flagged = State(after.area.state).first_flagged([ODS, OTHER]).filter(patient_id=WHO)
    assert flagged["practice_id"].to_list() == [OTHER]


def test_no_list_says_that_they_are_gone(after) -> None:
    assert WHO not in after.table(ODS, "changes")["patient_id"].to_list()
    assert "ZQ7KLA02" in after.table(ODS)["patient_id"].to_list()


def test_the_audit_and_the_status_tell_it_in_counts(after) -> None:
    (line,) = State(after.area.state).audit()
    assert (line["practice_id"], line["what"]) == (ODS, "type 1 opt-out: 1 erased, 0 no longer opted out")
    shown = "\n".join(str(each) for each in status(after.area)["shown"])
    assert "B83001: 1 patient has a type 1 opt-out, and nothing of theirs is kept" in shown
    assert "with the next full extract" in shown


def test_with_a_withdrawal_they_come_back(after, people) -> None:
    withdrawn = "opted_out@2026-11-19 withdrawn@2026-11-21"
    after.send(ODS, NEXT, people=opted_out(people, withdrawn))
    after.send(OTHER, NEXT)
    assert after.night(NEXT).exit_code == 0
    assert out(after) == frozenset()
    assert State(after.area.state).opted_out(ODS) == set()
    candidate = after.table(ODS).filter(patient_id=WHO).to_dicts()[0]
    assert (candidate["first_flagged_on"], candidate["is_new"]) == (NEXT, True)


def test_an_extract_without_them_changes_nothing(after, people) -> None:
    after.send(ODS, NEXT, people={who: words for who, words in people.items() if who != WHO})
    assert after.night(NEXT, practices=[ODS], lists=False).exit_code == 0
    assert out(after) == {WHO}


def test_an_older_extract_brings_nobody_back(after, people) -> None:
    after.send(ODS, DAY - timedelta(days=1), people=people, name="late")
    after.night(practices=[ODS])
    assert out(after) == {WHO}
    assert not traces(after.area.data / "lake" / ODS, [WHO])


def test_by_the_setting_they_stay_in_the_data_and_off_the_lists(settled, people) -> None:
    settled.set("type_1_opt_out", "exclude")
    settled.send(ODS, people=opted_out(people))
    assert settled.night(practices=[ODS]).exit_code == 0
    assert out(settled) == frozenset()
    assert traces(settled.area.lake, [WHO])
    assert WHO not in settled.table(ODS)["patient_id"].to_list()


@pytest.mark.parametrize("on", ["2031-01-01", "1900-01-01", "nonsense"])
def test_a_dissent_in_a_row_that_is_not_fit_counts(settled, people, on: str) -> None:
    settled.set("max_bad_rows", 0.5)
    settled.send(ODS, people=opted_out(people, f"opted_out@{on}"))
    assert settled.night(practices=[ODS]).exit_code == 0
    assert out(settled) == {WHO}
    assert not traces(settled.area.data / "quarantine", [WHO])


def test_a_list_that_has_become_longer_counts_from_the_next_night(settled) -> None:
    lists = settled.folder / "sql" / "codelists"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "type_1_opt_out.csv").write_text("code,system,term,category\n267076002,snomed,Feeling lonely,dissent\n")
    assert settled.night(practices=[]).exit_code == 0
    lonely = {"ZQ7KLA01", "ZQ7KLA02", "ZQ7KLN03", "ZQ7KDC04", "ZQ7KDY05"}
    assert out(settled) == out(settled, OTHER) == lonely
    assert traces(settled.area.data, lonely) == set()


def test_what_was_killed_before_it_was_noted_is_done_again(settled, people, monkeypatch: pytest.MonkeyPatch) -> None:
    settled.send(ODS, people=opted_out(people))
    with monkeypatch.context() as patched:
        patched.setattr(State, "note_opted_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            settled.night(practices=[ODS])
    assert settled.night(practices=[ODS]).exit_code == 0
    assert not [where for where in traces(settled.area.data, [WHO]) if ODS in where]
    assert State(settled.area.state).opted_out(ODS) == {WHO}


def test_other_snapshots_are_whole_after_somebody_was_erased(after) -> None:
    area = after.area
    older = [path for path in (area.lake / ODS).iterdir() if path.is_dir() and path.name.startswith("2026-11-19")]
    snapshot = lake.Snapshot.read(older[0])
    assert snapshot.rows["patient"] == 4
    lists = night.lists_of(area, night.Criteria.of(area), [snapshot], snapshot.extracted_on, "run", None)
    assert lists["social_prescribing"].candidates["patient_id"].to_list() == ["ZQ7KLA02"]


def events(*rows: tuple[str, str | None]) -> pl.DataFrame:
    cells = [("ann", code, "snomed", date.fromisoformat(on) if on else None, None) for code, on in rows]
    return pl.DataFrame(cells, schema={"patient_id": pl.String, "code": pl.String, "system": pl.String,
                                       "on_date": pl.Date, "recorded_on": pl.Date}, orient="row")  # fmt: skip


@pytest.mark.parametrize(("rows", "is_out"), [
    ([(DISSENT, "2020-01-01")], True),
    ([(DISSENT, "2020-01-01"), (WITHDRAWN, "2021-01-01")], False),
    ([(WITHDRAWN, "2021-01-01"), (DISSENT, "2022-01-01")], True),
    ([(WITHDRAWN, "2021-01-01"), (DISSENT, "2021-01-01")], True),
    ([(DISSENT, None), (WITHDRAWN, "2021-01-01")], False),
    ([(DISSENT, None)], True),
    ([(WITHDRAWN, None), (DISSENT, None)], True),
    ([(WITHDRAWN, "2021-01-01")], False),
    ([(DISSENT, "2020-01-01"), (WITHDRAWN, "2031-01-01")], True),
    ([(DISSENT, "2031-01-01")], True),
    ([("267076002", "2021-01-01")], False),
])  # fmt: skip
def test_the_latest_of_dissent_and_withdrawal_decides(rows: list[tuple[str, str | None]], is_out: bool) -> None:
    assert dissenting(events(*rows), LISTS, DAY) == ({"ann"} if is_out else set())


def test_only_a_full_extract_can_bring_somebody_back() -> None:
    tables = {"patient": pl.DataFrame({"patient_id": ["ann", "bob"]}), "event": events((WITHDRAWN, "2021-01-01"))}
    full, delta = OptOuts(LISTS, DAY, {"ann", "cat"}, may_return=True), OptOuts(LISTS, DAY, {"ann", "cat"})
    assert full.leave_out(tables)[0]["patient"]["patient_id"].to_list() == ["ann", "bob"]
    assert (full.standing, full.new) == ({"cat"}, set())
    assert delta.leave_out(tables)[0]["patient"]["patient_id"].to_list() == ["bob"]
    assert delta.standing == {"ann", "cat"}
