"""EMIS: consultations, and the appointment book with its sessions and slots."""

from datetime import date

import numpy as np
import polars as pl

from reachwell.invent.formats.bookings import bookings
from reachwell.invent.formats.drawn import one_in, times
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.emis.staff import clinicians, organisation
from reachwell.invent.formats.oddities import oddities, with_oddities
from reachwell.invent.formats.row_ids import contents, digests, guids, mixed
from reachwell.invent.formats.strangers import pseudonyms
from reachwell.invent.formats.supplier import RawTables, laid_out

# Where a consultation came from, by the place or the way.
_PLACES = {"emergency": "A&E attendance", "admission": "Hospital inpatient admission"}
_WAYS = {"telephone": "Telephone consultation", "online": "Online consultation", "home": "Home visit"}
_SURGERY = "Surgery consultation"
_PAPER = ["Administration", "Scanned document", "Letter from specialist", "Laboratory report", "Repeat prescription"]
_ODD = [*_PAPER, *_PAPER, "confidential", "no date"]
_ODD_ONE_IN = 15
_SESSIONS = {"gp": "GP surgery", "nurse": "Nurse clinic"}
# Of attended contacts with the practice one in so many had an appointment; of all slots so many have another beside.
_BOOKED_ONE_IN = 1.6
_BESIDE_ONE_IN = 10


def contacts(tables: dict[str, pl.DataFrame], ods: str, on: date) -> tuple[RawTables, pl.DataFrame]:
    """The tables of contacts; and which consultation there was of a patient on a day.

    A cancelled contact leaves only an empty slot.
    """
    contact = tables["contact"]
    contact = contact.with_columns(digest=pl.Series(digests(contact, contact.columns, "contact")))
    consultation = _consultations(contact, ods)
    slot = _slots(tables["patient"], contact, ods, on)
    links = consultation.filter(~pl.col("ConsultationSourceTerm").is_in(_PAPER) & ~pl.col("IsConfidential"))
    links = links.group_by("patient_id", "on_date").agg(pl.col("ConsultationGuid").min())
    found = {
        "CareRecord_Consultation": consultation,
        "Appointment_Slot": slot,
        "Appointment_Session": _sessions(slot),
    }
    return {name: laid_out(frame, LAYOUT[name]) for name, frame in found.items()}, links


def _consultations(contact: pl.DataFrame, ods: str) -> pl.DataFrame:
    attended = contact.filter(pl.col("status") == "attended", pl.col("mode").is_not_null())
    rows = with_oddities(attended, _ODD, _ODD_ONE_IN)
    odd, digest = pl.col("oddity"), rows["digest"].to_numpy()
    is_odd = rows["oddity"].is_not_null()
    ids = np.where(is_odd.to_numpy(), mixed(digest, "paper"), digest)
    source = pl.coalesce(
        pl.when(odd.is_in(_PAPER)).then(odd),
        pl.col("kind").replace_strict(_PLACES, default=None),
        pl.col("mode").replace_strict(_WAYS, default=_SURGERY),
    )
    staff = clinicians(ods, rows["kind"], digest)
    return rows.with_columns(
        ConsultationGuid=guids(mixed(ids, "consultation")),
        PatientGuid="patient_id",
        OrganisationGuid=pl.lit(organisation(ods)),
        EffectiveDate="on_date",
        EffectiveDatePrecision=pl.when(odd == "no date").then(pl.lit("U")).otherwise(pl.lit("YMDT")),
        EnteredDate="on_date",
        EnteredTime=times(digest, "entered"),
        ClinicianUserInRoleGuid=staff,
        EnteredByUserInRoleGuid=staff,
        AppointmentSlotGuid=pl.when(_has_slot(rows) & ~is_odd).then(guids(mixed(digest, "slot"))),
        ConsultationSourceTerm=source,
        Complete=True,
        Deleted=False,
        IsConfidential=(odd == "confidential").fill_null(False),
    )


def _has_slot(contact: pl.DataFrame) -> pl.Series:
    # What came in no known way has nothing but its slot.
    by_appointment = one_in(contact["digest"].to_numpy(), _BOOKED_ONE_IN, "appointment")
    is_here = ~contact["kind"].is_in(list(_PLACES))
    return (contact["status"] != "attended") | contact["mode"].is_null() | (by_appointment & is_here)


def _booked(patient: pl.DataFrame, contact: pl.DataFrame, on: date) -> pl.DataFrame:
    """Which slots there are: with digest, on_date, kind, mode, status, and patient_id, blank in an empty slot."""
    kept = contact.filter(_has_slot(contact))
    kept = kept.with_columns(patient_id=pl.when(pl.col("status") != "cancelled").then("patient_id"))
    beside = oddities(contact, ["empty", "elsewhere"], _BESIDE_ONE_IN)
    of_others = pseudonyms(mixed(beside["digest"].to_numpy(), "elsewhere"))
    beside = beside.with_columns(patient_id=pl.when(pl.col("oddity") == "elsewhere").then(of_others))
    ahead = bookings(patient, on).with_columns(kind=pl.lit("gp"), status=pl.lit("booked"))
    drawn = [mixed(rows["digest"].to_numpy(), salt) for rows, salt in ((kept, "slot"), (beside, "slot beside"))]
    found = [rows.with_columns(digest=pl.Series(each)) for rows, each in zip((kept, beside), drawn, strict=True)]
    return pl.concat([*found, ahead], how="diagonal")


def _slots(patient: pl.DataFrame, contact: pl.DataFrame, ods: str, on: date) -> pl.DataFrame:
    rows = _booked(patient, contact, on).with_columns(practice_id=pl.lit(ods))
    digest = rows["digest"].to_numpy()
    is_seen = (pl.col("status") == "attended") & pl.col("patient_id").is_not_null()
    return rows.with_columns(
        SlotGuid=guids(digest),
        AppointmentDate="on_date",
        AppointmentStartTime=times(digest, "start"),
        PlannedDurationInMinutes=10,
        PatientGuid="patient_id",
        SendInTime=pl.when(is_seen).then(times(digest, "start", 7)),
        LeftTime=pl.when(is_seen).then(times(digest, "start", 19)),
        DidNotAttend=((pl.col("status") == "missed") & pl.col("patient_id").is_not_null()).fill_null(False),
        ActualDurationInMinutes=pl.when(is_seen).then(12),
        OrganisationGuid=pl.lit(organisation(ods)),
        SessionGuid=guids(contents(rows, ["practice_id", "on_date", "kind", "mode"], "session")),
        Deleted=False,
    )


def _sessions(slot: pl.DataFrame) -> pl.DataFrame:
    rows = slot.unique("SessionGuid", maintain_order=True)
    kind, mode = pl.col("kind"), pl.col("mode")
    named = kind.replace_strict(_SESSIONS, default="Health care assistant clinic")
    way = mode.replace_strict(_WAYS, default="General consultation")
    return rows.with_columns(
        AppointmentSessionGuid="SessionGuid",
        Description=named,
        SessionTypeDescription=named,
        SessionCategoryDisplayName=way,
        StartDate="on_date",
        StartTime=pl.lit("08:00:00"),
        EndDate="on_date",
        EndTime=pl.lit("18:30:00"),
        Private=False,
        Deleted=False,
    )
