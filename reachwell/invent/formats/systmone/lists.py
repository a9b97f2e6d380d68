"""SystmOne: the lists whose rows other tables name by number: statuses, ways of contact, roles of staff."""

from functools import cache

import numpy as np
import polars as pl

from reachwell.invent.formats.row_ids import word
from reachwell.invent.formats.supplier import RawTables
from reachwell.invent.formats.systmone.cells import sent

STATUSES = ["Booked", "Arrived", "Did Not Attend", "In Progress", "Finished", "Requested", "Blocked", "Visit",
            "Waiting", "Cancelled by Patient", "Cancelled by Unit", "Cancelled by Other Service", "No Access Visit",
            "Cancelled Due To Death", "Patient Walked Out"]  # fmt: skip
# By our mode of contact; and what came without the patient.
WAYS = {"face to face": "Face to face", "telephone": "Telephone", "online": "Online consultation", "home": "Home visit"}
PAPER = ["Letter received", "Laboratory result", "Administration"]
ROLES = {"gp": "General Medical Practitioner", "nurse": "Practice Nurse", "other": "Healthcare Assistant"}


def numbered(kind: str, values: pl.Expr, texts: list[str]) -> pl.Expr:
    """The numbers by which rows of a list are named, for their texts."""
    return values.replace_strict({text: _number(kind, text) for text in texts}, default=None, return_dtype=pl.String)


def list_tables(ods: str) -> RawTables:
    """The lists as tables."""
    statuses = {"Mapping": STATUSES, "RowIdentifier": [_number("status", text) for text in STATUSES]}
    options = [*WAYS.values(), *PAPER]
    ways = {"ConfiguredListOption": options, "RowIdentifier": [_number("way", text) for text in options]}
    roles = {"RoleDescription": [*ROLES.values()], "RowIdentifier": [_number("role", text) for text in ROLES.values()]}
    found = {
        "SRMapping": pl.DataFrame(statuses).with_columns(IdMappingGroup=pl.lit("12")),
        "SRConfiguredListOption": pl.DataFrame(ways).with_columns(ConfiguredList=pl.lit("Contact method")),
        "SRStaffMemberProfileRole": pl.DataFrame(roles).with_columns(IsSpineRole=True),
    }
    return {name: sent(name, frame, ods) for name, frame in found.items()}


@cache
def _number(kind: str, text: str) -> str:
    # The lists are TPP's or a practice's own; their numbers are short.
    return str(int(word(f"{kind} {text}") % np.uint64(10**6)))
