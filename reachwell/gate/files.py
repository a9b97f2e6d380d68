"""Files: every file of a delivery as a table of texts, whether the format knows it or not."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reachwell.engine import Engine, identifier, literal
from reachwell.manifest import CHECKSUMS
from reachwell.source import Source

_TABLES = (".csv", ".tsv", ".txt")
_PIECE = 1 << 20
# What begins so is packed or drawn, whatever the file is called: PDF, ZIP and Excel, gzip, old Office, 7z, bzip2, zstd.
_NO_TEXT = (b"%PDF", b"PK\3\4", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"BZh", b"\x28\xb5\x2f\xfd")
LINE = "line"


@dataclass(frozen=True)
class Texts:
    """A file as it can be looked at: its columns' names, and the SQL of its rows as texts, columns c0, c1 and so on."""

    file: Path
    rows: str
    columns: tuple[str, ...]

    def cells(self, places: Iterable[str], where: str = "true") -> str:
        """The SQL of the filled cells of some columns, one a row: `place`, the column, and `text`.

        where: of which rows only.
        """
        names = ", ".join(places)
        return f"(UNPIVOT (SELECT {names} FROM {self.rows} WHERE {where}) ON {names} INTO NAME place VALUE text)"


def files_of(delivery: Path) -> list[Path]:
    """Every file of a delivery that was sent, in whatever sub-folder."""
    files = (file for file in sorted(delivery.rglob("*")) if file.is_file())
    return [file for file in files if file.name != CHECKSUMS and file.stat().st_size]


def table_in(db: Engine, file: Path, source: Source | None, scratch: Path) -> Texts | None:
    """A file as the table that it is; None where it is no table or no text.

    scratch: where a copy in UTF-8 is put, if the file is written in another encoding.
    """
    if file.suffix.lower() == ".parquet":
        names = tuple(str(name) for name, *_ in db.rows(f"DESCRIBE SELECT * FROM read_parquet({literal(file)})"))
        cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{place}" for place, name in enumerate(names))
        return Texts(file, f"(SELECT {cells} FROM read_parquet({literal(file)}))", names)
    text = as_utf8(file, source, scratch) if file.suffix.lower() in _TABLES else None
    if text is None:
        return None
    delimiter = _delimiter(text)
    names = _header(text, delimiter)
    if not names:
        return None
    options = f"delim = '{delimiter}', header = true, quote = '\"', escape = '\"', null_padding = false"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(names)))
    # Without a guess at what the columns hold: the header has told all that is needed.
    rows = f"read_csv({literal(text)}, {options}, auto_detect = false, columns = {{{columns}}}, store_rejects = true)"
    return Texts(file, rows, names)


def broken_lines(db: Engine, file: Path) -> Texts | None:
    """The lines of the tables read since this was last asked that do not split into their columns."""
    if not db.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'")[0][0]:
        return None
    db.run("CREATE OR REPLACE TEMP TABLE broken AS SELECT DISTINCT line AS row, csv_line AS c0 FROM reject_errors")
    db.run("DELETE FROM reject_errors")
    return Texts(file, "broken", (LINE,)) if db.rows("SELECT count(*) FROM broken")[0][0] else None


def lines_in(file: Path, source: Source | None, scratch: Path) -> Texts | None:
    """A file's lines; None where it is no text."""
    text = as_utf8(file, source, scratch)
    if text is None:
        return None
    # chr(1) is in no text: each line is one cell.
    options = (
        "delim = chr(1), header = false, quote = '', escape = '', columns = {'c0': 'VARCHAR'}, auto_detect = false"
    )
    rows = f"read_csv({literal(text)}, {options}, strict_mode = false, null_padding = true, max_line_size = 50000000)"
    return Texts(file, rows, (LINE,))


def as_utf8(file: Path, source: Source | None, scratch: Path) -> Path | None:
    """The file, or a copy of it in UTF-8; None where it is no text."""
    encoding = source.encoding if source else "cp1252"
    with file.open("rb") as data:
        begin = data.read(_PIECE)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in begin or begin.startswith(_NO_TEXT):
        return None
    elif _is_utf8(file):
        return file
    copy = scratch / f"{file.stem}.utf-8{file.suffix}"
    if not copy.exists():
        with copy.open("w", encoding="utf-8", newline="") as text:
            text.writelines(_decoded(file, "cp1252" if encoding == "utf-8" else encoding))
    return copy


def _delimiter(file: Path) -> str:
    with file.open(encoding="utf-8-sig") as text:
        return "\t" if "\t" in text.readline() else ","


def _header(file: Path, delimiter: str) -> tuple[str, ...]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        try:
            return tuple(next(csv.reader(text, delimiter=delimiter), ()))
        except csv.Error:
            return ()


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as data:
            while piece := data.read(_PIECE):
                # Most of it is ASCII, which is told at no cost.
                if not piece.isascii() or decoder.getstate()[0]:
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    with file.open(encoding=encoding, errors="replace", newline="") as text:
        while piece := text.read(_PIECE):
            yield piece
