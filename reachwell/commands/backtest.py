"""The command that looks back at a past day: parsing and printing only. Heavy imports stay inside the command."""

from pathlib import Path

from cyclopts import App

from reachwell.commands.options import HERE, TUNING, AsJson, Dir, a_date
from reachwell.terminal import out, out_json


def add_to(app: App) -> None:
    """Add this command to the command line."""
    app.command(backtest, group=TUNING)


def backtest(
    *, on: str, criteria: Path | None = None, programme: str | None = None, dir_: Dir = HERE, as_json: AsJson = False
) -> None:
    """What happened in the 12 months after a past day to those a programme would have listed, beside everybody else.

    Frequent attenders fall back by themselves: nothing here says what a listing or a referral does. Small counts are
    hidden, others rounded.

    Examples: reachwell backtest --on 2025-06-30
              reachwell backtest --on 2025-06-30 --criteria draft.toml

    Parameters
    ----------
    on
        the past day; the data must reach to 12 months after it
    criteria
        a criteria file to look back with in place of the live one
    programme
        which programme, where the area has several
    """
    from rich.console import Console

    from reachwell.area import Area
    from reachwell.backtest.backtest import backtested
    from reachwell.backtest.report import as_rows, shown

    day, area = a_date(on), Area.load(dir_)
    with Console(stderr=True).status(f"measuring as of {day} and a year later"):
        found = backtested(area, day, criteria, programme)
    out_json(as_rows(found)) if as_json else out(*shown(found))
