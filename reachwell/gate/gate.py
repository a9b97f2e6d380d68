"""The gate itself: every column of every file is looked at, and what is found is told in counts."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, engine
from reachwell.errors import OutOfRoom, RunFailed
from reachwell.gate.columns import column, table_of
from reachwell.gate.files import Texts, broken_lines, files_of, lines_in, table_in
from reachwell.gate.search import search
from reachwell.source import Source

# So many places are named in a message.
_NAMED = 6
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


def look(delivery: Path, source: Source | None, scratch: Path | None = None) -> tuple[Identifier, ...]:
    """Look for identifiers in every file of a delivery; returns what was found, the most first.

    source: the format, or None where it is not known. scratch: where the texts are put meanwhile, in a folder of their
    own; identities may be among them, so it must be as safe as the delivery.
    """
    found: list[Identifier] = []
    for file in files_of(delivery):
        # A folder for each file, so that no more of the disk is needed than for the largest.
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            found += _look_at(file, source, Path(name))
    return tuple(sorted(found, key=lambda each: (-each.cells, each.table, each.column)))


def refusal(delivery: str, found: Sequence[Identifier]) -> str:
    """Why a delivery that holds identifiers is rejected, in places and counts."""
    told = "; ".join(map(str, found[:_NAMED]))
    more = f"; and {len(found) - _NAMED} more columns" if len(found) > _NAMED else ""
    return (
        f"delivery {delivery} holds what tells who people are: {told}{more}. It is rejected whole, and nothing of it "
        "is kept. Remove it from the practice's place, and pseudonymise it there: reachwell pseudonymise."
    )


def _look_at(file: Path, source: Source | None, scratch: Path) -> list[Identifier]:
    with engine(file.parent, scratch, writable=scratch, scratch=scratch) as db:
        try:
            texts = table_in(db, file, source, scratch)
            found = _search(db, texts, source) if texts else None
            broken = broken_lines(db, file) if texts else None
            if found is not None:
                return found + (_search(db, broken, source) if broken else [])
        except OutOfRoom:
            raise
        except RunFailed:
            # It is not what it is called: so it is looked at by its lines.
            pass
        if file.suffix.lower() == ".parquet" and source and table_of(file, source) in {t.name for t in source.reads}:
            # Nobody can read it; that it is cut off, and what to do, is told where it would be loaded.
            return []
        lines = lines_in(file, source, scratch)
        return _search(db, lines, source) if lines else [Identifier(file.name, "", _CLOSED, 1)]


def _search(db: Engine, texts: Texts, source: Source | None) -> list[Identifier]:
    table = table_of(texts.file, source)
    columns = [column(name, table, source) for name in texts.columns]
    shown = {each.name: each.name if each.is_harmless else f"column {place}" for place, each in enumerate(columns, 1)}
    found = [Identifier(table, shown[name], what, cells) for name, what, cells in search(db, texts, columns)]
    return found + _in_header(db, table, [each.name for each in columns if not each.is_harmless])


def _in_header(db: Engine, table: str, names: list[str]) -> list[Identifier]:
    """Identifiers among the names of columns: of a file without a header line they are its first row."""
    if not names:
        return []
    db.offer("header", pl.DataFrame({"x": names}))
    known = replace(column("anything", table, None), name="x")
    found = search(db, Texts(Path(table), "header", ("x",)), [known])
    return [Identifier(table, "the first line", what, cells) for _, what, cells in found]
