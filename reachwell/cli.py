"""The command line: parsing and printing only. Heavy imports stay inside the commands."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from reachwell import __version__, practice_commands
from reachwell.errors import EXIT_CODES, UsageError
from reachwell.terminal import out, out_json, say

_CODES = "\n".join(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())
app = App(
    name="reachwell",
    version=__version__,
    help="Finds the patients whom social prescribing might help and who are not being offered it.",
    help_epilogue=f"Exit codes:\n\n{_CODES}",
    help_format="plaintext",
    version_flags=["--version"],
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
)
_LOOK = Group("Looking", sort_key=2)
practice_commands.add_to(app)
_RUN = Group("Running", sort_key=1)

Dir = Annotated[Path, Parameter(name="--dir", help="the area's folder")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print JSON")]
Practices = Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")]
HERE = Path()


def a_date(text: str) -> date:
    """A day as people write it to a command; UsageError says how."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no date; write one such as 2026-11-21") from None


@app.command(group=_RUN)
def init(folder: Path) -> None:
    """Make an area's folder with a commented reachwell.toml.

    Example: reachwell init north-borough
    """
    from reachwell.init import init as make

    say(f"made {make(folder)}. Edit it, then: reachwell run --dir {folder}")


@app.command(group=_RUN)
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


@app.command(group=_RUN)
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


@app.command(group=_RUN)
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


@app.command(group=_RUN)
def schedule(*, dir_: Dir = HERE) -> None:
    """Serve the nightly flow: it starts by the cron line and time zone of reachwell.toml, until stopped.

    Example: reachwell schedule --dir north-borough
    """
    from reachwell.serve import serve

    serve(dir_)


@app.command(group=_LOOK)
def status(*, dir_: Dir = HERE, as_json: AsJson = False) -> int:
    """How the last run ended and what needs you, practice by practice.

    Examples: reachwell status
              reachwell status --json
    """
    from reachwell.area import Area
    from reachwell.status import status as look

    found = look(Area.load(dir_))
    if as_json:
        out_json({name: value for name, value in found.items() if name != "shown"})
    else:
        out(*found["shown"])
    return int(found["exit_code"])


@app.command(group=_LOOK)
def validate(delivery: Path, *, dir_: Dir = HERE) -> int:
    """Check a delivery as the night would, and publish nothing.

    Example: reachwell validate /srv/extracts/B83001/2026-11-21
    """
    from reachwell.area import SETTINGS_FILE, Area
    from reachwell.manifest import read
    from reachwell.report import unmapped_table, validation_table
    from reachwell.trial import tried
    from reachwell.unmapped import unmapped_codes

    if not delivery.is_dir():
        raise UsageError(f"{delivery} is no folder. Name a delivery's folder, the one with manifest.toml in it")
    area = Area.load(dir_) if (dir_ / SETTINGS_FILE).exists() else None
    manifest = read(delivery.absolute())
    what = "extract" if manifest.kind == "full" else f"changes since {manifest.changes_since}, extract"
    with tried(area, delivery.absolute(), manifest) as trial:
        found = trial.checked
        if found.sent or any(found.rows.values()):
            title = f"{manifest.practice}, {what} of {manifest.extracted_on} ({manifest.format})"
            out(validation_table(found, title))
        if trial.snapshot and not (codes := unmapped_codes(trial.snapshot)).is_empty():
            out(unmapped_table(codes))
    if trial.fault:
        raise trial.fault
    what = "fit to be used" if trial.snapshot else "its files can be read"
    say(f"{what}: {found.bad_share:.2%} of the rows are bad, the limit is {trial.limit:.2%}")
    return 0


@app.command(name="list", group=_LOOK)
def list_(
    ods: str, *, programme: str | None = None, dir_: Dir = HERE, as_json: AsJson = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
) -> None:  # fmt: skip
    """A practice's current list, best first, with the reasons.

    Examples: reachwell list B83001
              reachwell list B83001 --csv > list.csv

    Parameters
    ----------
    programme
        one programme only
    csv
        print CSV; reasons are joined by semicolons
    """
    import polars as pl

    from reachwell.area import Area
    from reachwell.published import current_run, read_table
    from reachwell.report import list_table

    area = Area.load(dir_)
    names = area.settings.area.programmes
    if programme and programme not in names:
        raise UsageError(f"no programme is called '{programme}'. There are: {', '.join(names)}")
    candidates = read_table(area, current_run(area), ods, "candidates")
    if programme:
        candidates = candidates.filter(pl.col("programme") == programme)
    if as_json:
        out_json(candidates.to_dicts())
    elif csv:
        sys.stdout.write(candidates.with_columns(pl.col("reasons").list.join("; ")).write_csv())
    else:
        for name in [programme] if programme else names:
            out(list_table(candidates.filter(pl.col("programme") == name), f"{ods}: {name}"))


@app.command(group=_LOOK)
def why(ods: str, patient: str, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Why a patient is or is not on the list: each rule met, not met or not known.

    Example: reachwell why B83001 P7K2M9XQ4RTA
    """
    from reachwell.area import Area
    from reachwell.report import why_text
    from reachwell.why import why as ask

    answers = ask(Area.load(dir_), ods, patient)
    if as_json:
        out_json(answers)
    else:
        out(*[why_text(each) for each in answers])


@app.command(group=_LOOK)
def audit(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What was removed, when and why: opt-outs erased, and what was older than the nights that are kept.

    Example: reachwell audit --json
    """
    from reachwell.area import Area
    from reachwell.catalogue import rows_table
    from reachwell.state import State

    area = Area.load(dir_)
    rows = State(area.state).audit() if area.state.exists() else []
    out_json(rows) if as_json else out(rows_table(rows, "Audit") if rows else "nothing was removed yet")


@app.command(group=_LOOK)
def features(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What is measured of a patient: every feature, its unit and its usual look-back.

    Example: reachwell features --json
    """
    from reachwell.catalogue import feature_rows, rows_table

    rows = feature_rows(_plugs_of(dir_))
    out_json(rows) if as_json else out(rows_table(rows, "Features"))


@app.command(group=_LOOK)
def rules(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Who is looked for: every programme's rules in words.

    Example: reachwell rules
    """
    from reachwell.catalogue import rows_table, rule_rows

    rows = rule_rows(_plugs_of(dir_), _programmes_of(dir_))
    out_json(rows) if as_json else out(rows_table(rows, "Rules"))


def _plugs_of(folder: Path) -> Path | None:
    from reachwell.area import SETTINGS_FILE

    return folder.absolute() if (folder / SETTINGS_FILE).exists() else None


def _programmes_of(folder: Path) -> tuple[str, ...] | None:
    from reachwell.area import Area

    return Area.load(folder).settings.area.programmes if _plugs_of(folder) else None
