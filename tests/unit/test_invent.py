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

ODS, SEED, ON = "B83001", 7, date(2026, 11, 21)
TOMORROW = ON + timedelta(days=1)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return invent_practice(ODS, 2000, SEED, ON)


@pytest.fixture(scope="module")
def tomorrow(tables: Tables) -> Tables:
    return next_night(tables, ODS, SEED, TOMORROW)


def matches_of(tables: Tables, on: date, folder: Path) -> tuple[Checked, pl.DataFrame]:
    delivery = write_delivery(tables, folder, ODS, on)
    told = manifest.read(delivery)
    found = checked(None, delivery, told)
    snapshot = lake.store(found.tables, told, "source", delivery.name, folder / "lake", None)
    features = catalogue(None)
    programme = read_programme("social_prescribing", features, None)
    measured = measure([snapshot], on, programme.wanted(features).values(), {})
    return found, match(measured, programme)


def candidates(matches: pl.DataFrame) -> set[str]:
    return set(matches.filter(pl.col("step") == "eligible", pl.col("points") >= 5)["patient_id"])


def test_the_same_arguments_give_the_same_rows_and_another_seed_others(tables: Tables) -> None:
    again, other = invent_practice(ODS, 2000, SEED, ON), invent_practice(ODS, 2000, SEED + 1, ON)
    assert all(tables[name].equals(again[name]) for name in TABLES)
    assert not set(tables["patient"]["patient_id"]) & set(other["patient"]["patient_id"])


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_our_columns_and_types(tables: Tables, tomorrow: Tables, name: str) -> None:
    columns = {column: kind.dtype.type for column, kind in TABLES[name].columns.items()}
    assert list(tables[name].schema.items()) == list(columns.items())
    assert tables[name].schema == tomorrow[name].schema


def test_pseudonyms_survive_a_spreadsheet_and_are_unique(tomorrow: Tables) -> None:
    ids = tomorrow["patient"]["patient_id"]
    assert ids.is_unique().all()
    assert ids.str.contains("^[A-Z][A-Z0-9]{11}$").all()
    assert not ids.str.contains("[EILOU]").any()


def test_a_delivery_is_fit_but_for_a_few_spoilt_codes_and_says_it_is_invented(
    tables: Tables, tomorrow: Tables, tmp_path: Path
) -> None:
    for each, on in ((tables, ON), (tomorrow, TOMORROW)):
        delivery = write_delivery(each, tmp_path, ODS, on)
        told = manifest.read(delivery)
        found = checked(None, delivery, told)
        assert told.invented
        assert told.extracted_on == on
        assert {finding.rule for finding in found.findings if finding.bad} == {"code spoilt by a spreadsheet"}
        assert 0 < found.bad_share < 0.001


def test_what_fills_a_record_is_snomed_and_on_no_list() -> None:
    assert all(codelists.is_snomed(code) for code in _FILLER_CODES)
    assert not set(_FILLER_CODES) & set(codelists.read_all()["code"])


def test_the_usual_criteria_give_a_list_of_usual_length_that_changes_by_night(
    tables: Tables, tomorrow: Tables, tmp_path: Path
) -> None:
    _, first = matches_of(tables, ON, tmp_path)
    _, second = matches_of(tomorrow, TOMORROW, tmp_path)
    adults = first.filter(~pl.col("step").is_in(["died", "left the practice", "under the minimum age"])).height
    assert 0.015 < len(candidates(first)) / adults < 0.045
    assert candidates(second) - candidates(first)
    gone = second.filter(pl.col("patient_id").is_in(list(candidates(first) - candidates(second))))
    assert gone["step"].n_unique() > 1


def test_a_night_adds_rows_of_its_day_and_loses_none(tables: Tables, tomorrow: Tables) -> None:
    for name in ("contact", "medicine"):
        assert tomorrow[name].head(tables[name].height).equals(tables[name])
        assert set(tomorrow[name][tables[name].height :]["on_date"]) == {TOMORROW}
    assert (tomorrow["patient"]["died_on"] == TOMORROW).any()
    assert (tomorrow["patient"]["registered_on"] == TOMORROW).any()
