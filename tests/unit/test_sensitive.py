"""Sensitive codes are never taken over: not into our tables, nor the mirror, and counted."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reachwell import lake
from reachwell.sensitive import sensitive_codes
from reachwell.trial import tried
from tests.sources.emis_delivery import AGREED, ASTHMA, ORGANISATION, emis, observation, patient

ODS, DAY = "B83001", date(2026, 11, 20)
HIV = {"CodeId": "77", "SnomedCTConceptId": "86406008"}
USUAL = {
    "Admin_Organisation": [{**ORGANISATION, "ODSCode": ODS}],
    "Admin_Patient": [patient("ann"), patient("bob")],
    "Agreements_SharingOrganisation": [AGREED],
}


@pytest.fixture
def town(town):
    """An area whose practices send EMIS extracts."""
    town.set("format", "emis")
    return town


def send(town, on: date, codes: list[dict[str, str]], *observations: dict[str, str], is_delta: bool = False) -> Path:
    told = {**({} if is_delta else USUAL), "Coding_ClinicalCode": codes, "CareRecord_Observation": observations}
    return emis("5.4").deliver(town.place(ODS), told, is_delta=is_delta, extracted_on=on, practice=ODS).folder


def codes_of(town) -> list[str]:
    return pl.read_parquet(lake.current(town.area.lake, ODS).path / "event*.parquet")["code"].drop_nulls().to_list()


def observations_of(town) -> set[str]:
    """The observations in the practice's mirror that still say something."""
    files = (town.area.mirror / ODS).glob("*/CareRecord_Observation*.parquet")
    rows = [row for file in files for row in pl.read_parquet(file).to_dicts() if row["PatientGuid"]]
    return {row["ObservationGuid"] for row in rows}


def test_hiv_is_among_the_sensitive_codes() -> None:
    assert HIV["SnomedCTConceptId"] in sensitive_codes(None).filter(system="snomed")["code"].to_list()


def test_they_are_stripped_from_lake_and_mirror_and_counted(town) -> None:
    delivery = send(town, DAY, [ASTHMA, HIV], observation("o1"), observation("o2", CodeId="77"))
    assert town.night(DAY, practices=[ODS], lists=False).exit_code == 0
    assert (codes_of(town), observations_of(town)) == (["195967001"], {"o1"})
    from reachwell.manifest import read

    with tried(None, delivery, read(delivery)) as trial:
        assert ("left out", "events of a sensitive code", 1) in {
            (each.table, each.rule, each.rows) for each in trial.checked.findings
        }


def test_changes_too_and_a_code_that_comes_later_than_its_observation(town) -> None:
    send(town, DAY, [ASTHMA], observation("o1"), observation("o2", CodeId="77"))
    assert town.night(DAY, practices=[ODS], lists=False).exit_code == 0
    assert sorted(codes_of(town)) == ["195967001", "77"]
    send(town, date(2026, 11, 21), [HIV], observation("o3", CodeId="77", PatientGuid="bob"), is_delta=True)
    assert town.night(date(2026, 11, 21), practices=[ODS], lists=False).exit_code == 0
    assert (codes_of(town), observations_of(town)) == (["195967001"], {"o1"})


def test_an_area_adds_codes_and_takes_none_away(tmp_path: Path) -> None:
    lists = tmp_path / "sql" / "codelists"
    lists.mkdir(parents=True)
    (lists / "sensitive_local.csv").write_text("code,system,term\n195967001,snomed,Asthma\n")
    (lists / "sensitive.csv").write_text("code,system,term\n38341003,snomed,Hypertension\n")
    codes = set(sensitive_codes(tmp_path)["code"])
    assert codes == {"195967001", "38341003", *sensitive_codes(None)["code"]}
