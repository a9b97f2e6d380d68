"""Files of codes that come from somewhere else: read as text, every mistake told at once."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reachwell.codelist.codes import fault_of
from reachwell.codelist.columns import CLUSTER, CLUSTER_TERMS, Columns, Entry, columns_of, plain
from reachwell.codelists import CODE_SYSTEMS
from reachwell.errors import FileMistakes, UsageError
from reachwell.mistakes import nearest

# So many lines with mistakes, and so many clusters, are told one by one.
MOST_TOLD = 20
_OTHER_SIGNS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE = "Save it as CSV (UTF-8), codes as text"
# A row's cells with the line it begins in.
_Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Incoming:
    """The codes of a file, each with the line it is in. form: what kind of file it is, in words. twice: how many rows
    said the same as another and were dropped. is_ours: whether it has the columns of our own lists."""

    file: str
    form: str
    entries: dict[int, Entry]
    twice: int = 0
    is_ours: bool = False


def read_incoming(path: Path, system: str | None = None, cluster: str | None = None) -> Incoming:
    """Read a file of codes. FileMistakes names every mistake in it, UsageError what has to be chosen.

    system: the code system where the file does not say; SNOMED CT unless given. cluster: which, of a file of several.
    """
    if system is not None and system not in CODE_SYSTEMS:
        raise UsageError(f"--system '{system}' is none of {', '.join(CODE_SYSTEMS)}")
    header, rows = _rows(path)
    if CLUSTER in map(plain, header):
        rows = _of_cluster(path.name, [plain(each) for each in header], rows, cluster)
    elif cluster is not None:
        raise UsageError(f"{path.name} has no column Cluster_ID, so it has no clusters. Leave --cluster out")
    if not rows:
        raise FileMistakes(path.name, ["has a header and no code"])
    return _incoming(path.name, [plain(each) for each in header], rows, columns_of(path.name, header, system))


def _rows(path: Path) -> tuple[list[str], list[_Row]]:
    """A file's header, and its rows; those without any text are none."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[_Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error:
        told = f"is no CSV from line {line:,} on: a quotation mark is not closed, or stands where none should"
        raise FileMistakes(path.name, [told]) from None
    if not rows:
        raise FileMistakes(path.name, ["is empty"])
    header = rows[0][1]
    if len(header) == 1 and (by := next((name for sign, name in _OTHER_SIGNS.items() if sign in header[0]), None)):
        raise FileMistakes(path.name, [f"has {by} between its columns where commas should be. {_SAVE}"])
    return header, rows[1:]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileMistakes(str(path), ["is not there"]) from None
    except OSError as error:
        raise FileMistakes(str(path), [f"cannot be read: {error.strerror}"]) from None
    if data.startswith(b"PK"):
        raise FileMistakes(path.name, [f"is a spreadsheet or an archive. {_SAVE}"])
    if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileMistakes(path.name, [f"is UTF-16, or no text at all. {_SAVE}"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileMistakes(path.name, [f"is not UTF-8 (line {line:,}). {_SAVE}"]) from None


def _of_cluster(file: str, header: Sequence[str], rows: Sequence[_Row], wanted: str | None) -> list[_Row]:
    """The rows of one cluster; UsageError lists the clusters where it does not follow which."""
    at = header.index(CLUSTER)
    says = next((header.index(each) for each in CLUSTER_TERMS if each in header), at)
    there: dict[str, str] = {}
    for _, cells in rows:
        if max(at, says) < len(cells):
            there.setdefault(cells[at], "" if says == at else cells[says])
    if wanted is None:
        if len(there) > 1:
            raise UsageError(f"{file} has {len(there):,} clusters. Say which with --cluster: {_in_short(there)}")
        return list(rows)
    chosen = next((each for each in there if each.casefold() == wanted.strip().casefold()), None)
    if chosen is None:
        near = nearest(wanted.upper(), there)
        raise UsageError(f"{file} has no cluster '{wanted}'.{near} There are: {_in_short(there)}")
    # A row that ends before the cluster's column is told, whoever's it is.
    return [row for row in rows if at >= len(row[1]) or row[1][at] == chosen]


def _in_short(clusters: Mapping[str, str]) -> str:
    told = [f"{name} ({says})" if says else name for name, says in sorted(clusters.items())[:MOST_TOLD]]
    more = len(clusters) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")


def _incoming(file: str, header: Sequence[str], rows: Sequence[_Row], columns: Columns) -> Incoming:
    entries: dict[int, Entry] = {}
    first: dict[tuple[str, str], int] = {}
    mistakes: list[str] = []
    twice = 0
    for line, cells in rows:
        try:
            entry = _entry(header, cells, columns)
            before = first.setdefault((entry.code, entry.system), line)
            if before == line:
                entries[line] = entry
            elif entries[before] == entry:
                twice += 1
            else:
                raise ValueError(f"'{entry.code}' is on line {before:,} too, where its other columns say otherwise")
        except ValueError as error:
            mistakes.append(f"line {line:,}: {error}")
    if mistakes:
        raise FileMistakes(file, mistakes, MOST_TOLD)
    return Incoming(file, columns.form, entries, twice, columns.is_ours)


def _entry(header: Sequence[str], cells: list[str], columns: Columns) -> Entry:
    """The entry of a row; ValueError says what is wrong with it."""
    if len(cells) < len(header) or any(cells[len(header) :]):
        raise ValueError("has another number of columns than the header")
    entry = columns.entry(dict(zip(header, cells, strict=False)))
    if entry.system not in CODE_SYSTEMS:
        raise ValueError(f"system '{entry.system}' is none of {', '.join(CODE_SYSTEMS)}")
    if not entry.code or not entry.term:
        raise ValueError(f"its {'term' if entry.code else 'code'} is empty")
    if fault := fault_of(entry.code, entry.system):
        raise ValueError(fault)
    return entry
