"""Columns of files of codes, as OpenCodelists, the NHS's primary care domain refsets and our own lists call them."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reachwell.codelists import NEEDED, OPTIONAL
from reachwell.errors import FileMistakes

# By their names without capitals and signs, with the code system that a name implies. Of several the first counts.
# Source: the columns that OpenCodelists itself looks for in lists that were uploaded to it, and writes for dm+d.
_CODES = {
    "code": "", "dmdid": "dmd", "dmdcode": "dmd", "dmd": "dmd", "snomedid": "snomed", "snomedcode": "snomed",
    "snomedconceptid": "snomed", "conceptid": "snomed", "ctv3id": "ctv3", "ctv3code": "ctv3", "read2code": "read2",
    "id": "",
}  # fmt: skip
_TERMS = ("term", "name", "description", "dmdname", "nm", "conceptiddescription", "ctv3preferredtermdesc",
          "readtermctv3preferredtermdesc", "ctv3description", "ctv3name", "ctv3term", "ctvterm",
          "readterm")  # fmt: skip
# Source: the refsets' content as NHS England publishes it (SNOMED_code), and as its research service does (ConceptId).
CLUSTER = "clusterid"
CLUSTER_TERMS = ("clusterdescription", "clusterdesc")
_REFSET_CODES = ("snomedcode", "conceptid", "snomedconceptid", "code")
_REFSET_TERMS = ("snomedcodedescription", "conceptiddescription", "snomedconceptiddescription", "codedescription",
                 "term")  # fmt: skip
_NAMED = 20


class Entry(NamedTuple):
    """One code of a list, as its row says."""

    code: str
    system: str
    term: str
    category: str | None = None
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Columns:
    """What the columns of a file are. form: in words. entry: the entry of a row, by its cells under the columns' plain
    names; ValueError says what is wrong. is_ours: whether they are those of our own lists."""

    form: str
    entry: Callable[[Mapping[str, str]], Entry]
    is_ours: bool = False


def plain(column: str) -> str:
    """A column's name without capitals and signs: SNOMED_code and "Snomed Code" are the same."""
    return re.sub(r"[\W_]", "", column.casefold())


def columns_of(file: str, header: Sequence[str], system: str | None) -> Columns:
    """What the columns of a file are; FileMistakes where it cannot be told. system: where the file does not say."""
    names = {plain(each): each for each in reversed(header)}
    if twice := sorted({each for each in header if list(map(plain, header)).count(plain(each)) > 1} - {""}):
        raise FileMistakes(file, [f"column {each} is there twice" for each in twice])
    if names.keys() >= {*NEEDED}:
        unknown = [each or "(without a name)" for each in header if plain(each) not in NEEDED + OPTIONAL]
        if unknown:
            known = ", ".join(NEEDED + OPTIONAL)
            raise FileMistakes(file, [f"column {each} is none of {known}" for each in unknown])
        return Columns("a list of our own form", _of_ours, is_ours=True)
    is_refset = CLUSTER in names
    code = next((each for each in (_REFSET_CODES if is_refset else _CODES) if each in names), None)
    term = next((each for each in (_REFSET_TERMS if is_refset else _TERMS) if each in names), None)
    if code is None or term is None:
        raise FileMistakes(file, _missing(header, code, term, is_refset))
    said = "snomed" if is_refset else _CODES[code] or ("dmd" if {"dmdid", "dmdtype"} & names.keys() else "")
    form = "a primary care domain refset" if is_refset else "an OpenCodelists file"
    return Columns(
        f"{form}, {names[code]} and {names[term]} as {said or system or 'snomed'}",
        lambda row: Entry(row[code], said or system or "snomed", one_line(row[term]), row.get("category") or None),
    )


def one_line(text: str) -> str:
    """A text without the line breaks that a cell may have."""
    return re.sub(r"\s*[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", text)


def _missing(header: Sequence[str], code: str | None, term: str | None, is_refset: bool) -> list[str]:
    codes = "SNOMED_code or ConceptId" if is_refset else "code, dmd_id, snomedcode, ctv3code or read2code"
    terms = "SNOMED_code_description or ConceptId_Description" if is_refset else "term, name or description"
    there = ", ".join(each or "(without a name)" for each in header[:_NAMED])
    return [
        f"has no column of {what} ({wanted}). It has: {there}"
        for what, wanted, found in (("codes", codes, code), ("terms", terms, term))
        if found is None
    ]


def _of_ours(row: Mapping[str, str]) -> Entry:
    lowest, highest = (_number(name, row.get(name, "")) for name in ("lowest", "highest"))
    if lowest is not None and highest is not None and lowest >= highest:
        raise ValueError("lowest is not below highest")
    return Entry(row["code"], row["system"], one_line(row["term"]), row.get("category") or None, lowest, highest)


def _number(name: str, text: str) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise ValueError(f"{name} is not a number")
    return number
