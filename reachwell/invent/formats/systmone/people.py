"""SystmOne: the patients and their registrations, here and elsewhere."""

import polars as pl

from reachwell.invent.formats.drawn import one_in, one_of
from reachwell.invent.formats.row_ids import contents, numbers
from reachwell.invent.formats.supplier import RawTables
from reachwell.invent.formats.systmone.cells import sent

_TEST, _ELSEWHERE, _NOT_GMS = "test patient", "registered elsewhere", "not GMS"
STRANGERS = [_TEST, _ELSEWHERE, _ELSEWHERE, _NOT_GMS]
_SEXES = {"female": "F", "male": "M", "indeterminate": "I"}
# A practice that no list names.
_OTHER = "Y00001"
_STATUSES = ["GMS"] * 20 + ["GMS,Contraception", "Minor Surgery, GMS"]


def people(patient: pl.DataFrame, ods: str) -> RawTables:
    """SRPatient and SRPatientRegistration; a date of birth comes as the first of its month."""
    return {
        "SRPatient": sent("SRPatient", _patients(patient), ods),
        "SRPatientRegistration": sent("SRPatientRegistration", _registrations(patient, ods), ods),
    }


def _patients(patient: pl.DataFrame) -> pl.DataFrame:
    # SRPatient's times have no seconds.
    return patient.select(
        RowIdentifier="patient_id",
        DateBirth=pl.col("birth_month").dt.to_string("%d %b %Y 00:00"),
        DateDeath=pl.col("died_on").dt.to_string("%d %b %Y 00:00"),
        Gender=pl.col("sex").replace_strict(_SEXES, default="U"),
        TestPatient=(pl.col("stranger") == _TEST).fill_null(False),
        SpineMatched=pl.col("stranger").is_null(),
    )


def _registrations(patient: pl.DataFrame, ods: str) -> pl.DataFrame:
    seeds = contents(patient, ["patient_id"], "registration")
    stranger, began = pl.col("stranger"), pl.col("registered_on")
    of_now = patient.with_columns(
        place=pl.lit("now"),
        IDOrganisation=pl.when(stranger == _ELSEWHERE).then(pl.lit(_OTHER)).otherwise(pl.lit(ods)),
        RegistrationStatus=pl.when(stranger == _NOT_GMS)
        .then(pl.lit("Temporary Resident"))
        .otherwise(one_of(seeds, _STATUSES, "status")),
    )
    # Some were here before, and some are registered with another practice too.
    before = of_now.with_columns(
        place=pl.lit("before"), registered_on=began.dt.offset_by("-6y"), deregistered_on=began.dt.offset_by("-2y")
    ).filter(one_in(seeds, 15, "before") & patient["registered_on"].is_not_null())
    besides = of_now.with_columns(
        place=pl.lit("besides"), IDOrganisation=pl.lit(_OTHER), deregistered_on=pl.lit(None, pl.Date)
    ).filter(one_in(seeds, 20, "besides"))
    rows = pl.concat([of_now, before, besides])
    ids = contents(rows, ["patient_id", "place"], "registration")
    return rows.select(
        RowIdentifier=numbers(ids),
        DateEventRecorded=began.dt.to_string("%d %b %Y 09:00:00"),
        DateRegistration=began.dt.to_string("%d %b %Y 00:00:00"),
        DateDeRegistration=pl.col("deregistered_on").dt.to_string("%d %b %Y 00:00:00"),
        RegistrationStatus="RegistrationStatus",
        IDPatient="patient_id",
        # The practice's own id may be left out.
        IDOrganisation=pl.when((pl.col("IDOrganisation") != ods) | ~one_in(ids, 10, "blank")).then("IDOrganisation"),
        IDOrganisationRegisteredAt=pl.lit(ods),
    )
