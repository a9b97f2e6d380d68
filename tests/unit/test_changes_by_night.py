"""Full extracts and changes as they come, or fail to come, night by night: what is used, what is told."""

import shutil
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import lake
from reachwell.engine import engine
from reachwell.errors import DeliveryLate, DeliveryRejected
from reachwell.lake import rows_of
from reachwell.trial import tried
from tests.sources.emis_delivery import (
    AGREED,
    ASTHMA,
    ORGANISATION,
    SALBUTAMOL,
    consultation,
    emis,
    observation,
    patient,
    slot,
)
from tests.sources.raw_delivery import RawDelivery

ODS = "B83001"
DAY = date(2026, 11, 20)
Row = dict[str, str]
USUAL = {
    "Admin_Organisation": [{**ORGANISATION, "ODSCode": ODS}],
    "Admin_Patient": [patient("ann"), patient("bob"), patient("cat")],
    "Agreements_SharingOrganisation": [AGREED],
    "Coding_ClinicalCode": [ASTHMA],
    "Coding_DrugCode": [SALBUTAMOL],
    "CareRecord_Observation": [observation("o1"), observation("o2", PatientGuid="bob")],
    "CareRecord_Consultation": [consultation("c1"), consultation("c2", PatientGuid="cat")],
}


@pytest.fixture
def town(town):
    """An area whose practices send EMIS extracts."""
    town.set("format", "emis")
    return town


def sent(town, on: date, is_delta: bool = False, practice: str = ODS, **tables: Iterable[Row]) -> RawDelivery:
    """A delivery in the practice's place: a full extract as usual, or changes."""
    told = tables if is_delta else {**USUAL, **tables}
    return emis("5.4").deliver(town.place(ODS), told, is_delta=is_delta, extracted_on=on, practice=practice)


def asthma_of(town) -> set[str]:
    """Who has the code for asthma, by the practice's current snapshot."""
    snapshot = lake.current(town.area.lake, ODS)
    with engine(snapshot.path) as db:
        rows = db.rows(f"SELECT patient_id FROM ({rows_of([snapshot.path], 'event')}) WHERE code = '195967001'")
    return {patient_id for (patient_id,) in rows}


def in_use(town) -> date:
    """The day that the practice's data speak for."""
    return lake.current(town.area.lake, ODS).extracted_on


def nights(town, *days: date) -> list[int]:
    """The exit codes of some nights."""
    return [town.night(day, practices=[ODS], lists=False).exit_code for day in days]


def files_of(town) -> dict[Path, int]:
    """Every file of the practice's data, and when it was written."""
    places = (town.area.lake, town.area.mirror)
    return {path: path.stat().st_mtime_ns for place in places for path in place.rglob("*") if path.is_file()}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def new_asthma(who: str, guid: str) -> dict[str, list[Row]]:
    return {"CareRecord_Observation": [observation(guid, PatientGuid=who)]}


def test_changes_are_applied_to_the_state_before_them(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    assert asthma_of(town) == {"ann", "bob"}
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    sent(town, after(2), is_delta=True, CareRecord_Observation=[{"ObservationGuid": "o1", "Deleted": "true"}])
    assert nights(town, after(2)) == [0]
    assert asthma_of(town) == {"bob", "cat"}
    assert in_use(town) == after(2)


def test_changes_that_cover_one_night_leave_the_data_as_far_back_as_they_went(town) -> None:
    sent(town, DAY)
    changes = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    _manifest(changes.folder, "covers_from = 2010-01-01", f"covers_from = {DAY}")
    assert nights(town, after(1)) == [0]
    assert lake.current(town.area.lake, ODS).covers_from == date(2010, 1, 1)


def test_a_night_without_news_touches_no_file(town) -> None:
    sent(town, DAY)
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    nights(town, after(1))
    before = files_of(town)
    outcome = town.night(after(1), practices=[ODS], lists=False)
    assert outcome.fates[ODS].outcome == "unchanged"
    assert files_of(town) == before


def test_changes_before_any_full_extract_wait_for_one(town) -> None:
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [5]
    told = str(town.errors[ODS])
    assert isinstance(town.errors[ODS], DeliveryLate)
    assert "holds changes only, and there is no full extract of B83001 before it. Ask for one." in told
    assert lake.current(town.area.lake, ODS) is None
    sent(town, DAY)
    assert nights(town, after(1)) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}


