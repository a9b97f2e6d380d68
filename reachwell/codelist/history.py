"""Code list history: a list made live with who, when and why, and any earlier one made live again.

A night goes by the area's file alone; what is noted here says where that file came from.
"""

from collections.abc import Callable, Sequence
from typing import Any

from reachwell import codelists
from reachwell.area import Area
from reachwell.codelist.importing import FileOfCodes, in_counts, plan
from reachwell.codelist.merge import Wanted, text_of
from reachwell.codelist.use import path_of
from reachwell.codelist.versions import CodelistVersion, note, noted
from reachwell.errors import FileMistakes, RunFailed, UsageError
from reachwell.made_live import refuse_unless_said, write_live
from reachwell.plugs import find
from reachwell.run_lock import only_run
from reachwell.shown import number
from reachwell.state import State

_BY_HAND = "was live already; made without import"
_LEAST_OF_A_HASH = 4


def import_list(
    area: Area, name: str, file: FileOfCodes, wanted: Wanted, by: str, reason: str, tell: Callable[[str], None]
) -> CodelistVersion | None:
    """Make a list of a file live from the next run; returns what was noted, or None where nothing would change.

    tell: is given what changes, in sentences, before anything is written. Raises what `plan` does, and RunFailed
    while a run is under way. Nothing is changed then.
    """
    refuse_unless_said(by, reason, "who makes it live")
    # What a night goes by must not change while it runs.
    with only_run(area.data):
        found = plan(name, file, wanted, area.folder)
        for each in found.notes:
            tell(each)
        if not found.changes:
            return None
        tell(f"{name}: {in_counts(found.changes)}; {number(len(found.entries), 'code')} then")
        made = CodelistVersion.of(name, text_of(found.entries), by, reason)
        _make_live(area, made)
    return made


def rollback(area: Area, name: str, version: str, by: str, reason: str) -> CodelistVersion | None:
    """Make an earlier version of a list live again from the next run; None where it is live already.

    version: its hash, or as much of it as tells it from the others. Raises UsageError where there never was one,
    FileMistakes where it can no longer be used, RunFailed while a run is under way.
    """
    refuse_unless_said(by, reason, "who makes it live")
    with only_run(area.data):
        chosen = _chosen(name, version, _versions(area, name))
        codelists.parse(chosen.text.removeprefix("\ufeff"), f"{name}.csv")
        now = _live(area, name)
        if now and now.digest == chosen.digest:
            return None
        made = CodelistVersion.of(name, chosen.text, by, f"back to {chosen.hash}: {reason}")
        _make_live(area, made)
    return made


def history(area: Area, name: str) -> list[dict[str, Any]]:
    """What was live of a list when, newest first: hash, live, codes, at, by and reason. A file changed by hand is told
    first."""
    versions, now = _versions(area, name), _live(area, name)
    if not versions:
        path_of(name, area.folder)
    newest = max((place for place, each in enumerate(versions) if now and each.digest == now.digest), default=-1)
    told = [(now, True)] if now and newest < 0 else []
    told += [(each, place == newest) for place, each in reversed(list(enumerate(versions)))]
    return [
        {"hash": each.hash, "live": "live" if is_live else "", "codes": _count(each), "at": each.at, "by": each.by,
         "reason": each.reason}
        for each, is_live in told
    ]  # fmt: skip


def _make_live(area: Area, made: CodelistVersion) -> None:
    state, now = State(area.state), _live(area, made.list)
    known = {each.digest for each in noted(state, made.list)}
    # Noted first: after a kill in between the file says that it is not live, and it may be imported again.
    note(state, [*([now] if now and now.digest not in known else []), made])
    write_live(area.folder / "sql" / "codelists" / f"{made.list}.csv", made.text)


def _live(area: Area, name: str) -> CodelistVersion | None:
    """The file that a night would go by, as it is noted where nothing is noted of it; None where there is none."""
    path = find("sql/codelists", area.folder).get(name)
    if path is None:
        return None
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise RunFailed(f"{path} cannot be read ({error.strerror}). Check its permissions.") from None
    return CodelistVersion.of(name, text, "", _BY_HAND)


def _versions(area: Area, name: str) -> list[CodelistVersion]:
    return noted(State(area.state), name) if area.state.exists() else []


def _chosen(name: str, version: str, versions: Sequence[CodelistVersion]) -> CodelistVersion:
    found = {each.digest: each for each in versions if each.digest.startswith(version.strip().lower())}
    if len(found) == 1 and len(version.strip()) >= _LEAST_OF_A_HASH:
        return next(iter(found.values()))
    hashes = ", ".join(dict.fromkeys(each.hash for each in reversed(versions)))
    told = f"There are: {hashes}" if hashes else "None was imported yet"
    raise UsageError(f"the hash '{version}' is not that of one version of {name}. {told}")


def _count(version: CodelistVersion) -> int | str:
    try:
        return codelists.parse(version.text.removeprefix("\ufeff"), f"{version.list}.csv").height
    except FileMistakes:
        return "with mistakes"
