"""Code lists in use: which there are, whose each is, what it holds, and which SQL names it."""

from pathlib import Path

from reachwell import codelists
from reachwell.codelist.columns import Entry
from reachwell.codelist.merge import entries_of
from reachwell.errors import UsageError
from reachwell.mistakes import nearest
from reachwell.plugs import find
from reachwell.sensitive import PREFIX
from reachwell.sql_file import SqlFile

_FOLDERS = ("features", "sql/tables")


def path_of(name: str, area: Path | None) -> Path:
    """The file of a list; UsageError with the nearest name where there is no such list."""
    lists = find("sql/codelists", area)
    if name not in lists:
        raise UsageError(f"no list is called '{name}'.{nearest(name, lists)} There are: {', '.join(lists)}")
    return lists[name]


def is_shipped(path: Path) -> bool:
    """Whether a list's file is the one that comes with reachwell."""
    return path == find("sql/codelists").get(path.stem)


def in_use(name: str, area: Path | None) -> list[Entry]:
    """What a list holds as a night reads it; nothing where there is no such list."""
    path = find("sql/codelists", area).get(name)
    own = entries_of(codelists.read(path)) if path else []
    return list({(entry.code, entry.system): entry for entry in [*own, *fixed(name)]}.values())


def shipped(name: str) -> list[Entry]:
    """What a list holds as it is shipped; nothing where it is not."""
    path = find("sql/codelists").get(name)
    return entries_of(codelists.read(path)) if path else []


def fixed(name: str) -> list[Entry]:
    """What an area cannot take out of a list."""
    return shipped(name) if only_grows(name) else []


def only_grows(name: str) -> bool:
    """Whether an area's file adds to the shipped list, and stands not in its place: of dissents and sensitive codes."""
    return name == codelists.OPT_OUTS or name.startswith(PREFIX)


def is_sensitive(name: str) -> bool:
    """Whether the codes of a list are never taken over, so that no SQL sees them."""
    return name.startswith(PREFIX)


def users(area: Path | None) -> dict[str, list[str]]:
    """By list, the features and derived tables whose SQL names it."""
    found: dict[str, list[str]] = {}
    for folder in _FOLDERS:
        for name, path in find(folder, area).items():
            for each in sorted(SqlFile.of(path).compared_with("list")):
                found.setdefault(each, []).append(name)
    return found
