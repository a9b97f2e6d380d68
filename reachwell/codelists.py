"""Code lists: one CSV per list, read as text, checked before use."""

import csv
import io
from functools import lru_cache
from pathlib import Path

import polars as pl

from reachwell.errors import FileMistakes
from reachwell.plugs import find

NEEDED = ("code", "system", "term")
OPTIONAL = ("category", "lowest", "highest")
SCHEMA = {
    "list": pl.String,
    "code": pl.String,
    "system": pl.String,
    "term": pl.String,
    "category": pl.String,
    "lowest": pl.Float64,
    "highest": pl.Float64,
}
# Of this list an area's file adds to what is shipped and takes none away: nobody's dissent may be overlooked.
OPT_OUTS = "type_1_opt_out"
# "substance" matches medicines by the first word of their name, whatever code the supplier uses.
CODE_SYSTEMS = ("snomed", "ctv3", "read2", "loinc", "rxnorm", "dmd", "local", "substance")

_NO_CSV = "is not CSV in UTF-8"

# The Verhoeff tables: the dihedral group of order ten, its permutation, and its inverses.
_TIMES = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]  # fmt: skip
_PERMUTED = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4], [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7], [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
]  # fmt: skip


def is_snomed(code: str) -> bool:
    """Whether a text is a SNOMED CT identifier: 6 to 18 digits that end with their Verhoeff check digit.

    Source: SNOMED CT Release File Specification, "Check-digit computation".
    """
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18 and code[0] != "0"):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _TIMES[check][_PERMUTED[place % 8][int(digit)]]
    return check == 0


def read(path: Path) -> pl.DataFrame:
    """One list as a frame of SCHEMA; FileMistakes names every mistake in the file."""
    file = path.stat()
    return _read(path, file.st_mtime_ns, file.st_size)


@lru_cache(maxsize=128)
def _read(path: Path, changed: int, size: int) -> pl.DataFrame:
    # A night reads each list for every practice. changed, size: what the file was when it was read.
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileMistakes(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise FileMistakes(path.name, [_NO_CSV]) from None
    return parse(text, path.name)


def parse(text: str, file: str) -> pl.DataFrame:
    """One list from the text of its file as a frame of SCHEMA; FileMistakes as for read(). file: the file's name."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        columns = tuple(reader.fieldnames or ())
        rows = list(reader)
    except csv.Error:
        raise FileMistakes(file, [_NO_CSV]) from None
    mistakes = [f"has no column {each}" for each in NEEDED if each not in columns]
    mistakes += [f"column {each} is not known" for each in columns if each not in NEEDED + OPTIONAL]
    if mistakes:
        raise FileMistakes(file, mistakes)
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, start=2):
        mistakes += [f"line {line}: {each}" for each in _mistakes_of(row, seen)]
    if mistakes:
        raise FileMistakes(file, mistakes)
    name = file.removesuffix(".csv")
    cells = [
        {"list": name, **{each: (row.get(each) or "").strip() or None for each in NEEDED + OPTIONAL}} for row in rows
    ]
    texts = dict.fromkeys(SCHEMA, pl.String)
    return pl.DataFrame(cells, schema=texts).cast({"lowest": pl.Float64, "highest": pl.Float64})


def _mistakes_of(row: dict[str, str], seen: set[tuple[str, str]]) -> list[str]:
    if None in row or None in row.values():
        return ["has another number of columns than the header"]
    code, system = (row["code"] or "").strip(), (row["system"] or "").strip()
    found = []
    if system not in CODE_SYSTEMS:
        found.append(f"system '{system}' is none of {', '.join(CODE_SYSTEMS)}")
    if not code or not (row["term"] or "").strip():
        found.append("code or term is empty")
    if system == "snomed" and not is_snomed(code):
        found.append(f"'{code}' is no SNOMED CT code: its check digit does not fit. Was it opened in a spreadsheet?")
    if (code, system) in seen:
        found.append(f"'{code}' is there twice")
    seen.add((code, system))
    for bound in ("lowest", "highest"):
        try:
            float(row.get(bound) or 0)
        except ValueError:
            found.append(f"{bound} is not a number")
    return found


def read_all(area: Path | None = None) -> pl.DataFrame:
    """Every code list as one frame of SCHEMA: the shipped ones, and the area's in place of those they name.

    The area's list of opt-outs comes beside the shipped one.
    """
    files = {*find("sql/codelists", area).values(), find("sql/codelists")[OPT_OUTS]}
    frames = [read(path) for path in sorted(files, key=lambda each: (each.name, each))]
    once = ["list", "code", "system", "category"]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames]).unique(once, keep="first", maintain_order=True)
