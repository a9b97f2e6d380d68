"""The commands by which people decide on candidates: parsing and printing only. Heavy imports stay inside them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Group, Parameter

from reachwell.commands.options import HERE, AsJson, Dir
from reachwell.terminal import out, out_json, say

if TYPE_CHECKING:
    from reachwell.decisions.importing import Imported

_REVIEW = Group("Reviewing", sort_key=3)


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    app.command(export, group=_REVIEW)
    decisions = App(name="decisions", help="Bring decisions in, look at them, and undo one.", group=_REVIEW)
    decisions.command(import_, name="import")
    decisions.command(list_, name="list")
    decisions.command(undo)
    decisions.command(wrong)
    app.command(decisions)


def export(
    ods: str,
    *,
    for_: Annotated[Literal["excel"], Parameter(name="--for")],
    programme: str | None = None,
    out_file: Annotated[Path | None, Parameter(name="--out")] = None,
    dir_: Dir = HERE,
) -> None:
    """A practice's current list as a file to decide in; bring it back with: reachwell decisions import.

    Examples: reachwell export B83001 --for excel
              reachwell export B83001 --for excel --out elm-tree.xlsx

    Parameters
    ----------
    ods
        the practice's ODS code
    for_
        for which program
    programme
        which programme, where the area has several
    out_file
        the file; candidates_ODS_DAY.xlsx in this folder unless given
    """
    from reachwell.area import Area
    from reachwell.criteria_history import of_area
    from reachwell.decisions.excel_out import export as write

    area = Area.load(dir_)
    file, patients = write(area, ods, of_area(area, programme), out_file)
    say(f"wrote {patients:,} patients to {file}. Bring it back with: reachwell decisions import {file} --by NAME")


def import_(file: Path, *, by: str, dry_run: Annotated[bool, Parameter(negative="")] = False, dir_: Dir = HERE) -> None:
    """Note the decisions of a list in Excel: all of them, or none where the file has a mistake.

    A file of a list that is no longer current is refused. The same file twice changes nothing.

    Examples: reachwell decisions import candidates_B83001_2026-11-27.xlsx --by "Dr Hill"
              reachwell decisions import candidates_B83001_2026-11-27.xlsx --by "Dr Hill" --dry-run

    Parameters
    ----------
    file
        the file that `reachwell export` wrote, with decisions chosen
    by
        who decided, where a row does not say
    dry_run
        only look for mistakes, and say what would be noted
    """
    from reachwell.area import Area
    from reachwell.decisions.importing import import_file

    say(_told(import_file(Area.load(dir_), file, by, dry_run), dry_run))


def _told(done: "Imported", dry_run: bool) -> str:
    from reachwell.shown import number

    said = f"{number(done.noted, 'decision')} {'would be noted' if dry_run else 'noted'}"
    if done.known:
        said += f"; {done.known:,} known already"
    if done.no_longer:
        said += f", {done.no_longer:,} of them undone or decided otherwise since, which stays so"
    if done.opted_out:
        said += f"; {done.opted_out:,} of people who have opted out since, of whom nothing is noted"
    said += f"; {number(done.empty, 'row')} without a decision"
    if done.noted:
        said += ". They count from the next run on"
    return said + (". Nothing was changed" if dry_run else "")


def list_(ods: str | None = None, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Every decision and every undo, newest first, and which of them stand.

    Examples: reachwell decisions list
              reachwell decisions list B83001 --json

    Parameters
    ----------
    ods
        one practice only
    """
    from reachwell.area import Area
    from reachwell.decisions.review import decisions

    _print(decisions(Area.load(dir_), ods), "Decisions", as_json, "nothing was decided yet")


def undo(event: int, *, by: str, reason: str, dir_: Dir = HERE) -> None:
    """Undo a decision, or an undo; both stay on record.

    Example: reachwell decisions undo 17 --by "Dr Hill" --reason "wrong row"

    Parameters
    ----------
    event
        its number; see: reachwell decisions list
    by
        who undoes it
    reason
        why; write nothing here that tells who the patient is
    """
    from reachwell.area import Area
    from reachwell.decisions.review import undo as take_back

    take_back(Area.load(dir_), event, by, reason)
    say(f"event {event} is undone, from the next run on")


def wrong(ods: str | None = None, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """The records that were said to be wrong, with what the list had said: for whoever can put them right.

    Example: reachwell decisions wrong B83001

    Parameters
    ----------
    ods
        one practice only
    """
    from reachwell.area import Area
    from reachwell.decisions.review import wrong_records

    _print(wrong_records(Area.load(dir_), ods), "Records said to be wrong", as_json, "no record was said to be wrong")


def _print(rows: list[dict[str, Any]], title: str, as_json: bool, nothing: str) -> None:
    from reachwell.catalogue import rows_table

    if as_json:
        out_json(rows)
    elif rows:
        out(rows_table([{name: "" if value is None else value for name, value in row.items()} for row in rows], title))
    else:
        say(nothing)
