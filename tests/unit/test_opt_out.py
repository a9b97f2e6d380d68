"""Whoever opts out leaves all that is kept, on the night it is known, and only their pseudonym stays."""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import codelists, lake
from reachwell.criteria import Criteria
from reachwell.engine import engine
from reachwell.lake import rows_of
from reachwell.lists import lists_of
from reachwell.load import load_full
from reachwell.opt_out import OptOuts, dissenting, opt_out_codes
from reachwell.state import State
from reachwell.status import status
from reachwell.tables import TABLES
from reachwell.validate import Checked
from tests.reference.test_mirror import everything_allowed, received
from tests.unit.traces import traces

ODS, OTHER = "B83001", "B83017"
WHO, ELSE = "ZQ7KLA01", "ZQ7KLA02"
DAY = date(2026, 11, 20)
DISSENT, WITHDRAWN, HYPERTENSION = "827241000000103", "827261000000102", "38341003"
LISTS = pl.DataFrame(
    [("type_1_opt_out", DISSENT, "snomed", "dissent"), ("type_1_opt_out", WITHDRAWN, "snomed", "withdrawn")],
    schema=["list", "code", "system", "category"], orient="row",
)  # fmt: skip
# Fit for nobody: a contact of a kind that there is none of.
BAD_CONTACT = {"on_date": "2026-09-14", "kind": "dance", "status": "attended"}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def out(town, ods: str = ODS) -> frozenset[str]:
    """Who is out of a practice's data, as its snapshot and the state say alike."""
    told = lake.opted_out(lake.current(town.area.lake, ods))
    assert State(town.area.state).opted_out(ods) == told
    return told


def listed(town, ods: str = ODS) -> set[str]:
    return set(town.table(ods)["patient_id"])


def audit(town) -> list[str]:
    return [line["what"] for line in State(town.area.state).audit()]


def add(delivery: Path, table: str, person: str, **cells: object) -> None:
    """One more row of a table of a delivery."""
    path = delivery / f"{table}.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"practice_id": delivery.parent.name, "patient_id": person, "system": "snomed", **cells}
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, header, lineterminator="\n", extrasaction="ignore").writerow(row)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


# Two practices whose people have the same pseudonyms; somebody of one of them opts out.
@pytest.fixture(scope="module")
def before(settled_once, copy_of, people: dict[str, str]):
    """The area after a second night, of whose deliveries some rows were put aside."""
    town = copy_of(settled_once)
    town.set("max_bad_rows", 1.0)
    for ods in (ODS, OTHER):
        delivery = town.send(ods, people=people)
        for person in (WHO, ELSE):
            add(delivery, "contact", person, **BAD_CONTACT)
    assert town.night().exit_code == 0
    assert WHO in listed(town)
    return town


@pytest.fixture(scope="module")
def opted(before, copy_of, people: dict[str, str]):
    """The area after the night on which they have."""
    town = copy_of(before)
    town.send(ODS, after(1), people={**people, WHO: f"{people[WHO]} opted_out@2026-11-19"})
    assert town.night(after(1)).exit_code == 0
    assert out(town) == {WHO}
    return town


def test_nothing_of_theirs_is_kept_but_the_pseudonym(before, opted) -> None:
    places = ("lake", "published", "quarantine", "features", "state.sqlite: first_flagged")
    was, kept = traces(before.area.data, [WHO]), traces(opted.area.data, [WHO])
    assert all(any(where.startswith(place) for where in was) for place in places)
    # The other practice has somebody of the same pseudonym, who is another person.
    assert [where for where in kept if ODS in where] == []
    assert all(any(where.startswith(place) for where in kept) for place in places)
    for run in opted.area.features.iterdir():
        measured = set(pl.read_parquet(run / "*.parquet").select("practice_id", "patient_id").rows())
        assert {(ODS, ELSE), (OTHER, WHO)} <= measured
        assert (ODS, WHO) not in measured
    flagged = State(opted.area.state).first_flagged([ODS, OTHER]).filter(patient_id=WHO)
    assert flagged["practice_id"].to_list() == [OTHER]


