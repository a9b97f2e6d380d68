"""Deprivation: the decile of a postcode, from a table that the practice supplies."""

import csv
from pathlib import Path

from reachwell.errors import FileMistakes, UsageError

COLUMNS = ("postcode", "imd_decile")
_NAMED = 5


def normalised(postcode: str) -> str:
    """A postcode as it is compared: capital letters and digits only."""
    return "".join(filter(str.isalnum, postcode.upper()))


def read_deciles(file: Path) -> dict[str, int]:
    """Deciles 1 (most deprived) to 10 by normalised postcode, from a CSV with the columns of COLUMNS.

    Raises UsageError where the file is not there, and FileMistakes where it is not such a table.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            if lacking := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise FileMistakes(file.name, [f"has no column {name}" for name in lacking])
            rows = [
                (line, row[COLUMNS[0]] or "", (row[COLUMNS[1]] or "").strip()) for line, row in enumerate(reader, 2)
            ]
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise FileMistakes(file.name, ["is not CSV in UTF-8"]) from None
    wrong = [line for line, _, decile in rows if decile not in {str(each) for each in range(1, 11)}]
    if wrong:
        named = ", ".join(map(str, wrong[:_NAMED]))
        raise FileMistakes(file.name, [f"imd_decile is not 1 to 10 in {len(wrong):,} lines, the first: {named}"])
    return {normalised(postcode): int(decile) for _, postcode, decile in rows}
