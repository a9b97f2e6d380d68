"""Options that many commands have, and how a day is written to a command."""

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from reachwell.errors import UsageError

Dir = Annotated[Path, Parameter(name="--dir", help="the area's folder")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print JSON")]
HERE = Path()


def a_date(text: str) -> date:
    """A day as people write it to a command; UsageError says how."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no date; write one such as 2026-11-21") from None