def test_nobody_else_loses_anything(before, opted) -> None:
    for ods in (ODS, OTHER):
        gone = [WHO] if ods == ODS else []
        for file in sorted(before.area.published.rglob(f"practice/{ods}/*.parquet")):
            was, now = (pl.read_parquet(town.area.published / file.relative_to(before.area.published))
                        for town in (before, opted))  # fmt: skip
            assert now.schema == was.schema
            assert now.rows() == was.filter(~pl.col("patient_id").is_in(gone)).rows()
        for snapshot in sorted(before.area.lake.glob(f"{ods}/2*")):
            was, now = (told_by(town.area.lake / ods / snapshot.name) for town in (before, opted))
            assert now == {row for row in was if row[1] not in gone}
        (rows,) = (pl.read_parquet(file)["content"] for file in (opted.area.quarantine / ods).iterdir())
        assert [ELSE in row for row in rows] == ([True] if gone else [False, True])


def told_by(snapshot: Path) -> set[tuple[object, ...]]:
    """The rows of a snapshot's tables, and of one that is derived of them, each with its table's name."""
    names = pl.read_parquet(snapshot / "patient.parquet")["patient_id"]
    coded = pl.read_parquet(snapshot / "coded_event.parquet").select("patient_id", "list", "on_date")
    with engine(snapshot, threads=1) as db:
        rows = {(name, *row[1:]) for name in TABLES for row in db.rows(rows_of([snapshot], name))}
    return rows | {("coded_event", names[who], *told) for who, *told in coded.rows()}


def test_an_earlier_snapshot_makes_the_list_that_it_made_but_for_them(opted) -> None:
    (older,) = opted.area.lake.glob(f"{ODS}/2026-11-19-*")
    snapshot = lake.Snapshot.read(older)
    assert snapshot.rows["patient"] == 4
    lists = lists_of(opted.area, Criteria.of(opted.area), [snapshot], snapshot.extracted_on, "run", None)
    assert lists["social_prescribing"].candidates["patient_id"].to_list() == [ELSE]


def test_no_list_says_that_they_are_gone(opted) -> None:
    assert WHO not in opted.table(ODS, "changes")["patient_id"].to_list()
    assert listed(opted) == {ELSE}


def test_the_audit_and_the_status_tell_it_in_counts(opted) -> None:
    (line,) = State(opted.area.state).audit()
    assert (line["run_id"], line["practice_id"]) == (opted.current, ODS)
    assert line["what"] == "type 1 opt-out: 1 erased, 0 no longer opted out"
    shown = "\n".join(str(each) for each in status(opted.area)["shown"])
    assert "B83001: 1 patient has a type 1 opt-out, and nothing of theirs is kept" in shown
    assert "with the next full extract" in shown


# One practice; of each person something else is said, each with its day as it is sent, and is out by it or not.
SAID: dict[str, tuple[list[tuple[str, str]], bool]] = {
    "dissent": ([(DISSENT, "2026-03-01")], True),
    "withdrawn": ([(DISSENT, "2026-03-01"), (WITHDRAWN, "2026-03-02")], False),
    "dissent again": ([(DISSENT, "2026-03-01"), (WITHDRAWN, "2026-03-02"), (DISSENT, "2026-03-03")], True),
    "both on one day": ([(WITHDRAWN, "2026-03-01"), (DISSENT, "2026-03-01")], True),
    "no day": ([(DISSENT, "")], True),
    "after the extract": ([(WITHDRAWN, "2026-03-01"), (DISSENT, "2062-03-01")], True),
    "before birth": ([(DISSENT, "1900-03-01")], True),
    "no date": ([(DISSENT, "soon")], True),
    "withdrawn tomorrow": ([(DISSENT, "2026-03-01"), (WITHDRAWN, "2026-11-21")], True),
    "another code": ([(HYPERTENSION, "2026-03-01")], False),
}
PEOPLE = {what: f"ZQ7KSD{number:02}" for number, what in enumerate(SAID)}
OUT = {PEOPLE[what] for what, (_, is_out) in SAID.items() if is_out}
LEAVES, STAYS = PEOPLE["dissent"], PEOPLE["another code"]


