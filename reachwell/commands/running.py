"""The commands that run something: parsing and printing only. Heavy imports stay inside the commands."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from reachwell.commands.options import HERE, Dir, a_date
from reachwell.terminal import say

_RUN = Group("Running", sort_key=1)
Practices = Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")]


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    app.command(init, group=_RUN)
    app.command(demo, group=_RUN)
    app.command(invent, group=_RUN)
    app.command(run, group=_RUN)
    app.command(schedule, group=_RUN)


def init(folder: Path) -> None:
    """Make an area's folder with a commented reachwell.toml.

    Example: reachwell init north-borough
    """
    from reachwell.init import init as make

    say(f"made {make(folder)}. Edit it, then: reachwell run --dir {folder}")


def demo(
    *,
    dir_: Dir = Path("reachwell-demo"),
    on: str | None = None,
    patients: int = 8000,
    svg: Path | None = None,
) -> int:
    """Invent an area of 3 practices, run two nights, and show what a data lead would look at.

    One practice is on EMIS, one on SystmOne, and one sends our own format.

    Example: reachwell demo --dir /tmp/demo

    Parameters
    ----------
    on
        the second night's date; today unless given
    patients
        invented patients for each practice
    svg
        also keep what is shown as a picture
    """
    from reachwell.demo import demo as play

    return play(dir_, a_date(on) if on else date.today(), patients, svg)


def invent(
    folder: Path,
    *,
    format_: Annotated[Literal["emis", "systmone", "native"], Parameter(name="--format")] = "emis",
    practices: int = 1,
    patients: int = 8000,
    nights: int = 2,
    seed: int = 1,
    on: str | None = None,
) -> None:
    """Invent deliveries as a practice system sends them: a full extract, then a night's changes each day.

    They lie in FOLDER/<ODS code>/<day>; the lines printed at the end name them in reachwell.toml.

    Examples: reachwell invent extracts
              reachwell invent --format systmone --practices 3 --nights 5 extracts

    Parameters
    ----------
    folder
        where they go; it must be empty or not there yet
    format_
        the system; native, our own format, knows no changes and comes whole each night
    practices
        how many
    patients
        of each practice
    nights
        deliveries of each practice, one a day
    seed
        another number invents other people; the same one the same
    on
        the last night's date; today unless given
    """
    from reachwell.invent.command import invent as write

    write(folder, format_, practices, patients, nights, seed, a_date(on) if on else date.today())


def run(*, dir_: Dir = HERE, on: str | None = None, practice: Practices = None, dry_run: bool = False) -> int:
    """Run the night now: deliveries in, validated, measured, matched, shortlisted, published.

    Examples: reachwell run --dir north-borough
              reachwell run --practice B83001 --dry-run

    Parameters
    ----------
    on
        the day the lists speak for, never later than a practice's extract; a day before the current
        list's is published beside it and does not become current
    practice
        pull the deliveries of these practices only; the others' lists are carried forward
    dry_run
        do it all in a copy that is thrown away, and show what would be
    """
    from reachwell.now import run_now

    return run_now(dir_, a_date(on) if on else None, practice, dry_run)


def schedule(*, dir_: Dir = HERE) -> None:
    """Serve the nightly flow: it starts by the cron line and time zone of reachwell.toml, until stopped.

    Example: reachwell schedule --dir north-borough
    """
    from reachwell.serve import serve

    serve(dir_)
