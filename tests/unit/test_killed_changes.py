"""A night that is killed while it applies changes: the state before or the one after, and the next night is well."""

from datetime import date
from pathlib import Path
from signal import SIGKILL

import pytest

from reachwell import lake
from reachwell.engine import engine
from reachwell.lake import rows_of
from reachwell.tables import TABLES
from tests.sources.emis_delivery import (
    AGREED,
    ASTHMA,
    ORGANISATION,
    SALBUTAMOL,
    consultation,
    emis,
    observation,
    patient,
)

pytestmark = pytest.mark.slow

ODS, DAY, NEXT_DAY = "B83001", date(2026, 11, 19), date(2026, 11, 20)
MOMENTS = [
    "before inbox/B83001/*",
    "before lake/B83001/2026-11-20-*",
    "after lake/B83001/2026-11-20-*",
    "before mirror/B83001/2026-11-20-*",
    "before lake/B83001/current",
    "after lake/B83001/current",
]


@pytest.fixture(scope="module")
def changing(new_town):
    """An EMIS practice after its full extract, with a night's changes in its place."""
    town = new_town({ODS: ("Elm Tree Surgery", 0.8)})
    town.set("format", "emis")
    everybody = [patient(f"p{number}") for number in range(20)]
    full = {
        "Admin_Organisation": [{**ORGANISATION, "ODSCode": ODS}], "Agreements_SharingOrganisation": [AGREED],
        "Coding_ClinicalCode": [ASTHMA], "Coding_DrugCode": [SALBUTAMOL], "Admin_Patient": everybody,
        "CareRecord_Observation": [observation("o1", PatientGuid="p1"), observation("o2", PatientGuid="p2")],
        "CareRecord_Consultation": [consultation("c1", PatientGuid="p1")],
    }  # fmt: skip
    emis("5.4").deliver(town.place(ODS), full, extracted_on=DAY, practice=ODS)
    assert town.night(DAY).exit_code == 0
    changes = {
        "CareRecord_Observation": [observation("o3", PatientGuid="p3"), {"ObservationGuid": "o1", "Deleted": "true"}]
    }
    emis("5.4").deliver(town.place(ODS), changes, is_delta=True, extracted_on=NEXT_DAY, practice=ODS)
    return town


@pytest.fixture(scope="module")
def undisturbed(changing, copy_of):
    """The same practice after a night that nothing disturbed."""
    town = copy_of(changing)
    assert town.night(NEXT_DAY).exit_code == 0
    return town


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_next_night_finishes_what_a_killed_one_left(changing, undisturbed, copy_of, moment: str) -> None:
    town = copy_of(changing)
    assert town.die_at(moment, NEXT_DAY) == -SIGKILL
    assert data_of(town) in (data_of(changing), data_of(undisturbed))

    assert town.night(NEXT_DAY).exit_code == 0

    assert data_of(town) == data_of(undisturbed)
    assert [path for path in town.area.data.rglob("*") if path.name.startswith(".unfinished-")] == []
    for place in ("lake", "mirror"):
        assert files_of(town.area.data / place) == files_of(undisturbed.area.data / place)


def data_of(town) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the practice's current snapshot."""
    snapshot = lake.current(town.area.lake, ODS)
    with engine(snapshot.path, threads=1) as db:
        return {name: sorted(db.rows(rows_of([snapshot.path], name)), key=str) for name in TABLES}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