@pytest.fixture(scope="module")
def said_once(new_town):
    town = new_town({ODS: ("Elm Tree Surgery", 0.16)})
    town.set("max_bad_rows", 1.0)
    delivery = town.send(ODS, people=dict.fromkeys(PEOPLE.values(), "lonely alone"))
    for what, (codes, _) in SAID.items():
        for code, on_date in codes:
            add(delivery, "event", PEOPLE[what], code=code, on_date=on_date)
        add(delivery, "contact", PEOPLE[what], **BAD_CONTACT)
    assert town.night().exit_code == 0
    return town


@pytest.fixture
def said(said_once, copy_of):
    """The area after a night on which all of these were sent."""
    return copy_of(said_once)


@pytest.mark.parametrize("what", SAID)
def test_a_row_that_is_not_fit_puts_nobody_on_a_list(said_once, what: str) -> None:
    person, is_out = PEOPLE[what], SAID[what][1]
    assert (person in out(said_once)) == is_out
    assert (person in listed(said_once)) != is_out
    where = traces(said_once.area.data, [person])
    assert (where == set()) == is_out
    assert any("quarantine" in each for each in where) != is_out


def test_a_full_extract_with_a_withdrawal_or_without_the_dissent_brings_them_back(said) -> None:
    other = PEOPLE["no day"]
    # Of the others nothing comes: who is not in an extract has said nothing.
    delivery = said.send(ODS, after(1), people=dict.fromkeys([LEAVES, other, STAYS], "lonely alone"))
    for code, on_date in ((DISSENT, "2026-03-01"), (WITHDRAWN, "2026-11-21")):
        add(delivery, "event", LEAVES, code=code, on_date=on_date)
    assert said.night(after(1)).exit_code == 0
    assert out(said) == OUT - {LEAVES, other}
    assert listed(said) == {LEAVES, other, STAYS}
    new = said.table(ODS).filter("is_new").select("patient_id", "first_flagged_on").rows()
    assert sorted(new) == sorted([(LEAVES, after(1)), (other, after(1))])
    assert audit(said)[1:] == ["type 1 opt-out: 0 erased, 2 no longer opted out"]
    # An extract of an earlier day that is found late brings nobody back.
    said.send(ODS, DAY - timedelta(days=1), name="late", people=dict.fromkeys(PEOPLE.values(), "lonely alone"))
    assert said.night(after(1)).exit_code == 4
    assert out(said) == OUT - {LEAVES, other}
    assert len(audit(said)) == 2


def test_only_an_extract_of_that_day_or_a_later_one_brings_somebody_back(town, people, tmp_path: Path) -> None:
    place = everything_allowed(tmp_path / "place")
    dissent = town.send(ODS, people={**people, WHO: "lonely opted_out"})
    lake.make_current(place.lake, load_full(place, received(dissent), None, Checked()))
    for days, is_out in ((-1, True), (0, False), (1, False)):
        delivery = town.send(ODS, after(days), people=people, name=f"{days} days later")
        snapshot = load_full(place, received(delivery), None, Checked())
        assert (WHO in lake.opted_out(snapshot)) == is_out
        assert (WHO in pl.read_parquet(snapshot.path / "patient.parquet")["patient_id"]) != is_out


def test_what_was_killed_before_it_was_noted_is_done_again(said, monkeypatch: pytest.MonkeyPatch) -> None:
    said.send(ODS, after(1), people={STAYS: "lonely alone opted_out", PEOPLE["withdrawn"]: "lonely alone"})
    with monkeypatch.context() as patched:
        patched.setattr(State, "note_opted_out", killed)
        with pytest.raises(KeyboardInterrupt):
            said.night(after(1))
    assert State(said.area.state).opted_out(ODS) == OUT
    assert said.night(after(1)).exit_code == 0
    assert out(said) == OUT | {STAYS}
    assert traces(said.area.data, [STAYS]) == set()
    assert audit(said)[1:] == ["type 1 opt-out: 1 erased, 0 no longer opted out"]