def test_a_gap_keeps_the_last_good_state_until_the_missing_changes_come(town) -> None:
    sent(town, DAY)
    sent(town, after(2), is_delta=True, **new_asthma("cat", "o3"))
    sent(town, after(3), is_delta=True, **new_asthma("ann", "o4"))
    assert nights(town, after(3)) == [5]
    told = str(town.errors[ODS])
    assert "the changes from 2026-11-20 to 2026-11-21 are missing" in told
    assert "Delivery delivery-2 cannot be used before they come" in told
    assert "or for a full extract" in told
    assert "The extract of 2026-11-20 stays in use." in told
    assert in_use(town) == DAY
    sent(town, after(1), is_delta=True, **new_asthma("bob", "o5"))
    assert nights(town, after(3)) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}
    assert in_use(town) == after(3)


def test_a_full_extract_heals_a_gap(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    sent(town, after(2), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(2)) == [5]
    sent(town, after(3), Admin_Patient=[patient("ann")])
    assert nights(town, after(3)) == [0]
    assert asthma_of(town) == {"ann"}
    sent(town, after(4), is_delta=True, **new_asthma("ann", "o6"))
    assert nights(town, after(4)) == [0]
    assert in_use(town) == after(4)


def test_changes_that_reach_further_back_than_the_state_are_applied(town) -> None:
    sent(town, DAY)
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    late = sent(town, after(3), is_delta=True, **new_asthma("cat", "o3"))
    _since(late, DAY)
    assert nights(town, after(3)) == [0]
    assert in_use(town) == after(3)


def test_the_same_changes_sent_twice_count_once(town) -> None:
    sent(town, DAY)
    changes = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    shutil.copytree(changes.folder, changes.folder.with_name("again"))
    outcome = town.night(after(1), practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (0, "unchanged")


def test_two_different_changes_of_one_day_contradict_each_other(town) -> None:
    sent(town, DAY)
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    wrong = sent(town, after(1), is_delta=True, **new_asthma("ann", "o4"))
    assert nights(town, after(1)) == [4]
    assert "two deliveries speak for 2026-11-21: delivery-2 and delivery-3" in str(town.errors[ODS])
    assert in_use(town) == DAY
    for place in (town.area.inbox / ODS / wrong.folder.name, wrong.folder):
        shutil.rmtree(place)
    assert nights(town, after(1)) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}


def test_changes_corrected_after_they_were_used_are_read_anew_once_the_wrong_ones_are_removed(town) -> None:
    sent(town, DAY)
    wrong = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    sent(town, after(1), is_delta=True, CareRecord_Observation=[{"ObservationGuid": "o1", "Deleted": "true"}])
    assert nights(town, after(1)) == [4]
    assert asthma_of(town) == {"ann", "bob", "cat"}
    for place in (town.area.inbox / ODS / wrong.folder.name, wrong.folder):
        shutil.rmtree(place)
    assert nights(town, after(1)) == [0]
    assert asthma_of(town) == {"bob"}


def test_data_go_on_where_the_inbox_holds_the_older_deliveries_no_longer(town) -> None:
    first = sent(town, DAY)
    second = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    for each in (first, second):
        shutil.rmtree(town.area.inbox / ODS / each.folder.name)
        shutil.rmtree(each.folder)
    sent(town, after(2), is_delta=True, CareRecord_Observation=[{"ObservationGuid": "o2", "Deleted": "true"}])
    assert nights(town, after(2)) == [0]
    assert asthma_of(town) == {"ann", "cat"}


def test_a_mirror_that_is_gone_is_made_again_from_the_inbox(town) -> None:
    sent(town, DAY)
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    shutil.rmtree(town.area.mirror)
    sent(town, after(2), is_delta=True, **new_asthma("ann", "o4"))
    assert nights(town, after(2)) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}
    assert in_use(town) == after(2)


