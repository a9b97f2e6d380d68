"""EMIS: the patients, and those who are in the extract without being on the practice's list."""

import polars as pl

from reachwell.invent.formats.drawn import one_of
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.emis.staff import organisation, staff
from reachwell.invent.formats.row_ids import contents, guids
from reachwell.invent.formats.supplier import laid_out

# What a stranger is: EMIS's word for the type of patient, or what marks a patient whose record stays out.
_TYPES = ["Dummy", "Temporary", "Private", "Emergency", "Immediately Necessary", "Pre Registration", "Walk-In Patient"]
_DUMMY, _CONFIDENTIAL, _SENSITIVE = "dummy, of type Regular", "confidential", "sensitive"
STRANGERS = [*_TYPES, _DUMMY, _CONFIDENTIAL, _SENSITIVE]
_SEXES = {"female": "F", "male": "M", "indeterminate": "I"}


def patients(patient: pl.DataFrame, ods: str) -> pl.DataFrame:
    """Admin_Patient. A row is the newest registration only; a date of birth comes as the first of its month."""
    seeds, kind = contents(patient, ["patient_id"], "patient"), pl.col("stranger")
    rows = patient.select(
        "stranger",
        PatientGuid="patient_id",
        OrganisationGuid=pl.lit(organisation(ods)),
        UsualGpUserInRoleGuid=one_of(seeds, staff(ods, "gp"), "usual GP"),
        Sex=pl.col("sex").replace_strict(_SEXES, default="U"),
        DateOfBirth="birth_month",
        DateOfDeath="died_on",
        DateOfRegistration="registered_on",
        PatientTypeDescription=pl.when(kind.is_in(_TYPES)).then(kind).otherwise(pl.lit("Regular")),
        DummyType=kind.is_in(["Dummy", _DUMMY]).fill_null(False),
        ResidentialInstituteCode=pl.when("care_home").then(pl.lit("CH")),
        PersonGuid=guids(seeds),
        DateOfDeactivation="deregistered_on",
        Deleted=False,
        SpineSensitive=(kind == _SENSITIVE).fill_null(False),
        IsConfidential=(kind == _CONFIDENTIAL).fill_null(False),
    )
    return laid_out(rows, LAYOUT["Admin_Patient"])
