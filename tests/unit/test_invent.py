"""Invented practices: whole, fit to be loaded, the same each time, and with a list that changes by night."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import codelists, lake, manifest
from reachwell.criteria import read_programme
from reachwell.delivery import checked
from reachwell.features import catalogue
from reachwell.invent import _FILLER_CODES, Tables, invent_practice, next_night, write_delivery
from reachwell.match import match
from reachwell.measure import measure
from reachwell.tables import TABLES
from reachwell.validate import Checked

ODS, SEED, DAY = "B83001", 7, date(2026, 11, 21)
NEXT_DAY = DAY + timedelta(days=1)


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
    found = checked(None, delivery, told)
    snapshot = lake.store(found.tables, told, "source", delivery.name, folder / "lake", None)
    features = catalogue(None)
    programme = read_programme("social_prescribing", features, None)
    return Night(
        tables, told, found, match(measure([snapshot], on, programme.wanted(features).values(), {}), programme)
    )


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


@pytest.mark.parametrize("patients", [1, 2, 5])
def test_a_practice_may_be_tiny(patients: int) -> None:
    leap_day = date(2024, 2, 29)
    tables = next_night(invent_practice(ODS, patients, SEED, leap_day), ODS, SEED, date(2024, 3, 1))
    assert tables["patient"].height == patients + 3


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


def test_what_fills_a_record_is_snomed_and_on_no_list() -> None:
    assert all(codelists.is_snomed(code) for code in _FILLER_CODES)
    assert not set(_FILLER_CODES) & set(codelists.read_all()["code"])


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