def test_who_came_back_in_a_run_that_was_killed_and_opts_out_once_more_is_erased_once_more(
    said, monkeypatch: pytest.MonkeyPatch
) -> None:
    said.send(ODS, after(1), people=dict.fromkeys([STAYS, LEAVES], "lonely alone"))
    with monkeypatch.context() as patched:
        patched.setattr("reachwell.lists.make_lists", killed)
        with pytest.raises(KeyboardInterrupt):
            said.night(after(1))
    assert {where.split("/")[0] for where in traces(said.area.data, [LEAVES])} == {"lake"}
    said.send(ODS, after(2), people={STAYS: "lonely alone", LEAVES: "lonely alone opted_out"})
    assert said.night(after(2)).exit_code == 0
    assert LEAVES in out(said)
    assert traces(said.area.data, [LEAVES]) == set()


def test_a_list_that_has_become_longer_counts_from_the_next_night_though_nothing_is_sent(said) -> None:
    own = said.folder / "sql" / "codelists" / "type_1_opt_out.csv"
    own.write_text(f"code,system,term,category\n{HYPERTENSION},snomed,Own code,dissent\n", encoding="utf-8")
    assert said.night().exit_code == 0
    assert out(said) == OUT | {STAYS}
    assert traces(said.area.data, [STAYS]) == set()
    assert listed(said) == {PEOPLE["withdrawn"]}


def test_by_the_setting_they_stay_in_the_data_and_off_the_lists(said) -> None:
    # The area's own list adds to the shipped one here too.
    own = said.folder / "sql" / "codelists" / "type_1_opt_out.csv"
    own.write_text(f"code,system,term,category\n{HYPERTENSION},snomed,Own code,dissent\n", encoding="utf-8")
    said.set("type_1_opt_out", "exclude")
    new = ["ZQ7KSDEX1", "ZQ7KSDEX2"]
    told = {STAYS: "lonely alone hypertension", new[0]: "lonely alone opted_out", new[1]: "lonely alone"}
    said.send(ODS, after(1), people=told)
    assert said.night(after(1)).exit_code == 0
    # Who was erased before is not known any better until a full extract has them.
    assert out(said) == OUT
    assert listed(said) == {new[1]}
    assert all(traces(said.area.lake, [person]) for person in told)
    assert len(audit(said)) == 1
    # They have left the list like anybody else who leaves it.
    gone = said.table(ODS, "changes").filter(change="gone", patient_id=STAYS)
    assert gone["reason"].to_list() == ["Type 1 opt-out"]


# The rules by themselves.
def events(*rows: tuple[str, str | None], who: str = "ann", recorded: str | None = None) -> pl.DataFrame:
    cells = [(who, code, "snomed", _date(on), _date(recorded)) for code, on in rows]
    return pl.DataFrame(cells, schema={"patient_id": pl.String, "code": pl.String, "system": pl.String,
                                       "on_date": pl.Date, "recorded_on": pl.Date}, orient="row")  # fmt: skip


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(("rows", "is_out"), [
    ([(DISSENT, "2020-01-01")], True),
    ([(DISSENT, "2020-01-01"), (WITHDRAWN, "2021-01-01")], False),
    ([(WITHDRAWN, "2021-01-01"), (DISSENT, "2022-01-01")], True),
    ([(WITHDRAWN, "2021-01-01"), (DISSENT, "2021-01-01")], True),
    ([(DISSENT, None), (WITHDRAWN, "2021-01-01")], False),
    ([(DISSENT, None)], True),
    ([(WITHDRAWN, None), (DISSENT, None)], True),
    ([(WITHDRAWN, None), (DISSENT, "1990-01-01")], True),
    ([(WITHDRAWN, "2021-01-01")], False),
    ([(DISSENT, "2020-01-01"), (WITHDRAWN, "2026-11-20")], False),
    ([(DISSENT, "2020-01-01"), (WITHDRAWN, "2026-11-21")], True),
    ([(DISSENT, "2031-01-01")], True),
    ([("267076002", "2021-01-01")], False),
])  # fmt: skip
def test_the_latest_of_dissent_and_withdrawal_decides(rows: list[tuple[str, str | None]], is_out: bool) -> None:
    assert dissenting(events(*rows), LISTS, DAY) == ({"ann"} if is_out else set())


