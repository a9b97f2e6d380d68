"""In a file: what tells who somebody is in one file of a delivery, whatever it is and whatever it is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reachwell.engine import Engine
from reachwell.errors import OutOfRoom, RunFailed
from reachwell.gate.columns import Column, column, table_of
from reachwell.gate.files import Texts, broken_lines, lines_in, table_in
from reachwell.gate.search import search
from reachwell.source import Source

_CLOSED = "a file that cannot be looked into"


@dataclass(frozen=True)
class Identifier:
    """So many cells of a column hold what tells who somebody is; a column of "" stands for the file as a whole."""

    table: str
    column: str
    what: str
    cells: int

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        return f"{place}: {self.what}" if self.what == _CLOSED else f"{place}: {self.cells:,} {self.what}"


def look_at(db: Engine, file: Path, source: Source | None, scratch: Path) -> tuple[list[Identifier], list[str]]:
    """What is found in a file, and the names of its columns that nothing is known of, which may tell something too.

    scratch: where a copy in UTF-8 is put, if the file is written in another encoding.
    """
    try:
        if texts := table_in(db, file, source, scratch):
            found = list(_search(db, texts, source))
            if broken := broken_lines(db, file):
                found += _search(db, broken, source)
            return found, [each.name for each in _columns(texts, source) if not each.is_harmless]
    except OutOfRoom:
        raise
    except RunFailed:
        # It is not what it is called: so it is looked at by its lines.
        pass
    if lines := lines_in(file, source, scratch):
        return list(_search(db, lines, source)), []
    if file.suffix.lower() == ".parquet" and source and table_of(file, source) in {each.name for each in source.reads}:
        # Nobody can read it; that it is cut off, and what to do, is told where it would be loaded.
        return [], []
    return [Identifier(file.name, "", _CLOSED, 1)], []


def _search(db: Engine, texts: Texts, source: Source | None) -> Iterator[Identifier]:
    table, columns = table_of(texts.file, source), _columns(texts, source)
    for place, what, cells in search(db, texts, columns):
        # A name that the format does not know may be somebody's, where a file has no header line.
        shown = columns[place].name if columns[place].is_harmless else f"column {place + 1}"
        yield Identifier(table, shown, what, cells)


def _columns(texts: Texts, source: Source | None) -> list[Column]:
    table = table_of(texts.file, source)
    return [column(name, table, source) for name in texts.columns]
