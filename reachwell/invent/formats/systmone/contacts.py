"""SystmOne: the events of the record and the appointment book; only their days say what belongs together."""

from datetime import date

import numpy as np
import polars as pl

from reachwell.invent.formats.bookings import bookings
from reachwell.invent.formats.drawn import one_in, one_of, times
from reachwell.invent.formats.oddities import oddities, with_oddities
from reachwell.invent.formats.row_ids import Digests, digests, mixed, numbers
from reachwell.invent.formats.strangers import pseudonyms
from reachwell.invent.formats.supplier import RawTables, Tables
from reachwell.invent.formats.systmone.cells import dated, sent
from reachwell.invent.formats.systmone.lists import PAPER, ROLES, STATUSES, WAYS, numbered

_ODD, _ODD_ONE_IN = ["paper", "paper", "paper", "not clinical", "incomplete"], 4
_ROTAS = {"gp": "GP Surgery", "nurse": "Nurse Clinic"}
_ATTENDED = ["Finished"] * 16 + ["Arrived", "In Progress", "Waiting", "Patient Walked Out"]
_CANCELLED = ["Cancelled by Patient", "Cancelled by Patient", "Cancelled by Unit", "Cancelled by Other Service"]
# Of attended contacts one in so many had an appointment; of appointments one in so many has another beside it.
_BOOKED_ONE_IN, _BESIDE_ONE_IN = 1.6, 40


def contacts(tables: Tables, ods: str, on: date) -> tuple[RawTables, pl.DataFrame]:
    """SREvent and SRAppointment; and the event of a patient on a day.

    An emergency or an admission is known from a letter only.
    """
    contact = tables["contact"]
    contact = contact.with_columns(
        digest=pl.Series(digests(contact, contact.columns, "contact")),
        is_here=pl.col("kind").is_in(list(ROLES)),
    )
    event = _events(contact, ods)
    links = event.group_by("patient_id", "on_date").agg(IDEvent=pl.col("RowIdentifier").min())
    appointment = _appointments(tables["patient"], contact.filter("is_here"), on)
    found = {"SREvent": sent("SREvent", event, ods), "SRAppointment": sent("SRAppointment", appointment, ods)}
    return found, links


def _events(contact: pl.DataFrame, ods: str) -> pl.DataFrame:
    attended = contact.filter(pl.col("status") == "attended", pl.col("mode").is_not_null() | ~pl.col("is_here"))
    rows = with_oddities(attended, _ODD, _ODD_ONE_IN)
    digest, odd = rows["digest"].to_numpy(), pl.col("oddity")
    ids = np.where(rows["oddity"].is_not_null().to_numpy(), mixed(digest, "odd"), digest)
    way = (
        pl.when(~pl.col("is_here"))
        .then(pl.lit(PAPER[0]))
        .when(odd == "paper")
        .then(one_of(ids, PAPER, "paper"))
        .otherwise(pl.col("mode").replace_strict(WAYS, default=None))
    )
    role = pl.col("kind").replace_strict(ROLES, default=ROLES["other"])
    return rows.with_columns(
        RowIdentifier=numbers(mixed(ids, "event")),
        DateEvent=dated("on_date", times(digest, "start")),
        DateEventRecorded=dated("on_date", times(digest, "start", 9)),
        IDStaffMemberProfileRole=numbered("role", role, [*ROLES.values()]),
        IDOrganisationDoneAt=pl.lit(ods),
        ContactMethod=numbered("way", way, [*WAYS.values(), *PAPER]),
        EventIncomplete=(odd == "incomplete").fill_null(False),
        ClinicalEvent=(odd != "not clinical").fill_null(True),
        IDPatient="patient_id",
        IDOrganisationRegisteredAt=pl.lit(ods),
    )


def _booked(patient: pl.DataFrame, contact: pl.DataFrame, on: date) -> pl.DataFrame:
    """Which appointments there are: with digest, on_date, kind, mode, status and patient_id."""
    # An online contact is no appointment; one that came in no known way is nothing else.
    is_booked = one_in(contact["digest"].to_numpy(), _BOOKED_ONE_IN, "appointment") & (contact["mode"] != "online")
    kept = contact.filter((contact["status"] != "attended") | contact["mode"].is_null() | is_booked)
    beside = oddities(kept, ["twice", "twice", "elsewhere"], _BESIDE_ONE_IN)
    drawn = mixed(beside["digest"].to_numpy(), "beside")
    is_elsewhere = pl.col("oddity") == "elsewhere"
    who = pl.when(is_elsewhere).then(pseudonyms(drawn)).otherwise("patient_id")
    beside = beside.with_columns(digest=pl.Series(drawn), patient_id=who)
    ahead = bookings(patient, on).with_columns(kind=pl.lit("gp"), status=pl.lit("booked"))
    return pl.concat([kept, beside, ahead], how="diagonal")


def _status(digest: Digests) -> pl.Expr:
    status, attended = pl.col("status"), one_of(digest, _ATTENDED, "attended")
    return (
        pl.when(status == "attended")
        .then(pl.when(pl.col("mode") == "home").then(pl.lit("Visit")).otherwise(attended))
        .when(status == "missed")
        .then(pl.lit("Did Not Attend"))
        .when(status == "cancelled")
        .then(one_of(digest, _CANCELLED, "cancelled"))
        .otherwise(pl.when(pl.col("patient_id").is_null()).then(pl.lit("Blocked")).otherwise(pl.lit("Booked")))
    )


def _appointments(patient: pl.DataFrame, contact: pl.DataFrame, on: date) -> pl.DataFrame:
    rows = _booked(patient, contact, on)
    digest, is_seen = rows["digest"].to_numpy(), pl.col("status") == "attended"
    start = times(digest, "start")
    return rows.with_columns(
        RowIdentifier=numbers(mixed(digest, "appointment")),
        DateStart=dated("on_date", start),
        DateEnd=dated("on_date", times(digest, "start", 10)),
        AppointmentStatus=numbered("status", _status(digest), STATUSES),
        DatePatientArrival=pl.when(is_seen).then(dated("on_date", start)),
        DatePatientSeen=pl.when(is_seen).then(dated("on_date", times(digest, "start", 4))),
        TelephoneAppointment=(pl.col("mode") == "telephone").fill_null(False),
        RotaName=pl.lit("Surgery – main site"),
        RotaType=pl.col("kind").replace_strict(_ROTAS, default="Clinic"),
        IDPatient="patient_id",
    )
