"""Raw files: a delivery's files found by their names, checked for being whole, and read as text columns."""

import codecs
import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reachwell.engine import Engine, literal
from reachwell.errors import DeliveryRejected
from reachwell.manifest import CHECKSUMS, MANIFEST_FILE
from reachwell.source import RawTable, Source

_OUR_OWN = (MANIFEST_FILE, CHECKSUMS)
_SUFFIXES = (".csv", ".parquet")
_PIECE = 1 << 20
# So many names of files are told.
_NAMED = 4


@dataclass(frozen=True)
class RawFile:
    """A file of a delivery: where it is, the columns it has, and the SQL that reads them as text."""

    path: Path
    columns: dict[str, str]
    relation: str
    is_csv: bool


def check_names(delivery: Path, source: Source) -> None:
    """Raise DeliveryRejected where the files of a delivery say by their names that they belong to several."""
    if source.files is None:
        return
    said: dict[str, set[str]] = {}
    for table in source.reads:
        for file in _files_of(delivery, source, table):
            for word, value in _named(source, table.name, file).items():
                said.setdefault(word, set()).add(value)
    if several := sorted(word for word, values in said.items() if len(values) > 1):
        raise DeliveryRejected(
            f"delivery {delivery.name}: its files' names are of more than one {several[0]}. "
            "Put each extract into a folder of its own."
        )


def find(delivery: Path, source: Source, table: RawTable) -> Path | None:
    """The file of a table, or None where it may be absent and is.

    Raises DeliveryRejected where it is missing or there twice.
    """
    files = _files_of(delivery, source, table)
    if len(files) > 1:
        raise DeliveryRejected(
            f"delivery {delivery.name}: {table.name} is there twice: {files[0].name}, {files[1].name}. "
            "Remove the one that does not belong to this extract."
        )
    # A file of no bytes says nothing; Synthea writes one for a table it was not asked for.
    if files and not (table.optional and files[0].stat().st_size == 0):
        return files[0]
    if table.optional:
        return None
    there = sorted(file.name for file in delivery.iterdir() if file.name not in _OUR_OWN)
    found = ", ".join(there[:_NAMED]) + (f" and {len(there) - _NAMED} more" if len(there) > _NAMED else "") or "none"
    expected = re.sub(r"\{\w+\}", "*", (source.files or "{table}").replace("{table}", table.name))
    raise DeliveryRejected(
        f"delivery {delivery.name}: file {expected}.csv or {expected}.parquet is missing. "
        f"Files there: {found}. Check that the manifest names the right format."
    )


def is_of(source: Source, table: str, file: Path) -> bool:
    """Whether a file is named as a format names the file of a table, read or not."""
    return _pattern(source, table).fullmatch(file.stem) is not None


def opened(db: Engine, file: Path, source: Source, scratch: Path) -> RawFile:
    """A file ready to be read as text columns.

    scratch: where a copy in UTF-8 is put, if the format is written in another encoding.
    Raises DeliveryRejected where a text file is in another encoding or was cut off.
    """
    if file.suffix.lower() == ".parquet":
        relation = f"read_parquet({literal(file)})"
        columns = [str(name) for name, *_ in db.rows(f"DESCRIBE SELECT * FROM {relation}")]
        return RawFile(file, {name.lower(): name for name in columns}, relation, is_csv=False)
    text = _as_utf8(file, source, scratch)
    header = next(_records(text), [])
    if not header:
        raise DeliveryRejected(f"delivery {file.parent.name}: {file.name} is empty; not even its header is there.")
    _refuse_if_cut(file, text, len(header))
    delimiter = "chr(9)" if _delimiter(text) == "\t" else "','"
    options = f"delim = {delimiter}, header = true, all_varchar = true, quote = '\"', escape = '\"'"
    relation = f"read_csv({literal(text)}, {options}, null_padding = false, store_rejects = true)"
    names = [name.strip() for name in header]
    return RawFile(file, {name.lower(): name for name in names}, relation, is_csv=True)


def _files_of(delivery: Path, source: Source, table: RawTable) -> list[Path]:
    pattern = _pattern(source, table.name)
    return [file for file in sorted(delivery.iterdir())
            if file.suffix.lower() in _SUFFIXES and pattern.fullmatch(file.stem)]  # fmt: skip


def _named(source: Source, table: str, file: Path) -> dict[str, str]:
    found = _pattern(source, table).fullmatch(file.stem)
    return {word: value.lower() for word, value in found.groupdict().items()} if found else {}


def _pattern(source: Source, table: str) -> re.Pattern[str]:
    # "*" and "{word}" stand for text without an underscore; what a word stands for is one thing in a delivery.
    pieces = re.split(r"(\*|\{\w+\})", (source.files or "{table}").replace("{table}", table))
    parts = [
        "[^_]*" if piece == "*" else f"(?P<{piece[1:-1]}>[^_]*)" if piece.startswith("{") else re.escape(piece)
        for piece in pieces
    ]
    return re.compile("".join(parts), re.IGNORECASE)


def _as_utf8(file: Path, source: Source, scratch: Path) -> Path:
    if source.encoding == "utf-8":
        for _ in _decoded(file, "utf-8"):
            pass
        return file
    copy = scratch / f"{file.stem}.csv"
    with copy.open("w", encoding="utf-8", newline="") as text:
        text.writelines(_decoded(file, source.encoding))
    return copy


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    with file.open("rb") as data:
        if data.read(3) == codecs.BOM_UTF8:
            encoding = "utf-8-sig"
        data.seek(0)
        # Windows has no letter for five bytes; suppliers write them all the same, in texts that are not read.
        decoder = codecs.getincrementaldecoder(encoding)("strict" if encoding.startswith("utf-8") else "replace")
        try:
            while piece := data.read(_PIECE):
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise DeliveryRejected(
                f"delivery {file.parent.name}: {file.name} is not UTF-8 text. Export it as UTF-8 and send it again."
            ) from None


def _delimiter(file: Path) -> str:
    with file.open(encoding="utf-8-sig", newline=None) as text:
        return "\t" if "\t" in text.readline() else ","


def _records(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        yield from csv.reader(text, delimiter=_delimiter(file))


def _refuse_if_cut(sent: Path, file: Path, width: int) -> None:
    """A last line without its end is one that was cut off, unless it has all its columns."""
    with file.open("rb") as data:
        data.seek(max(0, data.seek(0, os.SEEK_END) - _PIECE))
        tail = data.read()
    if tail.endswith((b"\n", b"\r")):
        return
    last = tail.decode("utf-8", errors="replace").splitlines()[-1:]
    if [len(record) for record in csv.reader(last, delimiter=_delimiter(file))] != [width]:
        raise DeliveryRejected(
            f"delivery {sent.parent.name}: {sent.name} ends in the middle of a line; it was cut off. Send it again."
        )
