"""Extract: one delivery's files into our tables, as text first, so that nothing is guessed in silence."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, engine, identifier, literal
from reachwell.errors import DeliveryRejected, FileMistakes, RunFailed
from reachwell.manifest import MANIFEST_FILE, Manifest
from reachwell.plugs import find_one
from reachwell.sql_file import split_header
from reachwell.tables import TABLES, columns

_PIECE = re.compile(r"^-- table: (\w+)\s*$", re.MULTILINE)
_READ = re.compile(r"(\w+)(\??)\(([^)]*)\)")
UNREADABLE = "_unreadable"
_OUR_OWN = (MANIFEST_FILE, "SHA256SUMS")


@dataclass(frozen=True)
class RawTable:
    """A file of the format: its name, the columns the source uses, and which of them may be absent."""

    name: str
    optional: bool
    columns: dict[str, bool]


@dataclass(frozen=True)
class Source:
    """One extract format: the files it reads and a SELECT for each of our tables."""

    name: str
    title: str
    reads: tuple[RawTable, ...]
    selects: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read an SQL file of sql/sources; FileMistakes says what its header or SELECTs lack."""
        top, *pieces = _PIECE.split(path.read_text(encoding="utf-8"))
        header, _ = split_header(top)
        selects = {name: sql.strip().rstrip(";") for name, sql in zip(pieces[::2], pieces[1::2], strict=True)}
        mistakes = [f"header line '-- {each}:' is missing" for each in ("title", "reads") if each not in header]
        mistakes += [f"has no '-- table: {each}'" for each in TABLES if each not in selects]
        if mistakes:
            raise FileMistakes(path.name, mistakes)
        raw = []
        if left := _READ.sub("", header["reads"]).replace(",", "").strip():
            raise FileMistakes(path.name, [f"header line '-- reads:' is not files(columns): {left}"])
        for name, optional, inside in _READ.findall(header["reads"]):
            names = [each.strip() for each in inside.split(",")]
            raw.append(RawTable(name, bool(optional), {each.rstrip("?"): each.endswith("?") for each in names}))
        return cls(path.stem, header["title"], tuple(raw), selects)


@dataclass(frozen=True)
class Extract:
    """Our tables as a delivery has them, unchecked: typed, with the columns that could not be read named."""

    tables: dict[str, pl.DataFrame]
    broken_lines: dict[str, int]


def extract(delivery: Path, manifest: Manifest, area: Path | None, scratch: Path | None = None) -> Extract:
    """Read a delivery's files by the SQL of its format.

    Each table comes with a text column "_unreadable": the names of the columns whose text is no value of
    their type. broken_lines counts, by file, the lines that do not split into the header's columns.
    Raises DeliveryRejected where a file or a needed column is missing, or a file cannot be read whole.
    """
    source = Source.read(find_one("sql/sources", manifest.format, area))
    broken: dict[str, int] = {}
    with engine(delivery, scratch=scratch) as db:
        for raw in source.reads:
            broken |= _stage(db, delivery, raw)
        tables = {name: _typed(db, name, sql, manifest) for name, sql in source.selects.items()}
    return Extract(tables, broken)