def test_a_code_that_comes_late_is_held_and_counted_until_it_comes(town) -> None:
    sent(town, DAY, CareRecord_Observation=[observation("o1", CodeId="77"), observation("o2", PatientGuid="bob")])
    assert nights(town, DAY) == [0]
    assert asthma_of(town) == {"bob"}
    codes = pl.read_parquet(lake.current(town.area.lake, ODS).path / "unmapped_code.parquet")
    assert codes.select("system", "code").rows() == [("held", "77")]
    sent(town, after(1), is_delta=True, Coding_ClinicalCode=[{**ASTHMA, "CodeId": "77"}])
    assert nights(town, after(1)) == [0]
    assert asthma_of(town) == {"ann", "bob"}
    assert pl.read_parquet(lake.current(town.area.lake, ODS).path / "unmapped_code.parquet").is_empty()


def test_a_row_dated_tomorrow_is_used_tomorrow_though_nobody_sends_it_again(town) -> None:
    tomorrow = observation("o9", PatientGuid="cat", EffectiveDate=str(after(1)))
    town.set("max_bad_rows", 0.5)
    sent(town, DAY, CareRecord_Observation=[observation("o1"), tomorrow])
    assert nights(town, DAY) == [0]
    assert asthma_of(town) == {"ann"}
    sent(town, after(1), is_delta=True)
    assert nights(town, after(1)) == [0]
    assert asthma_of(town) == {"ann", "cat"}


# What may be wrong with a night's changes, and what is told of it.
def _shifted(delivery: Path) -> None:
    _rewrite(delivery, lambda head, rows: [head, *["x," + row[: row.rindex(",")] for row in rows]])


def _cut(delivery: Path) -> None:
    path = next(delivery.glob("*CareRecord_Observation_*"))
    path.write_bytes(path.read_bytes()[:-40])


def _lacking(delivery: Path) -> None:
    _rewrite(delivery, lambda head, rows: [head.replace("EnteredDate", "Entered_Date"), *rows])


def _of_version_6(delivery: Path) -> None:
    _manifest(delivery, 'version = "5.4"', 'version = "6.0"')


def _of_two_agreements(delivery: Path) -> None:
    path = next(delivery.glob("*Admin_Patient*"))
    path.rename(path.with_name(path.name.replace("F95EE3AF", "00000000")))


def _rewrite(delivery: Path, change: Callable[[str, list[str]], list[str]]) -> None:
    path = next(delivery.glob("*CareRecord_Observation_*"))
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\r\n".join(change(head, rows)) + "\r\n", encoding="utf-8", newline="")


def _manifest(delivery: Path, old: str, new: str) -> None:
    path = delivery / "manifest.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _since(delivery: RawDelivery, day: date) -> None:
    _manifest(delivery.folder, f"changes_since = {delivery.manifest.changes_since}", f"changes_since = {day}")


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a column shifted by one": (_shifted, "rows: EnteredDate is no date"),
    "a file cut in the middle": (_cut, "ends in the middle of a line; it was cut off. Send it again."),
    "a column of another name": (_lacking, "has no column EnteredDate"),
    "a version nobody knows": (_of_version_6, "version 6.0, and of format emis reachwell knows 5.0, 5.1, 5.3, 5.4"),
    "files of two agreements": (_of_two_agreements, "its files' names are of more than one agreement"),
}


