"""Import: what a file of codes would make of a list in use, with what its owner should know before it is live."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reachwell.codelist.columns import Entry
from reachwell.codelist.files import Incoming, read_incoming
from reachwell.codelist.merge import Change, Wanted, changes, merged
from reachwell.codelist.use import fixed, in_use, is_sensitive, only_grows, path_of, shipped, users
from reachwell.errors import UsageError
from reachwell.plugs import find
from reachwell.shown import number

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class FileOfCodes:
    """A file that a list is to be made of, and what its columns leave open (see read_incoming)."""

    path: Path
    system: str | None = None
    cluster: str | None = None


@dataclass(frozen=True)
class Plan:
    """A list after an import: its entries, what changes, and in words what should be known of that."""

    name: str
    entries: Sequence[Entry]
    changes: Sequence[Change]
    notes: Sequence[str]


def plan(name: str, file: FileOfCodes, wanted: Wanted, area: Path | None) -> Plan:
    """What an import would do; nothing is written. Raises UsageError and FileMistakes as `merged` and the readers do.

    A list that is not there is refused unless `wanted` says that it is new: no SQL would read it.
    """
    if not wanted.new:
        _known(name, area)
    elif name not in find("sql/codelists", area) and not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' can be no list's name: it has small letters, digits and _, and begins with a letter"
        )
    incoming = read_incoming(file.path, file.system, file.cluster)
    before = in_use(name, area)
    after = merged(before, fixed(name), incoming, wanted)
    return Plan(name, after, changes(before, after), _notes(name, before, after, incoming, area))


def against_shipped(name: str, area: Path | None) -> list[Change]:
    """What a list in use changes in the shipped one of its name; UsageError where there is no such list, or no shipped
    one."""
    path_of(name, area)
    if name not in find("sql/codelists"):
        raise UsageError(f"the list {name} is the area's own; there is no shipped one to compare it with")
    return changes(shipped(name), in_use(name, area))


def in_counts(found: Sequence[Change]) -> str:
    """Changes in one line: "3 added, 1 removed, 2 changed"."""
    counts = Counter(each.kind for each in found)
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "changed"))


def _known(name: str, area: Path | None) -> None:
    try:
        path_of(name, area)
    except UsageError as error:
        raise UsageError(f"{error}. A list that no SQL reads has no effect; if you want a new one, say --new") from None


def _notes(
    name: str, before: Sequence[Entry], after: Sequence[Entry], incoming: Incoming, area: Path | None
) -> list[str]:
    """What should be known before a list is live, a sentence each."""
    notes = [f"{incoming.file}: {incoming.form}: {number(len(incoming.entries), 'code')}"]
    if incoming.twice:
        notes.append(f"{incoming.file}: rows dropped that say the same as another: {incoming.twice:,}")
    if only_grows(name) and name in find("sql/codelists"):
        notes.append(f"an area's file of {name} adds to the shipped list; none of its codes can be taken out")
    if is_sensitive(name):
        notes.append(
            "sensitive codes are taken out of the data by the next run, and stay out if the list is shorter again"
        )
    elif name not in users(area):
        notes.append(f"no feature and no table names the list {name}: it has no effect until one does")
    return [*notes, *_of_codes(before, after)]


def _of_codes(before: Sequence[Entry], after: Sequence[Entry]) -> list[str]:
    notes = []
    systems = Counter(entry.system for entry in after)
    if gone := sorted({entry.system for entry in before} - systems.keys()):
        notes.append(f"the list has no codes of {', '.join(gone)} any more; --add keeps them")
    if systems["dmd"]:
        many = number(systems["dmd"], "code")
        notes.append(f"{many} of dm+d in the list, which match nothing: medicines are matched by substance")
    bare = sum(1 for entry in after if (entry.lowest, entry.highest) == (None, None))
    if any((entry.lowest, entry.highest) != (None, None) for entry in before) and bare:
        notes.append(f"{number(bare, 'code')} without lowest and highest: values out of range are not noticed there")
    return notes
