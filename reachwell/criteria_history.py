"""Criteria history: a criteria file made live with who, when and why, and any earlier one made live again.

A night goes by the area's file alone; what is noted here says where that file came from.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reachwell.area import Area
from reachwell.criteria import parse, text_of
from reachwell.errors import FileMistakes, UsageError
from reachwell.features import catalogue
from reachwell.made_live import digest_of, refuse_unless_said, write_live
from reachwell.plugs import find_one
from reachwell.run_lock import only_run
from reachwell.state import CriteriaVersion, State

_BY_HAND = "was live already; made without apply"


def apply(area: Area, file: Path, by: str, reason: str, programme: str | None = None) -> CriteriaVersion | None:
    """Make a criteria file live from the next run; returns what was noted, or None where it is live already.

    programme: which one it replaces, its file's name unless given. Raises FileMistakes with every mistake of the file;
    UsageError where the programme is none of the area's or the file's version is that of another content; RunFailed
    while a run is under way. Nothing is changed then.
    """
    return _make_live(area, of_area(area, programme or file.stem), text_of(file), file.name, by, reason)


def rollback(area: Area, version: str, by: str, reason: str, programme: str | None = None) -> CriteriaVersion | None:
    """Make an earlier version live again from the next run; None where it is live already.

    Raises UsageError where there never was such a version, FileMistakes where it can no longer be used.
    """
    name = of_area(area, programme)
    known = {each.version: each for each in State(area.state).criteria_versions(name)}
    if version not in known:
        told = f"There are: {', '.join(known)}" if known else "None was applied yet"
        raise UsageError(f"no version '{version}' of {name} was ever live. {told}")
    told = f"back to {version}" + (f": {reason}" if reason.strip() else "")
    return _make_live(area, name, known[version].text, f"{name}.toml", by, told)


def history(area: Area, programme: str | None = None) -> list[dict[str, Any]]:
    """What was live when, newest first: version, live, at, by, reason, hash. A file changed by hand is told first."""
    name = of_area(area, programme)
    versions = State(area.state).criteria_versions(name) if area.state.exists() else []
    now = _live(area, name)
    newest = max((place for place, each in enumerate(versions) if each.digest == now.digest), default=-1)
    told = [] if newest >= 0 else [(now, True)]
    told += [(each, place == newest) for place, each in reversed(list(enumerate(versions)))]
    return [
        {"version": each.version, "live": "live" if is_live else "", "at": each.at, "by": each.by,
         "reason": each.reason, "hash": each.digest[:12]}
        for each, is_live in told
    ]  # fmt: skip


def of_area(area: Area, programme: str | None) -> str:
    """The area's programme of that name, or its only one; UsageError names those there are."""
    names = area.settings.area.programmes
    if programme is None and len(names) == 1:
        return names[0]
    if programme not in names:
        told = f"no programme of the area is called '{programme}'" if programme else "the area has several programmes"
        raise UsageError(f"{told}. Say which with --programme: {', '.join(names)}")
    return programme


def _make_live(area: Area, name: str, text: str, file: str, by: str, reason: str) -> CriteriaVersion | None:
    version = parse(text, file, catalogue(area.folder)).version
    refuse_unless_said(by, reason, "who makes it live")
    wanted = CriteriaVersion(name, version, digest_of(text), by, reason, text)
    # What a night goes by must not change while it runs.
    with only_run(area.data):
        state = State(area.state)
        noted, now = state.criteria_versions(name), _live(area, name)
        if wanted.digest == now.digest:
            return None
        if earlier := next((each for each in noted if each.digest == wanted.digest), None):
            wanted = replace(wanted, version=earlier.version)
        else:
            _refuse_another_of_that_version(wanted, [*noted, now])
        # Noted first: after a kill in between the file says that it is not live, and it may be applied again.
        state.note_criteria([*([] if now.digest in {each.digest for each in noted} else [now]), wanted])
        write_live(area.folder / "criteria" / f"{name}.toml", text)
    return wanted


def _refuse_another_of_that_version(wanted: CriteriaVersion, known: Sequence[CriteriaVersion]) -> None:
    if any(each.version == wanted.version and each.digest != wanted.digest for each in known):
        raise UsageError(
            f"there was a version {wanted.version} of {wanted.programme} already, with another content. Give the file "
            "a new version. Nothing was changed."
        )


def _live(area: Area, name: str) -> CriteriaVersion:
    """The file that a night would go by, as it is noted where nothing is noted of it."""
    text = text_of(find_one("criteria", name, area.folder))
    digest = digest_of(text)
    try:
        version = parse(text, name, catalogue(area.folder)).version
    except FileMistakes:
        version = "with mistakes"
    noted = State(area.state).criteria_versions(name) if area.state.exists() else []
    if any(each.version == version and each.digest != digest for each in noted):
        version = f"{version}, changed by hand ({digest[:8]})"
    return CriteriaVersion(name, version, digest, "", _BY_HAND, text)
