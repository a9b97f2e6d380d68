"""Files: every file of a delivery as a table of texts, whether the format knows it or not."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reachwell.engine import Engine, literal
from reachwell.manifest import CHECKSUMS, MANIFEST_FILE
from reachwell.source import Source

_TABLES = (".csv", ".tsv", ".txt")
_PIECE = 1 << 20
_LINE = "line"


@dataclass(frozen=True)
class Texts:
    """A file as it can be looked at: the SQL of its rows, and its columns' names."""

    file: Path
    rows: str
    columns: tuple[str, ...]


def files_of(delivery: Path) -> list[Path]:
    """Every file of a delivery that holds data, in whatever sub-folder."""
    files = (file for file in sorted(delivery.rglob("*")) if file.is_file())
    return [file for file in files if file.name not in (MANIFEST_FILE, CHECKSUMS) and file.stat().st_size]


def table_in(db: Engine, file: Path, source: Source | None, scratch: Path) -> Texts | None:
    """A file as the table that it is; None where it is no table or no text.

    scratch: where a copy in UTF-8 is put, if the file is written in another encoding.
    """
    if file.suffix.lower() == ".parquet":
        return _texts(db, file, f"read_parquet({literal(file)})")
    text = as_utf8(file, source, scratch) if file.suffix.lower() in _TABLES else None
    if text is None:
        return None
    delimiter = "chr(9)" if "\t" in _first_line(text) else "','"
    options = f"delim = {delimiter}, header = true, all_varchar = true, quote = '\"', escape = '\"'"
    return _texts(db, file, f"read_csv({literal(text)}, {options}, null_padding = false, store_rejects = true)")


def broken_lines(db: Engine, file: Path) -> Texts | None:
    """The lines of the table read last that do not split into its columns."""
    if not db.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'")[0][0]:
        return None
    db.run(f"CREATE TEMP TABLE broken AS SELECT DISTINCT line AS row, csv_line AS {_LINE} FROM reject_errors")
    return Texts(file, "broken", (_LINE,)) if db.rows("SELECT count(*) FROM broken")[0][0] else None


def lines_in(file: Path, source: Source | None, scratch: Path) -> Texts | None:
    """A file's lines; None where it is no text."""
    text = as_utf8(file, source, scratch)
    if text is None:
        return None
    # chr(1) is in no text: each line is one cell.
    options = f"delim = chr(1), header = false, quote = '', escape = '', columns = {{'{_LINE}': 'VARCHAR'}}"
    rows = f"read_csv({literal(text)}, {options}, strict_mode = false, null_padding = true, max_line_size = 50000000)"
    return Texts(file, rows, (_LINE,))


def _texts(db: Engine, file: Path, rows: str) -> Texts:
    return Texts(file, rows, tuple(str(name) for name, *_ in db.rows(f"DESCRIBE SELECT * FROM {rows}")))


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8-sig") as text:
        return text.readline()


def as_utf8(file: Path, source: Source | None, scratch: Path) -> Path | None:
    """The file, or a copy of it in UTF-8; None where it is no text."""
    encoding = source.encoding if source else "cp1252"
    with file.open("rb") as data:
        begin = data.read(_PIECE)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in begin:
        return None
    elif _is_utf8(file):
        return file
    copy = scratch / f"{file.stem}.utf-8{file.suffix}"
    if not copy.exists():
        with copy.open("w", encoding="utf-8", newline="") as text:
            text.writelines(_decoded(file, "cp1252" if encoding == "utf-8" else encoding))
    return copy


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as data:
            while piece := data.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    with file.open(encoding=encoding, errors="replace", newline="") as text:
        while piece := text.read(_PIECE):
            yield piece