def test_a_withdrawal_that_was_written_after_the_extract_is_none() -> None:
    for recorded, is_out in ((None, False), ("2026-11-20", False), ("2026-11-21", True)):
        rows = pl.concat([events((DISSENT, "2020-01-01")), events((WITHDRAWN, "2021-01-01"), recorded=recorded)])
        assert dissenting(rows, LISTS, DAY) == ({"ann"} if is_out else set())


def left(found: OptOuts, dissents: Mapping[str, bool]) -> set[str]:
    """Who is left of some people, each in a part of their own; dissents: whether each of them does."""
    stay: set[str] = set()
    for who, does in dissents.items():
        said = events(*[(DISSENT, "2020-01-01")] * does, who=who)
        kept, _ = found.leave_out({"patient": pl.DataFrame({"patient_id": [who]}), "event": said})
        stay.update(kept["patient"]["patient_id"])
    return stay


def test_changes_bring_nobody_back_and_a_full_extract_does() -> None:
    known, sent = {"ann", "bob", "cat"}, {"ann": False, "bob": True, "dan": True, "eve": False}
    full, delta = OptOuts(LISTS, DAY, known, may_return=True), OptOuts(LISTS, DAY, known)
    assert left(full, sent) == {"ann", "eve"}
    assert left(delta, sent) == {"eve"}
    assert full.standing == {"bob", "cat", "dan"}
    assert delta.standing == {"ann", "bob", "cat", "dan"}
    assert full.new == delta.new == {"dan"}


def test_where_they_are_kept_those_who_were_erased_wait_for_a_full_extract() -> None:
    # Of what was erased changes bring a part, and the dissent need not be in it.
    delta = OptOuts(LISTS, DAY, {"ann"}, erases=False)
    assert left(delta, {"ann": False, "bob": True}) == {"bob"}
    assert delta.standing == {"ann"}
    full = OptOuts(LISTS, DAY, {"ann", "bob"}, may_return=True, erases=False)
    assert left(full, {"ann": True, "cat": True}) == {"ann", "cat"}
    assert full.standing == {"bob"}


def test_an_areas_list_adds_to_the_shipped_one_and_takes_nothing_away(tmp_path: Path) -> None:
    lists = tmp_path / "sql" / "codelists"
    lists.mkdir(parents=True)
    rows = [
        f"{DISSENT},snomed,Not so,withdrawn",
        f"{HYPERTENSION},snomed,Own,dissent",
        "9Nu0.,read2,Told twice,dissent",
    ]
    (lists / "type_1_opt_out.csv").write_text("\n".join(["code,system,term,category", *rows]))
    found = opt_out_codes(tmp_path).select("code", "system", "category").rows()
    shipped = opt_out_codes(None).select("code", "system", "category").rows()
    assert sorted(found) == sorted([*shipped, (DISSENT, "snomed", "withdrawn"), (HYPERTENSION, "snomed", "dissent")])
    of_all = codelists.read_all(tmp_path).filter(list="type_1_opt_out").select("code", "system", "category").rows()
    assert sorted(of_all) == sorted(found)
    # Of any other list the area's takes the place of the one that is shipped.
    (lists / "social_need.csv").write_text(f"code,system,term\n{HYPERTENSION},snomed,Own\n")
    assert codelists.read_all(tmp_path).filter(list="social_need")["code"].to_list() == [HYPERTENSION]
