"""Invented practices: whole, fit to be loaded, the same each time, and with a list that changes by night."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import codelists, manifest
from reachwell.chain import Received
from reachwell.criteria import read_programme
from reachwell.features import catalogue
from reachwell.invent import Tables, invent_practice, next_night, write_delivery
from reachwell.invent.codes import FILLER
from reachwell.load import Place, load_full
from reachwell.match import match
from reachwell.measure import measure
from reachwell.tables import TABLES
from reachwell.validate import Checked

# A Thursday.
ODS, SEED, DAY = "B83001", 7, date(2026, 11, 19)
NEXT_DAY, SUNDAY = DAY + timedelta(days=1), DAY + timedelta(days=3)


@dataclass(frozen=True)
class Night:
    tables: Tables
    manifest: manifest.Manifest
    checked: Checked
    matches: pl.DataFrame

    @property
    def listed(self) -> set[str]:
        return set(self.matches.filter(pl.col("step") == "eligible", pl.col("points") >= 5)["patient_id"])


def night_of(tables: Tables, on: date, folder: Path) -> Night:
    delivery = write_delivery(tables, folder, ODS, on)
    told = manifest.read(delivery)
    found = Checked()
    snapshot = load_full(Place.aside(None, folder), Received(delivery, told, delivery.name), None, found)
    features = catalogue(None)
    programme = read_programme("social_prescribing", features, None)
    measured = measure([snapshot], on, programme.wanted(features).values(), {})
    return Night(tables, told, found, match(measured, programme))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Night]:
    folder = tmp_path_factory.mktemp("invented")
    tables = invent_practice(ODS, 1500, SEED, DAY)
    return night_of(tables, DAY, folder), night_of(next_night(tables, ODS, SEED, NEXT_DAY), NEXT_DAY, folder)


def test_the_same_arguments_give_the_same_rows_and_another_seed_others() -> None:
    one, same, other = (invent_practice(ODS, 100, seed, DAY) for seed in (1, 1, 2))
    assert all(one[name].equals(same[name]) for name in TABLES)
    assert all(
        next_night(one, ODS, 1, NEXT_DAY)[name].equals(next_night(same, ODS, 1, NEXT_DAY)[name]) for name in TABLES
    )
    assert not set(one["patient"]["patient_id"]) & set(other["patient"]["patient_id"])


@pytest.mark.parametrize("years", [0.5, 5, 10])
@pytest.mark.parametrize("patients", [1, 2, 5])
def test_a_practice_may_be_tiny_and_its_history_short_or_long(patients: int, years: float) -> None:
    leap_day = date(2024, 2, 29)
    tables = next_night(invent_practice(ODS, patients, SEED, leap_day, years), ODS, SEED, date(2024, 3, 1))
    assert tables["patient"].height == patients + 3


def test_a_record_may_be_filled_more_or_less() -> None:
    few, usual, many = (invent_practice(ODS, 100, SEED, DAY, noted_each=each)["event"].height for each in (0, 3.5, 9))
    assert few < usual / 4
    assert many > usual * 2


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_our_columns_and_types(nights: tuple[Night, Night], name: str) -> None:
    columns = [(column, kind.dtype.type) for column, kind in TABLES[name].columns.items()]
    assert all(list(night.tables[name].schema.items()) == columns for night in nights)


def test_pseudonyms_are_unique_and_survive_a_spreadsheet(nights: tuple[Night, Night]) -> None:
    pseudonyms = nights[1].tables["patient"]["patient_id"]
    assert pseudonyms.is_unique().all()
    assert pseudonyms.str.contains("^[A-DF-HJKMNP-TV-Z][0-9A-DF-HJKMNP-TV-Z]{11}$").all()


def test_a_delivery_is_fit_but_for_a_few_spoilt_codes_and_says_it_is_invented(nights: tuple[Night, Night]) -> None:
    for night, on in zip(nights, (DAY, NEXT_DAY), strict=True):
        assert night.manifest.invented
        assert night.manifest.extracted_on == on
        bad = {finding.rule for finding in night.checked.findings if finding.bad}
        assert bad == {"code spoilt by a spreadsheet"}
        assert 0 < night.checked.bad_share < 0.001


def test_everything_befalls_people_while_they_live_and_are_on_the_list(nights: tuple[Night, Night]) -> None:
    tables = nights[0].tables
    patient = tables["patient"].with_columns(ended=pl.min_horizontal("deregistered_on", "died_on"))
    assert patient.filter(pl.col("ended") < pl.col("registered_on")).is_empty()
    assert patient.filter(pl.col("deregistered_on").is_not_null(), pl.col("died_on").is_not_null()).is_empty()
    for name in ("contact", "medicine", "event"):
        rows = tables[name].join(patient, on="patient_id")
        since = "birth_month" if name == "event" else "registered_on"
        assert rows.filter((pl.col("on_date") < pl.col(since)) | (pl.col("on_date") > pl.col("ended"))).is_empty()


def test_a_practice_is_closed_at_weekends_and_on_bank_holidays(nights: tuple[Night, Night]) -> None:
    contact = nights[0].tables["contact"]
    seen, urgent = (contact.filter(pl.col("kind").is_in(["emergency", "admission"]) == each) for each in (False, True))
    assert set(seen["on_date"].dt.weekday()) == {1, 2, 3, 4, 5}
    assert set(urgent["on_date"].dt.weekday()) == {1, 2, 3, 4, 5, 6, 7}
    closed = {date(2023, 12, 25), date(2024, 1, 1), date(2024, 5, 6), date(2024, 8, 26), date(2025, 12, 26)}
    assert not set(seen["on_date"]) & closed
    assert date(2024, 2, 29) in set(seen["on_date"])


def test_on_a_sunday_only_hospitals_are_seen(nights: tuple[Night, Night]) -> None:
    before = nights[1].tables
    sunday = next_night(before, ODS, SEED, SUNDAY)
    assert sunday["medicine"].equals(before["medicine"])
    assert set(sunday["contact"][before["contact"].height :]["kind"]) <= {"emergency", "admission"}


def test_what_fills_a_record_is_snomed_and_on_no_list() -> None:
    assert all(codelists.is_snomed(code) for code, *_ in FILLER)
    assert not {code for code, *_ in FILLER} & set(codelists.read_all()["code"])


def test_the_usual_criteria_list_a_few_in_a_hundred_adults(nights: tuple[Night, Night]) -> None:
    not_adults = ["died", "left the practice", "under the minimum age"]
    adults = nights[0].matches.filter(~pl.col("step").is_in(not_adults)).height
    assert 0.015 < len(nights[0].listed) / adults < 0.04


def test_the_list_changes_by_night_with_more_than_one_reason(nights: tuple[Night, Night]) -> None:
    first, second = nights
    assert second.listed - first.listed
    gone = second.matches.filter(pl.col("patient_id").is_in(list(first.listed - second.listed)))
    assert gone["step"].n_unique() > 1


def test_a_night_keeps_the_rows_there_are_and_adds_its_own(nights: tuple[Night, Night]) -> None:
    first, second = (night.tables for night in nights)
    for name in ("event", "contact", "medicine"):
        assert second[name].head(first[name].height).equals(first[name])
    for name in ("contact", "medicine"):
        assert set(second[name][first[name].height :]["on_date"]) == {NEXT_DAY}
    for day in ("died_on", "deregistered_on", "registered_on"):
        assert (second["patient"][day] == NEXT_DAY).any()
