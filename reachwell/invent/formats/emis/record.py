"""EMIS: the coded record: observations, and the problems and referrals that some of them are."""

from datetime import date
from functools import cache

import polars as pl

from reachwell.codelists import read
from reachwell.invent.formats.drawn import below, one_in, one_of, times
from reachwell.invent.formats.emis.codes import code_table, with_code_ids
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.emis.staff import clinicians, organisation
from reachwell.invent.formats.oddities import Code, with_odd_events
from reachwell.invent.formats.row_ids import Digests, digests, guids
from reachwell.invent.formats.supplier import RawTables, laid_out
from reachwell.plugs import find_one

# The odd observations and what their codes are: one of EMIS's own, one that has no SNOMED CT, none at all; or one
# that is on no list: dated to the year, the month or not at all, with two values in one, confidential.
_EXAMINED, _PRESSURE = ("163020007", "snomed"), ("75367002", "snomed")
_ODD: dict[str, Code] = {
    "EMIS's own code": ("EMISNQRE82", "local"), "Read only": ("9N1C.", "read2"), "no code": (None, None),
    "year": _EXAMINED, "month": _EXAMINED, "no date": _EXAMINED, "two values": _PRESSURE, "confidential": _EXAMINED,
}  # fmt: skip
_ONE_IN = 80
_REFERRALS = ["871731000000106"]
_PRECISIONS = {"year": "Y", "month": "YM", "no date": "U"}


def record(event: pl.DataFrame, links: pl.DataFrame, ods: str, on: date) -> RawTables:
    """The tables of the coded record.

    links: which consultation there was of a patient on a day, with patient_id, on_date and ConsultationGuid.
    """
    rows = with_odd_events(event, _ODD, _ONE_IN)
    ids = digests(rows, rows.columns, "observation")
    rows = rows.with_columns(
        ObservationGuid=guids(ids),
        PatientGuid="patient_id",
        OrganisationGuid=pl.lit(organisation(ods)),
        Deleted=False,
    )
    rows = with_code_ids(rows).join(links, on=["patient_id", "on_date"], how="left", maintain_order="left")
    return {
        "CareRecord_Observation": laid_out(_observations(rows, ids, ods), LAYOUT["CareRecord_Observation"]),
        "CareRecord_Problem": laid_out(_problems(rows, ids), LAYOUT["CareRecord_Problem"]),
        "CareRecord_ObservationReferral": laid_out(_referrals(rows, ids), LAYOUT["CareRecord_ObservationReferral"]),
        "Coding_ClinicalCode": code_table(rows.filter(pl.col("code").is_not_null()), on),
    }


def _observations(rows: pl.DataFrame, ids: Digests, ods: str) -> pl.DataFrame:
    odd, day = pl.col("oddity"), pl.col("on_date")
    staff = clinicians(ods, one_of(ids, ["gp", "nurse", "other"], "kind"), ids)
    # A day that is known only to the year or the month is stored as the first of it; so some first days are such.
    rounded = pl.Series(below(ids, 2, "rounded") == 1)
    precision = (
        pl.when(day.is_null())
        .then(pl.lit("U"))
        .when(odd.is_in(list(_PRECISIONS)))
        .then(odd.replace_strict(_PRECISIONS, default=None))
        .when(rounded & (day.dt.ordinal_day() == 1))
        .then(pl.lit("Y"))
        .when(rounded & (day.dt.day() == 1))
        .then(pl.lit("YM"))
        .otherwise(one_of(ids, ["YMD", "YMD", "YMDT"], "precision"))
    )
    number = pl.col("value").cast(pl.String).str.strip_suffix(".0")
    return rows.with_columns(
        EffectiveDate=pl.when(odd == "year").then(day.dt.truncate("1y"))
        .when(odd == "month").then(day.dt.truncate("1mo")).otherwise(day),
        EffectiveDatePrecision=precision,
        EnteredDate="recorded_on",
        EnteredTime=times(ids, "entered"),
        ClinicianUserInRoleGuid=staff,
        EnteredByUserInRoleGuid=staff,
        CodeId=pl.when(pl.col("code").is_not_null()).then("CodeId"),
        Value=pl.when(odd == "two values").then(pl.lit("145/92")).otherwise(number),
        NumericUnit=pl.when(odd == "two values").then(pl.lit("mmHg")).otherwise("unit"),
        ObservationType=pl.when(pl.col("value").is_null()).then(pl.lit("Observation")).otherwise(pl.lit("Value")),
        IsConfidential=(odd == "confidential").fill_null(False),
    )  # fmt: skip


def _problems(rows: pl.DataFrame, ids: Digests) -> pl.DataFrame:
    # Some problems that are past have no end.
    is_past, has_end = one_in(ids, 8, "past"), one_in(ids, 2, "end")
    status = pl.when(is_past).then(pl.lit("Past Problem")).otherwise(pl.lit("Active Problem"))
    ended = pl.when(is_past & has_end).then("recorded_on")
    return rows.with_columns(
        ProblemStatusDescription=status,
        EndDate=ended,
        EndDatePrecision=pl.when(ended.is_not_null()).then(pl.lit("YMD")),
        SignificanceDescription=one_of(ids, ["Significant Problem", "Significant Problem", "Minor Problem"], "how"),
    ).filter(pl.col("code").is_in(_conditions()))


def _referrals(rows: pl.DataFrame, ids: Digests) -> pl.DataFrame:
    urgency = one_of(ids, ["Routine", "Routine", "Urgent"], "urgency")
    return rows.with_columns(ReferralUrgency=urgency, ReferralMode=pl.lit("Written")).filter(
        pl.col("code").is_in(_REFERRALS)
    )


@cache
def _conditions() -> list[str]:
    return read(find_one("sql/codelists", "long_term_condition"))["code"].to_list()
