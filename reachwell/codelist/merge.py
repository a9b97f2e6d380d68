"""What a file of codes makes of a list: which codes are added, removed or changed, and the list's new text."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from reachwell.codelist.columns import Entry
from reachwell.codelist.files import MOST_TOLD, Incoming
from reachwell.codelists import NEEDED, OPTIONAL
from reachwell.errors import FileMistakes, UsageError
from reachwell.mistakes import nearest

_Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """What becomes of a code: added (before is None), removed (after is None), or changed."""

    before: Entry | None
    after: Entry | None

    @property
    def kind(self) -> str:
        """The change in a word."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


@dataclass(frozen=True)
class Wanted:
    """How a file is taken over. category: the one its codes are of; only that one is replaced. add: nothing is taken
    out. new: it may bring categories that the list has not."""

    category: str | None = None
    add: bool = False
    new: bool = False


def entries_of(codes: pl.DataFrame) -> list[Entry]:
    """The entries of a list as `codelists` reads it."""
    return [Entry(*row) for row in codes.select("code", "system", "term", "category", "lowest", "highest").rows()]


def changes(before: Iterable[Entry], after: Iterable[Entry]) -> list[Change]:
    """What differs between two lists: what is added, then what is removed, then what is changed."""
    old, new = _by_key(before), _by_key(after)
    added = [Change(None, entry) for key, entry in new.items() if key not in old]
    removed = [Change(entry, None) for key, entry in old.items() if key not in new]
    return [*added, *removed, *(Change(old[key], new[key]) for key in old if key in new and old[key] != new[key])]


def merged(in_use: Sequence[Entry], fixed: Sequence[Entry], incoming: Incoming, wanted: Wanted) -> list[Entry]:
    """A list after a file was taken over: what stays of it in its order, then what is new.

    fixed: what of the list in use cannot be taken out. UsageError says what has to be chosen; FileMistakes names every
    line that contradicts what stays, and every category that the list has not.
    """
    entries = _with_categories(in_use, incoming, wanted)
    stays = {*_by_key(each for each in in_use if wanted.add or wanted.category not in (None, each.category))}
    kept = {key: entry for key, entry in _by_key(in_use).items() if key in stays | {*_by_key(fixed)}}
    mistakes = [
        f"line {line:,}: '{entry.code}' is in category '{kept[key].category}' of the list, and stays there"
        for line, entry in entries.items()
        if (key := _key(entry)) in kept and kept[key].category != entry.category
    ]
    if mistakes:
        raise FileMistakes(incoming.file, mistakes, MOST_TOLD)
    has_bounds = any((entry.lowest, entry.highest) != (None, None) for entry in entries.values())
    old = _by_key(in_use)
    new = {key: entry if has_bounds else _bounded(entry, old.get(key)) for key, entry in _items(entries.values())}
    after = {**new, **kept}
    return [after[key] for key in [*(key for key in old if key in after), *(key for key in new if key not in old)]]


def text_of(entries: Sequence[Entry]) -> str:
    """A list as the text of its file, with the columns that are needed or that some code fills."""
    filled = [name for name in OPTIONAL if any(getattr(entry, name) is not None for entry in entries)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*NEEDED, *filled])
    writer.writerows([_cell(getattr(entry, name)) for name in (*NEEDED, *filled)] for entry in entries)
    return file.getvalue()


def _with_categories(in_use: Sequence[Entry], incoming: Incoming, wanted: Wanted) -> dict[int, Entry]:
    """The file's entries with the categories they are to have, each by its line."""
    entries, known = incoming.entries, sorted({each.category for each in in_use if each.category})
    has_own = any(each.category for each in entries.values())
    if wanted.category is not None:
        _refuse_category(wanted, known, incoming if incoming.is_ours and has_own else None)
        return {line: entry._replace(category=wanted.category) for line, entry in entries.items()}
    if not known and in_use and not incoming.is_ours:
        # Somebody else's groups, of which no SQL knows.
        return {line: entry._replace(category=None) for line, entry in entries.items()}
    if known and not has_own:
        raise UsageError(f"the list has categories. Say which one the file is of with --category: {', '.join(known)}")
    needs_one = bool(known) and all(each.category for each in in_use)
    mistakes = [
        f"line {line:,}: {_wrong_category(entry.category, known)}"
        for line, entry in entries.items()
        if (needs_one and not entry.category)
        or (entry.category and in_use and entry.category not in known and not wanted.new)
    ]
    if mistakes:
        raise FileMistakes(incoming.file, mistakes, MOST_TOLD)
    return dict(entries)


def _refuse_category(wanted: Wanted, known: Sequence[str], with_own: Incoming | None) -> None:
    category = wanted.category or ""
    if not category.strip() or category != category.strip():
        raise UsageError("--category is empty, or has a space at an end. Write it as the list does")
    if with_own:
        raise UsageError(f"{with_own.file} has categories of its own. Leave out --category, or the file's column")
    if category not in known and not wanted.new:
        raise UsageError(_wrong_category(category, known))


def _wrong_category(category: str | None, known: Sequence[str]) -> str:
    if not category:
        return "its category is empty, and each code of the list has one"
    there = f"There are: {', '.join(known)}" if known else "The list has none"
    return (
        f"the list has no category '{category}'.{nearest(category, known)} {there}. SQL that names categories "
        "overlooks another; if you want a new one, say --new"
    )


def _bounded(entry: Entry, old: Entry | None) -> Entry:
    return entry._replace(lowest=old.lowest, highest=old.highest) if old else entry


def _cell(value: str | float | None) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value or ""


def _key(entry: Entry) -> _Key:
    return entry.code, entry.system


def _items(entries: Iterable[Entry]) -> list[tuple[_Key, Entry]]:
    return [(_key(entry), entry) for entry in entries]


def _by_key(entries: Iterable[Entry]) -> dict[_Key, Entry]:
    found: dict[_Key, Entry] = {}
    for key, entry in _items(entries):
        # The shipped row of an opt-out comes first, and holds.
        found.setdefault(key, entry)
    return found
