"""Unmapped codes: what of a practice's events has a code that no code table of its deliveries translates."""

import polars as pl

from reachwell.lake import Snapshot
from reachwell.layers import base_file

_KINDS = {
    "held": "the row of the code table that says what it is has not come yet",
    "local": "a code of the practice or its system only",
    "read2": "Read v2 without a SNOMED CT code",
    "ctv3": "CTV3 without a SNOMED CT code",
}


def unmapped_codes(snapshot: Snapshot) -> pl.DataFrame:
    """A row per code that maps to nothing: system, code, events and patients, the most frequent first."""
    file = base_file(snapshot.path, "unmapped_code")
    if not file.exists():
        # A snapshot that an earlier version made; the next night makes it again.
        return pl.DataFrame(schema={"system": pl.String, "code": pl.String, "events": pl.UInt32, "patients": pl.UInt32})
    rows = pl.scan_parquet(file)
    counted = rows.group_by("system", "code").agg(events=pl.len(), patients=pl.col("patient_id").n_unique()).collect()
    return counted.sort("events", "system", "code", descending=[True, False, False])


def in_one_line(codes: pl.DataFrame, rows: int, most: int = 3) -> str:
    """The unmapped codes of a practice in one line, or "" where there are none. rows: its events."""
    if codes.is_empty():
        return ""
    first = ", ".join(f"{system} {code} ({events:,})" for system, code, events, _ in codes.head(most).rows())
    share = f"{codes['events'].sum() / rows:.1%}" if rows else "all"
    others = codes.height - most
    more = f" and {others:,} other code{'s' if others > 1 else ''}" if others > 0 else ""
    held = int(codes.filter(pl.col("system") == "held")["events"].sum())
    waiting = f"; {held:,} wait for their code table" if held else ""
    return f"{codes['events'].sum():,} events ({share}) have codes that map to nothing: {first}{more}{waiting}"


def meaning(system: str) -> str:
    """What it means that a code of this system is not mapped."""
    return _KINDS[system]