@pytest.mark.parametrize("is_delta", [False, True], ids=["full", "changes"])
@pytest.mark.parametrize(("spoil", "words"), FAULTS.values(), ids=FAULTS)
def test_a_spoilt_delivery_is_refused_and_the_last_good_state_kept(
    town, spoil: Callable[[Path], None], words: str, is_delta: bool
) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    kept = files_of(town)
    spoilt = sent(town, after(1), is_delta=is_delta, **new_asthma("cat", "o3"))
    spoil(spoilt.folder)
    outcome = town.night(after(1), practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (4, "rejected")
    assert isinstance(town.errors[ODS], DeliveryRejected)
    assert words in str(town.errors[ODS])
    assert "The extract of 2026-11-20 stays in use." in str(town.errors[ODS])
    assert files_of(town) == kept
    # Nothing that was begun is left.
    assert [path.name for path in (town.area.mirror / ODS).iterdir()] == [lake.current(town.area.lake, ODS).mirror]
    # Changes put right are picked up by themselves, and those after them too.
    sent(town, after(1), is_delta=is_delta, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    assert "cat" in asthma_of(town)


@pytest.mark.parametrize("is_delta", [False, True], ids=["full", "changes"])
def test_another_practices_extract_under_this_practices_manifest_is_refused(town, is_delta: bool) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    of_another = patient("dan", OrganisationGuid="oak road")
    there = {"OrganisationGuid": "oak road", "ODSCode": "B83999"}
    sent(town, after(1), is_delta=is_delta, Admin_Patient=[of_another], Admin_Organisation=[there],
         CareRecord_Observation=[observation("x1", PatientGuid="dan")])  # fmt: skip
    assert nights(town, after(1)) == [4]
    assert f"practice is not {ODS}" in str(town.errors[ODS])
    assert in_use(town) == DAY


def test_a_disabled_sharing_agreement_stops_the_practice_before_everything_is_deleted(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    everybody = [{"PatientGuid": who, "Deleted": "true"} for who in ("ann", "bob", "cat")]
    sent(town, after(1), is_delta=True, Admin_Patient=everybody,
         Agreements_SharingOrganisation=[{**AGREED, "Disabled": "true"}])  # fmt: skip
    assert nights(town, after(1)) == [4]
    assert "sharing agreement" in str(town.errors[ODS])
    assert asthma_of(town) == {"ann", "bob"}


def many_observations(count: int) -> list[Row]:
    return [observation(f"{number:036}", PatientGuid=("ann", "bob", "cat")[number % 3]) for number in range(count)]


@pytest.mark.slow
def test_an_extract_larger_than_the_memory_it_may_use_is_loaded(town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reachwell.engine.MEMORY_LIMIT", "100MB")
    full = sent(town, DAY, CareRecord_Observation=many_observations(1_300_000))
    assert next(full.folder.glob("*CareRecord_Observation_*")).stat().st_size > 120_000_000
    assert nights(town, DAY) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}
    assert list(town.area.scratch.iterdir()) == []


def test_too_little_memory_is_told_and_is_no_fault_of_the_delivery(town, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    sent(town, after(1), CareRecord_Observation=many_observations(20_000))
    monkeypatch.setattr("reachwell.engine.MEMORY_LIMIT", "1MB")
    assert nights(town, after(1)) == [1]
    assert "the 1MB of memory that the database may use, and the disk it spills to" in str(town.errors[ODS])
    assert in_use(town) == DAY


def test_a_file_that_is_wrong_throughout_is_counted_in_full_and_kept_in_part(town) -> None:
    spoilt = sent(town, DAY, CareRecord_Observation=many_observations(12_000))
    _shifted(spoilt.folder)
    assert nights(town, DAY) == [4]
    assert "CareRecord_Observation: 12,000 rows: EnteredDate is no date" in str(town.errors[ODS])
    kept = pl.read_parquet(town.area.quarantine / ODS / f"{spoilt.folder.name}.parquet")
    assert kept.height == 10_000


def test_a_code_list_changed_on_a_night_of_changes_holds_for_everybody(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    listed = town.folder / "sql" / "codelists" / "asthma_only.csv"
    listed.write_text("code,system,term\n195967001,snomed,Asthma\n", encoding="utf-8")
    sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    assert nights(town, after(1)) == [0]
    coded = pl.read_parquet(lake.current(town.area.lake, ODS).path / "coded_event.parquet")
    assert coded.filter(pl.col("list") == "asthma_only")["patient_id"].n_unique() == 3


def test_bad_rows_that_a_full_extract_may_have_do_not_stop_the_changes_after_it(town) -> None:
    many = [*many_observations(900), observation("bad", EffectiveDate="1901-01-01")]
    sent(town, DAY, CareRecord_Observation=many)
    assert nights(town, DAY) == [0]
    sent(town, after(1), is_delta=True, **new_asthma("bob", "x1"))
    assert nights(town, after(1)) == [0]


def test_one_bad_row_among_a_few_changes_stays_out_and_stops_nothing(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    rows = [observation(f"n{number}") for number in range(15)]
    told_wrong = observation("o2", PatientGuid="bob", EffectiveDate="soon")
    gone = {"ObservationGuid": "o1", "Deleted": "true", "EffectiveDate": "whenever"}
    sent(town, after(1), is_delta=True, CareRecord_Observation=[*rows, told_wrong, gone])
    assert nights(town, after(1)) == [0]
    # How o2 is now nobody can read; how it was it is no more.
    assert asthma_of(town) == {"ann"}
    quarantined = pl.read_parquet(town.area.quarantine / ODS / "delivery-2.parquet")
    assert quarantined["rule"].to_list() == ["EffectiveDate is no date such as 2026-11-21"]


def test_changes_that_hold_what_refused_ones_held_are_used_in_their_place(town) -> None:
    sent(town, DAY)
    _cut(sent(town, after(1), is_delta=True, **new_asthma("cat", "o3")).folder)
    assert nights(town, after(1)) == [4]
    _since(sent(town, after(2), is_delta=True, **new_asthma("cat", "o3")), DAY)
    assert nights(town, after(2)) == [0]
    assert asthma_of(town) == {"ann", "bob", "cat"}


def test_an_earlier_days_changes_sent_again_otherwise_are_told_until_one_is_removed(town) -> None:
    sent(town, DAY)
    wrong = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    sent(town, after(2), is_delta=True)
    assert nights(town, after(2)) == [0]
    sent(town, after(1), is_delta=True, CareRecord_Observation=[{"ObservationGuid": "o1", "Deleted": "true"}])
    assert nights(town, after(2), after(2)) == [4, 4]
    assert "two deliveries speak for 2026-11-21" in str(town.errors[ODS])
    for place in (town.area.inbox / ODS / wrong.folder.name, wrong.folder):
        shutil.rmtree(place)
    assert nights(town, after(2)) == [0]
    assert asthma_of(town) == {"bob"}
    assert in_use(town) == after(2)


@pytest.mark.parametrize(
    ("line", "other"), [('key_id = "none"', 'key_id = "3f9a"'), ("invented = true", "invented = false")]
)
def test_changes_under_another_key_or_of_real_people_are_not_mixed_in(town, line: str, other: str) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    _manifest(sent(town, after(1), is_delta=True, **new_asthma("cat", "o3")).folder, line, other)
    assert nights(town, after(1)) == [4]
    assert "send a full extract" in str(town.errors[ODS])
    assert asthma_of(town) == {"ann", "bob"}


def test_a_drug_tariff_that_is_not_there_is_no_matter_for_who_does_not_use_it(town) -> None:
    settings = town.folder / "reachwell.toml"
    settings.write_text(settings.read_text() + '\n[prices]\ndrug_tariff = "Part VIIIA.csv"\n')
    sent(town, DAY)
    assert nights(town, DAY) == [0]


@pytest.mark.parametrize("day", ["infinity", "20266-01-05", "-infinity"])
def test_a_day_no_calendar_has_is_no_date(town, day: str) -> None:
    town.set("max_bad_rows", 0.5)
    sent(town, DAY, CareRecord_Observation=[observation("o1", EffectiveDate=day), observation("o2", PatientGuid="bob")])
    assert nights(town, DAY) == [0]
    assert asthma_of(town) == {"bob"}


def test_catching_up_keeps_the_states_before_and_after_only(town) -> None:
    sent(town, DAY)
    assert nights(town, DAY) == [0]
    for days in (1, 2, 3):
        sent(town, after(days), is_delta=True, **new_asthma("cat", f"o{days + 2}"))
    assert nights(town, after(3)) == [0]
    days_kept = sorted(path.name[:10] for path in (town.area.lake / ODS).iterdir() if path.is_dir())
    assert days_kept == [str(DAY), str(after(3))]


@pytest.mark.parametrize("table", ["CareRecord_Observation", "CareRecord_Consultation"])
def test_a_full_extract_that_has_lost_most_of_a_table_is_refused_unless_the_area_says_otherwise(
    town, table: str
) -> None:
    days = [str(date(2020, 1, 1) + timedelta(days=number)) for number in range(300)]
    many = {
        "CareRecord_Observation": [observation(f"o{day}", EffectiveDate=day) for day in days],
        "CareRecord_Consultation": [consultation(f"c{day}", EffectiveDate=day) for day in days],
    }
    sent(town, DAY, **many)
    assert nights(town, DAY) == [0]
    sent(town, after(1), **{**many, table: []})
    assert nights(town, after(1)) == [4]
    assert "has 0 rows, and the extract in use has" in str(town.errors[ODS])
    assert "raise max_fall in reachwell.toml" in str(town.errors[ODS])
    assert in_use(town) == DAY
    town.set("max_fall", 1.0)
    assert nights(town, after(1)) == [0]


def test_observations_without_their_code_table_are_refused(town) -> None:
    sent(town, DAY, CareRecord_Observation=many_observations(1200), Coding_ClinicalCode=[])
    assert nights(town, DAY) == [4]
    assert "Ask for the whole code table." in str(town.errors[ODS])


def test_a_reference_row_that_cannot_be_read_touches_whoever_refers_to_it(town) -> None:
    nurse = {"AppointmentSessionGuid": "s", "SessionTypeDescription": "Nurse"}
    mine = [slot("x1", SessionGuid="s"), slot("x2", PatientGuid="bob", SessionGuid="other")]
    rest = [{"AppointmentSessionGuid": f"t{number}"} for number in range(20)]
    sent(town, DAY, Appointment_Session=[nurse, *rest], Appointment_Slot=mine, CareRecord_Consultation=[])
    assert nights(town, DAY) == [0]
    sent(town, after(1), is_delta=True, Appointment_Session=[{**nurse, "Deleted": "perhaps"}, *rest])
    assert nights(town, after(1)) == [0]
    with engine(lake.current(town.area.lake, ODS).path) as db:
        rows = db.rows(f"SELECT kind FROM ({rows_of([lake.current(town.area.lake, ODS).path], 'contact')})")
    assert {kind for (kind,) in rows} == {"other"}


def test_validate_says_of_changes_what_the_night_would(town) -> None:
    full = sent(town, DAY)
    assert nights(town, DAY) == [0]
    over_a_gap = sent(town, after(2), is_delta=True, **new_asthma("cat", "o3"))
    fitting = sent(town, after(1), is_delta=True, **new_asthma("cat", "o3"))
    area_of = town.area
    tries = [
        (area_of, over_a_gap, DeliveryLate),
        (area_of, fitting, None),
        (area_of, full, None),
        (None, fitting, None),
    ]
    for area, delivery, fault in tries:
        with tried(area, delivery.folder, delivery.manifest) as trial:
            assert type(trial.fault) is (fault or type(None))
            # Without an area there is nothing that changes could be applied to.
            assert (trial.snapshot is None) == (area is None or fault is not None)
    assert in_use(town) == DAY