def _stage(db: Engine, delivery: Path, raw: RawTable) -> dict[str, int]:
    files = [
        file
        for file in sorted(delivery.iterdir())
        if file.stem.lower() == raw.name.lower() and file.suffix.lower() in (".csv", ".parquet")
    ]
    if len(files) > 1:
        raise DeliveryRejected(f"delivery {delivery.name}: {raw.name} is there twice: {files[0].name}, {files[1].name}")
    # A file of no bytes says nothing; Synthea writes one for a table it was not asked for.
    if not files or (raw.optional and files[0].stat().st_size == 0):
        if raw.optional:
            _make(db, raw, {}, "(SELECT 1 WHERE false)")
            return {}
        found = ", ".join(sorted(file.name for file in delivery.iterdir() if file.name not in _OUR_OWN)) or "none"
        raise DeliveryRejected(
            f"delivery {delivery.name}: file {raw.name}.csv or {raw.name}.parquet is missing. "
            f"Files there: {found}. Check that the manifest names the right format."
        )
    file = files[0]
    is_csv = file.suffix.lower() == ".csv"
    try:
        there = _header(file) if is_csv else _parquet_columns(db, file)
        lower = {name.lower(): name for name in there}
        missing = [name for name, optional in raw.columns.items() if not optional and name.lower() not in lower]
        if missing:
            raise DeliveryRejected(
                f"delivery {delivery.name}: {file.name} has no column {', '.join(missing)}. "
                "Check that the manifest names the right format, or ask the supplier what changed."
            )
        relation = _csv(file) if is_csv else f"read_parquet({literal(file)})"
        _make(db, raw, lower, relation)
        if is_csv:
            lines = db.rows("SELECT count(DISTINCT line) FROM reject_errors")[0][0]
            db.run("DROP TABLE IF EXISTS reject_errors")
            db.run("DROP TABLE IF EXISTS reject_scans")
            return {file.name: int(lines)} if lines else {}
    except RunFailed:
        raise DeliveryRejected(
            f"delivery {delivery.name}: {file.name} cannot be read to its end; it may have been cut off. Send it again."
        ) from None
    return {}


def _make(db: Engine, raw: RawTable, there: dict[str, str], relation: str) -> None:
    parts = ", ".join(
        f"CAST({identifier(there[name.lower()])} AS VARCHAR) AS {identifier(name)}"
        if name.lower() in there
        else f"CAST(NULL AS VARCHAR) AS {identifier(name)}"
        for name in raw.columns
    )
    db.run(f"CREATE TEMP TABLE {identifier(raw.name)} AS SELECT {parts} FROM {relation}")


def _typed(db: Engine, table: str, sql: str, manifest: Manifest) -> pl.DataFrame:
    values = {"practice": manifest.practice, "extracted_on": manifest.extracted_on}
    used = {name: value for name, value in values.items() if f"${name}" in sql}
    db.run(f"CREATE TEMP TABLE raw_{table} AS {sql}", **used)
    text = {name: f"nullif(trim(CAST({name} AS VARCHAR)), '')" for name in columns(table)}
    typed = ", ".join(f"TRY_CAST({text[name]} AS {kind}) AS {name}" for name, kind in columns(table).items())
    unreadable = ", ".join(
        f"CASE WHEN {text[name]} IS NOT NULL AND TRY_CAST({text[name]} AS {kind}) IS NULL THEN '{name}' END"
        for name, kind in columns(table).items()
        if kind != "VARCHAR"
    )
    return db.frame(f"SELECT {typed}, nullif(concat_ws(', ', {unreadable}), '') AS {UNREADABLE} FROM raw_{table}")


def _csv(file: Path) -> str:
    delimiter = "\\t" if "\t" in _first_line(file) else ","
    options = f"delim = '{delimiter}', header = true, all_varchar = true, quote = '\"', escape = '\"'"
    options = options.replace("'\\t'", "chr(9)")
    return f"read_csv({literal(file)}, {options}, null_padding = false, store_rejects = true)"


def _parquet_columns(db: Engine, file: Path) -> list[str]:
    return [str(name) for name, *_ in db.rows(f"DESCRIBE SELECT * FROM read_parquet({literal(file)})")]


def _header(file: Path) -> list[str]:
    for _ in _decoded(file):
        pass
    line = _first_line(file)
    return [name.strip().strip('"') for name in re.split("\t" if "\t" in line else ",", line)]


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8-sig", newline=None) as text:
        return text.readline().rstrip("\n")


def _decoded(file: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as data:
        try:
            while piece := data.read(1 << 20):
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise DeliveryRejected(
                f"delivery {file.parent.name}: {file.name} is not UTF-8 text. Export it as UTF-8 and send it again."
            ) from None
