"""EMIS: the practice itself, who works there, and its sharing agreement."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import polars as pl

from reachwell.invent.formats.drawn import below
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.row_ids import Digests, guid
from reachwell.invent.formats.supplier import RawTables, laid_out

_EACH = 3
_JOBS = {
    "gp": ("R0260", "General Medical Practitioner"),
    "nurse": ("R0600", "Practice Nurse"),
    "other": ("R1470", "Health Care Support Worker"),
}
_OPENED = date(1998, 4, 1)


@cache
def organisation(ods: str) -> str:
    """The practice's GUID."""
    return guid(f"organisation {ods}")


@cache
def staff(ods: str, kind: str) -> Sequence[str]:
    """The GUIDs of those of a kind who work in a practice."""
    return [guid(f"staff {ods} {kind} {place}") for place in range(_EACH)]


def clinicians(ods: str, kinds: pl.Series, digests: Digests) -> pl.Series:
    """Draw for each row one of those of its kind, a GP where none works in the practice."""
    everybody = pl.Series([one for kind in _JOBS for one in staff(ods, kind)])
    first = kinds.replace_strict({"nurse": _EACH, "other": 2 * _EACH}, default=0, return_dtype=pl.Int64)
    return everybody.gather(first.to_numpy() + below(digests, _EACH, "clinician"))


def practice_tables(ods: str) -> RawTables:
    """The tables that say whose extract it is."""
    practice = pl.DataFrame(
        {
            "OrganisationGuid": organisation(ods),
            "CDB": "10000",
            "OrganisationName": f"Invented practice {ods}",
            "ODSCode": ods,
            "OrganisationType": "General Practice",
            "OpenDate": _OPENED,
        }
    )
    roles = [(one, *_JOBS[kind]) for kind in _JOBS for one in staff(ods, kind)]
    columns = ["UserInRoleGuid", "JobCategoryCode", "JobCategoryName"]
    people = pl.DataFrame(roles, schema=columns, orient="row")
    people = people.with_columns(OrganisationGuid=pl.lit(organisation(ods)), ContractStartDate=_OPENED)
    agreement = practice.select(
        "OrganisationGuid", IsActivated=True, LastModifiedDate=_OPENED, Disabled=False, Deleted=False
    )
    found = {"Admin_Organisation": practice, "Admin_UserInRole": people, "Agreements_SharingOrganisation": agreement}
    return {name: laid_out(frame, LAYOUT[name]) for name, frame in found.items()}
