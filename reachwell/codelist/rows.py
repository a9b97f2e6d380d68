"""Code lists as people read them: which there are, what one holds and in how many patients, and what would change."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reachwell.area import Area
from reachwell.codelist.columns import Entry
from reachwell.codelist.found import delivered_terms, patients_of
from reachwell.codelist.merge import Change
from reachwell.codelist.use import in_use, is_sensitive, is_shipped, path_of, users
from reachwell.codelist.versions import HASH_LENGTH, CodelistVersion, newest
from reachwell.codelists import OPT_OUTS
from reachwell.made_live import digest_of
from reachwell.plugs import find
from reachwell.state import State

_TERMS_TOLD = 2


def list_rows(area: Area | None) -> list[dict[str, Any]]:
    """A row per list: list, codes, systems, whose, hash, used by, imported and by. area: None for the shipped ones."""
    folder = area.folder if area else None
    used = users(folder)
    imported = newest(State(area.state)) if area and area.state.exists() else {}
    return [
        _list_row(name, path, folder, used.get(name, []), imported.get(name))
        for name, path in find("sql/codelists", folder).items()
    ]


def _list_row(
    name: str, path: Path, folder: Path | None, used: Sequence[str], last: CodelistVersion | None
) -> dict[str, Any]:
    entries = in_use(name, folder)
    digest = digest_of(path.read_bytes().decode("utf-8", "replace"))
    # A file that was changed by hand since is not what was imported.
    is_it = last is not None and last.digest == digest
    return {
        "list": name,
        "codes": len(entries),
        "systems": ", ".join(sorted({entry.system for entry in entries})),
        "whose": "shipped" if is_shipped(path) else "area",
        "hash": digest[:HASH_LENGTH],
        "used by": ", ".join([*(["taken out of the data"] if is_sensitive(name) else []), *used]),
        "imported": last.at if last and is_it else "",
        "by": last.by if last and is_it else "",
    }


def show_rows(name: str, area: Area | None) -> list[dict[str, Any]]:
    """A row per code of a list: code, system, term and category, if the list has any, and of an area that has loaded
    data patients (null: 7 or fewer) and, where they say otherwise, what its deliveries call the code.

    Of sensitive codes, and of dissents where whoever dissents is erased, no patients are told: they are in no data.
    """
    folder = area.folder if area else None
    path_of(name, folder)
    entries = in_use(name, folder)
    rows: list[dict[str, Any]] = [
        {"code": entry.code, "system": entry.system, "term": entry.term, "category": entry.category or ""}
        for entry in entries
    ]
    if not any(entry.category for entry in entries):
        rows = [{key: value for key, value in row.items() if key != "category"} for row in rows]
    is_erased = is_sensitive(name) or (name == OPT_OUTS and area is not None and area.erases_opted_out)
    if area and not is_erased and (counts := patients_of(area, entries)) is not None:
        terms = delivered_terms(area, entries)
        rows = [{**row, "patients": counts[place]} for place, row in enumerate(rows)]
        others = [_other_terms(entry, terms.get((entry.code, entry.system), ())) for entry in entries]
        if any(others):
            rows = [{**row, "in deliveries": other} for row, other in zip(rows, others, strict=True)]
    return rows


def _other_terms(entry: Entry, terms: Iterable[str]) -> str:
    there = sorted(dict.fromkeys(terms))
    if not there or entry.term.casefold() in {each.casefold() for each in there}:
        return ""
    more = len(there) - _TERMS_TOLD
    return "; ".join(there[:_TERMS_TOLD]) + (f" and {more:,} more" if more > 0 else "")


def change_rows(changes: Sequence[Change]) -> list[dict[str, str]]:
    """A row per code that a file would change: change, code, system, term, category, and what it was."""
    return [_change_row(each) for each in changes]


def _change_row(change: Change) -> dict[str, str]:
    entry = change.after or change.before
    assert entry
    was = change.before if change.after and change.before else None
    return {
        "change": change.kind,
        "code": entry.code,
        "system": entry.system,
        "term": entry.term,
        "category": entry.category or "",
        "was": "; ".join(_differences(was, entry)) if was else "",
    }


def _differences(was: Entry, entry: Entry) -> list[str]:
    return [
        f"{name}: {'none' if old is None else f'{old:g}' if isinstance(old, float) else old}"
        for name, old, new in zip(Entry._fields, was, entry, strict=True)
        if old != new
    ]


def found_in_nobody(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """In words, how many of a list's codes are found in nobody, or None where no patients are counted."""
    if not rows or "patients" not in rows[0]:
        return None
    counts = Counter(row["patients"] == 0 for row in rows)
    return f"{counts[True]:,} of {len(rows):,} codes found in nobody"
