"""A Drug Tariff file of the invented products, in the shape in which NHS Prescription Services publishes Part VIIIA."""

import csv
import io
from pathlib import Path

from reachwell.atomic import new_file
from reachwell.invent.formats.products import priced

_TITLES = [["Invented prices: Drug Tariff Part VIIIA is published each month"], [""]]
_COLUMNS = ["Medicine", "Pack size", "", "VMP Snomed Code", "VMPP Snomed Code", "Drug Tariff Category", "Basic Price"]
_CATEGORY = "Part VIIIA Category M"


def write_drug_tariff(path: Path) -> None:
    """Write the price of a pack of every invented product, in pence."""
    rows = [[each.name, each.pack, each.form, each.code, each.pack_code, _CATEGORY, each.pence] for each in priced()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([*_TITLES, _COLUMNS, *rows])
    with new_file(path) as aside:
        aside.write_bytes(text.getvalue().encode("latin-1"))
