"""Sources: what one extract format is made of, as the header and the SELECTs of its SQL file say."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from reachwell.errors import FileMistakes
from reachwell.sql_file import split_header
from reachwell.tables import TABLES

# What a source may tell beside our tables: what it leaves out, why a delivery must not be used at all, and which of the
# supplier's rows hold a sensitive code, who opts out in rows that are no events, and what its code tables call a code.
EXTRAS = ("left_out", "refuse", "sensitive", "opt_out", "term")
_PIECE = re.compile(r"^-- (table|shared): (\w+)\s*$", re.MULTILINE)
_READ = re.compile(r"(\w+)(\??)\(([^)]*)\)")
_COLUMN = re.compile(r"(\w+(?:\|\w+)*)(\??)((?:\s+(?:key|patient|date|flag|deleted))*)(?:\s*->\s*(\w+)\.(\w+))?")
_HEADER = ("title", "note", "versions", "files", "encoding", "dates", "reads", "identifying", "public")
# What an identifying column may hold that is of use in another shape; any other is a name, a phone number or the like.
IDENTIFYING = ("", "nhs_number", "address", "postcode", "birth_date", "text")


@dataclass(frozen=True)
class RawColumn:
    """A column of a supplier's file.

    names: what it is called, the first being ours. kind: text, date or flag. refers: the table and column of
    reference rows it points at.
    """

    names: tuple[str, ...]
    optional: bool = False
    kind: str = "text"
    refers: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """What SQL calls it."""
        return self.names[0]


@dataclass(frozen=True)
class RawTable:
    """A supplier's file: its columns, and which of them are the row's id, its patient's, and the mark of deletion."""

    name: str
    optional: bool
    columns: tuple[RawColumn, ...]
    key: str | None = None
    patient: str | None = None
    deleted: str | None = None


@dataclass(frozen=True)
class Source:
    """One extract format: the files it reads, how they are written, and a SELECT for each of our tables.

    shared: SELECTs under a name of their own, in order, that the later ones read. files: a file's name with {table}
    in it, or None for the table's own name. dates: strptime formats, none for ISO. versions: those of the format
    that are known; empty for any. identifying: by table, the columns that tell who somebody is, and what they hold (see
    IDENTIFYING; "" for a name or the like). public: tables about organisations, places, staff or codes, not patients.
    """

    name: str
    title: str
    reads: tuple[RawTable, ...]
    selects: dict[str, str]
    shared: dict[str, str]
    identifying: dict[str, dict[str, str]] = field(default_factory=dict)
    public: tuple[str, ...] = ()
    files: str | None = None
    encoding: str = "utf-8"
    dates: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def is_mirrored(self) -> bool:
        """Whether the supplier's rows have ids, so that a full extract and later changes can be merged."""
        return all(table.key for table in self.reads)

    @property
    def uses_prices(self) -> bool:
        """Whether costs are worked out from the area's drug tariff."""
        return any("drug_tariff" in sql for sql in (*self.shared.values(), *self.selects.values()))

    @property
    def reads_digest(self) -> str:
        """What a mirror of the format rests on: another one must be read anew from the deliveries."""
        return sha256(repr((self.reads, self.dates, self.encoding)).encode()).hexdigest()[:16]

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read an SQL file of sql/sources; FileMistakes says what its header or SELECTs lack."""
        top, *pieces = _PIECE.split(path.read_text(encoding="utf-8"))
        header, _ = split_header(top)
        statements = [
            (kind, name, sql.strip().rstrip(";"))
            for kind, name, sql in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
        ]
        selects = {name: sql for kind, name, sql in statements if kind == "table"}
        mistakes = [f"header line '-- {each}:' is missing" for each in ("title", "reads") if each not in header]
        mistakes += [f"header line '-- {each}:' is not known" for each in header if each not in _HEADER]
        mistakes += [f"has no '-- table: {each}'" for each in TABLES if each not in selects]
        mistakes += [f"'-- table: {each}' is not known" for each in selects if each not in (*TABLES, *EXTRAS)]
        if mistakes:
            raise FileMistakes(path.name, mistakes)
        return cls(
            path.stem,
            header["title"],
            _tables(path, header["reads"]),
            selects,
            {name: sql for kind, name, sql in statements if kind == "shared"},
            _identifying(path, header.get("identifying", "")),
            _listed(header, "public", ","),
            header.get("files"),
            header.get("encoding", "utf-8"),
            _listed(header, "dates", "|"),
            _listed(header, "versions", ","),
        )


def _listed(header: dict[str, str], key: str, by: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in header.get(key, "").split(by) if each.strip())


def _identifying(path: Path, text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, _, inside in _READ.findall(text):
        for each in inside.split(","):
            column, _, kind = each.strip().partition(" ")
            if kind not in IDENTIFYING:
                known = ", ".join(filter(None, IDENTIFYING))
                raise FileMistakes(path.name, [f"identifying: {table}: '{kind}' is none of {known}"])
            found.setdefault(table, {})[column] = kind
    return found


def _tables(path: Path, text: str) -> tuple[RawTable, ...]:
    if left := _READ.sub("", text).replace(",", "").strip():
        raise FileMistakes(path.name, [f"header line '-- reads:' is not files(columns): {left}"])
    tables = tuple(_table(path, name, bool(optional), inside) for name, optional, inside in _READ.findall(text))
    mistakes = _wrong_references(tables)
    with_key = [table.name for table in tables if table.key]
    if with_key and len(with_key) < len(tables):
        mistakes += [f"{table.name} has no key, but other tables have" for table in tables if not table.key]
    if mistakes:
        raise FileMistakes(path.name, mistakes)
    return tables


def _table(path: Path, name: str, optional: bool, inside: str) -> RawTable:
    columns: list[RawColumn] = []
    marked: dict[str, str] = {}
    for each in inside.split(","):
        found = _COLUMN.fullmatch(each.strip())
        if not found:
            raise FileMistakes(path.name, [f"{name}: '{each.strip()}' is not: column words -> Table.column"])
        words = found[3].split()
        kind = "date" if "date" in words else "flag" if {"flag", "deleted"} & {*words} else "text"
        columns.append(RawColumn(tuple(found[1].split("|")), bool(found[2]), kind, _pair(found[4], found[5])))
        marked |= {word: columns[-1].name for word in words if word in ("key", "patient", "deleted")}
    return RawTable(name, optional, tuple(columns), **marked)


def _pair(table: str | None, column: str | None) -> tuple[str, str] | None:
    return (table, column) if table and column else None


def _wrong_references(tables: tuple[RawTable, ...]) -> list[str]:
    reference = {table.name: [column.name for column in table.columns] for table in tables if not table.patient}
    pointing = [(table, column, column.refers) for table in tables for column in table.columns if column.refers]
    mistakes = [
        f"{table.name}.{column.name} refers to {'.'.join(to)}, which is no column of a table without patients"
        for table, column, to in pointing
        if to[1] not in reference.get(to[0], ())
    ]
    # Whose rows a change of a reference table touches is looked up once, not through further tables.
    mistakes += [f"{table.name}.{column.name}: a table without patients refers to no other"
                 for table, column, _ in pointing if not table.patient]  # fmt: skip
    return mistakes
