"""Deliveries in our own format: the four tables as they are."""

from datetime import date
from pathlib import Path

import polars as pl

from reachwell.atomic import new_folder, write_text
from reachwell.manifest import MANIFEST_FILE

_MANIFEST = """practice = "{ods}"
format = "native"
kind = "full"
extracted_on = {on}
covers_from = {covers_from}
key_id = "demo"
national_data_opt_out = "not_required"
legal_basis = "invented people: no legal basis needed"
invented = true
"""


def write_delivery(tables: dict[str, pl.DataFrame], folder: Path, ods: str, on: date) -> Path:
    """Write the tables as a delivery, `folder`/<on>, whose manifest says that its people are invented."""
    first = [tables[name]["on_date"].min() or on for name in ("contact", "medicine")]
    with new_folder(folder / str(on)) as aside:
        for name, frame in tables.items():
            frame.write_parquet(aside / f"{name}.parquet")
        write_text(aside / MANIFEST_FILE, _MANIFEST.format(ods=ods, on=on, covers_from=min(first)))
    return folder / str(on)
