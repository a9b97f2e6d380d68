"""Drug Tariff: the price list with which medicines get a cost where the supplier sends none.

An area downloads Part VIIIA from NHS Prescription Services each month: CSV in Latin-1, with two title lines above
the columns, and prices in pence. The codes are dm+d: of the product (VMP) and of the pack (VMPP).
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from reachwell.codelists import is_snomed
from reachwell.errors import FileMistakes, UsageError

SCHEMA = {"code": pl.String, "pack_size": pl.Float64, "unit": pl.String, "pence": pl.Float64}
NONE = pl.DataFrame(schema=SCHEMA)
_PRODUCT, _PACK, _SIZE, _PRICE = _NEEDED = ("vmp snomed code", "vmpp snomed code", "pack size", "basic price")
_UNIT = "unit"
_SPOILT = "is no dm+d code: its check digit does not fit. Was it opened in a spreadsheet? Download the file again"
Line = tuple[int, dict[str, str]]


def read(path: Path) -> pl.DataFrame:
    """The prices of a Part VIIIA file as a frame of SCHEMA.

    pack_size: how many units a pack holds. unit: what is counted, in the singular and in small letters ("tablet",
    "ml", "dose"), or null where the file leaves it open. pence: the basic price of the pack.
    Each pack is there twice, by its own code and by its product's, for which all pack sizes are given.
    Raises UsageError where the file cannot be read, and FileMistakes which names all that is wrong in it.
    """
    try:
        with path.open(encoding="latin-1", newline="") as file:
            lines = list(_lines(csv.reader(file)))
    except OSError:
        raise UsageError(f"{path}: cannot be read. Put Part VIIIA of the Drug Tariff there, as CSV.") from None
    except csv.Error:
        lines = []
    if not lines:
        columns = "Pack size, VMP Snomed Code, VMPP Snomed Code and Basic Price"
        told = f"has no rows under columns called {columns}, with the unit behind the pack size"
        raise FileMistakes(path.name, [f"{told}. Is it Part VIIIA, as CSV?"])
    if mistakes := _mistakes(lines):
        raise FileMistakes(path.name, mistakes)
    rows = [
        (row[code], float(row[_SIZE]), row[_UNIT].lower() or None, float(row[_PRICE]))
        for _, row in lines
        for code in (_PACK, _PRODUCT)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique(maintain_order=True)


def _lines(rows: Iterator[list[str]]) -> Iterator[Line]:
    """The rows under the columns' names, each with its number in the file; empty ones are left out."""
    columns: list[str] = []
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not columns:
            columns = _columns(cells)
        elif any(cells):
            yield number, dict.fromkeys((*_NEEDED, _UNIT), "") | dict(zip(columns, cells, strict=False))


def _columns(cells: list[str]) -> list[str]:
    """The columns' names, if the row holds them, else none."""
    names = [cell.lower() for cell in cells]
    if not {*_NEEDED} <= {*names}:
        return []
    # The column of units is known by its place alone: it is published without a name.
    place = names.index(_SIZE) + 1
    if not any(name == "" or name.startswith(_UNIT) for name in names[place : place + 1]):
        return []
    return [*names[:place], _UNIT, *names[place + 1 :]]


def _mistakes(lines: list[Line]) -> list[str]:
    # Thousands of lines are usually wrong in one way: each way is told once.
    found: dict[str, list[int]] = defaultdict(list)
    for number, row in lines:
        for name, code in (("VMP Snomed Code", row[_PRODUCT]), ("VMPP Snomed Code", row[_PACK])):
            if not is_snomed(code):
                found[f"{name} {_SPOILT}"].append(number)
        if not _number(row[_SIZE]) > 0:
            found["Pack size is no number above 0"].append(number)
        if not _number(row[_PRICE]) >= 0:
            found["Basic Price is no number of pence"].append(number)
    return [
        f"line {numbers[0]}{f' and {len(numbers) - 1:,} more' if len(numbers) > 1 else ''}: {what}"
        for what, numbers in found.items()
    ]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
