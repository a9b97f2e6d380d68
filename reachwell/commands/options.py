"""Options that many commands have, and how a day is written to a command."""

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from reachwell.errors import UsageError

Dir = Annotated[Path, Parameter(name="--dir", help="the area's folder")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print JSON")]
HERE = Path()
# The commands of an area's analyst, wherever they are written.
TUNING = Group("Tuning", sort_key=4)


def a_date(text: str) -> date:
    """A day as people write it to a command; UsageError says how."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no date; write one such as 2026-11-21") from None


def plugs_of(folder: Path) -> Path | None:
    """The area's folder, of which the own criteria, features and lists count; None where there is no area."""
    from reachwell.area import SETTINGS_FILE

    return folder.absolute() if (folder / SETTINGS_FILE).exists() else None


def programmes_of(folder: Path) -> tuple[str, ...] | None:
    """The programmes of the area in a folder; None where there is no area."""
    from reachwell.area import Area

    return Area.load(folder).settings.area.programmes if plugs_of(folder) else None
