"""Columns: what is known of a file's column before a cell of it is looked at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reachwell.raw_files import is_of
from reachwell.source import RawTable, Source

# What a column is called that tells who somebody is, where the format does not know it; its words joined by "_".
_BY_NAME = {
    "NHS numbers": r"nhs(_?(no|num|number|id))?",
    "names": r".*\b(sur|fore|given|first|middle|last|maiden|family|full|patient|kin)_?names?|next_of_kin.*",
    "addresses": r"(.*_)?(address|street|house_(name|number)|addr)(_?(line)?_?\d)?",
    "postcodes": r"(.*_)?(post_?code|zip(_?code)?)",
    "phone numbers": r"(.*_)?(tel|telephone|phone|mobile)(_?(no|num|number))?",
    "e-mail addresses": r"(.*_)?e_?mail(_address)?",
    "dates of birth": r"(.*_)?(dob|date_of_birth|birth_?date|date_birth)",
    "identity numbers": r"ssn|passport(_?(no|number))?|drivers?(_licen[cs]e)?(_?(no|number))?",
}
_OF_KIND = {
    "nhs_number": "NHS numbers",
    "address": "addresses",
    "postcode": "postcodes",
    "birth_date": "dates of birth",
    "text": "free texts",
    "": "names, numbers or the like",
}
BIRTH = "dates of birth"
_ID = re.compile(r"(^|_)id$|Id$|ID$|Guid$|GUID$|Identifier$|^ID[A-Z]|_id_\d$|(^|_)uid$")
_CODE = re.compile(r"code|ctv3|readterm|conceptid|source_value", re.IGNORECASE)
# Practices name these as they like, often after who works there.
_OF_STAFF = re.compile(
    r"rota|session|role|clinic|doneby|consultationsource|specialt|_name$|class|provider", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """What is known of a column: what it holds if it tells who somebody is ("" otherwise), and what it cannot hold.

    is_public: of a table about organisations, staff or codes, in which only NHS numbers are looked for. may_name: names
    of patients may stand in it. is_unknown: the format's source says nothing of it.
    """

    table: str
    name: str
    holds: str
    is_id: bool
    is_patient: bool
    is_code: bool
    is_public: bool
    may_name: bool
    is_directory: bool
    is_unknown: bool

    @property
    def is_harmless(self) -> bool:
        """Whether the column's name may be told: the format knows it, or it is a usual one for what it holds."""
        return bool(self.holds) or not self.is_unknown


def as_row(columns: Mapping[str, Column]) -> str:
    """The SQL of the cells of some columns, by place, as one text, with patterns.BETWEEN between them.

    The row ids of 36 characters that most columns of ids are made of are left out: they would be most of the text.
    """
    cells = (_unless_guid(place) if column.is_id else place for place, column in columns.items())
    return f"concat_ws({', '.join(['chr(31)', repr(''), *cells])})"


def _unless_guid(cell: str) -> str:
    return f"CASE WHEN strlen({cell}) <> 36 OR contains({cell}, ' ') OR contains({cell}, '@') THEN {cell} END"


def table_of(file: Path, source: Source | None) -> str:
    """The format's name of a file's table; the file's own name where the format does not know it."""
    if source:
        for name in (*(table.name for table in source.reads), *source.identifying, *source.public):
            if is_of(source, name, file):
                return name
    return file.stem


def column(name: str, table: str, source: Source | None) -> Column:
    """What is known of a column of a file."""
    read = next((each for each in source.reads if each.name == table), None) if source else None
    is_public = bool(source) and source is not None and table in source.public
    known = {each.lower(): kind for each, kind in (source.identifying.get(table, {}) if source else {}).items()}
    declared = _declared(read, name)
    holds = _OF_KIND[known[name.lower()]] if name.lower() in known else ""
    if not holds and not declared and not is_public:
        holds = next((kind for kind, words in _BY_NAME.items() if re.fullmatch(words, _words(name))), "")
    is_of_patient = bool(read and read.patient and declared == read.patient)
    return Column(
        table=table,
        name=name,
        holds=holds,
        is_id=bool(_ID.search(name)) or bool(read and (declared == read.key or _refers(read, declared))),
        is_patient=is_of_patient,
        is_code=bool(_CODE.search(name)),
        is_public=is_public,
        may_name=not is_public and not (read and not read.patient and source and source.is_mirrored)
        and not _OF_STAFF.search(name),
        is_directory=is_public and bool(re.fullmatch(_BY_NAME["phone numbers"], _words(name))),
        is_unknown=not declared,
    )  # fmt: skip


def _declared(read: RawTable | None, name: str) -> str:
    found = (each.name for each in read.columns if name.lower() in map(str.lower, each.names)) if read else iter(())
    return next(found, "")


def _refers(read: RawTable, name: str) -> bool:
    return any(each.refers for each in read.columns if each.name == name)


def _words(name: str) -> str:
    return re.sub(r"[\s.-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()
