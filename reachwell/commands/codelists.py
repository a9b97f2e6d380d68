"""The commands for code lists: parsing and printing only. Heavy imports stay inside the commands."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from reachwell.commands.options import HERE, TUNING, AsJson, Dir, plugs_of
from reachwell.errors import UsageError
from reachwell.terminal import out, out_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reachwell.area import Area
    from reachwell.codelist.importing import FileOfCodes
    from reachwell.codelist.merge import Change, Wanted

_LIVE_ALREADY = "that is what is live already; nothing was changed"
_NEXT_RUN = "Tables are derived again by the next run"
_ListName = Annotated[str, Parameter(name="--list", help="the list's name; see: reachwell codelists list")]


@Parameter(name="*")
@dataclass(frozen=True)
class HowTaken:
    """How a file is taken over, for whoever looks at it first and whoever makes it live."""

    category: Annotated[
        str | None, Parameter(help="the category that the file's codes are of; only that one is replaced")
    ] = None
    add: Annotated[bool, Parameter(negative="", help="add to the list, and take nothing out")] = False
    system: Annotated[
        str | None, Parameter(help="the file's code system, such as ctv3, where it does not say; snomed unless given")
    ] = None
    cluster: Annotated[str | None, Parameter(help="which cluster, of a file of refsets that has several")] = None
    new: Annotated[bool, Parameter(negative="", help="the list, or a category of it, is a new one")] = False

    def parts(self, file: Path) -> "tuple[FileOfCodes, Wanted]":
        """The file as it is read, and what is made of the list."""
        from reachwell.codelist.importing import FileOfCodes
        from reachwell.codelist.merge import Wanted

        return FileOfCodes(file, self.system, self.cluster), Wanted(self.category, self.add, self.new)


_AS_IT_SAYS = HowTaken()


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    codelists = App(name="codelists", help="Look at code lists, and take over published ones.", group=TUNING)
    codelists.command(list_, name="list")
    codelists.command(show)
    codelists.command(diff)
    codelists.command(import_, name="import")
    codelists.command(history)
    codelists.command(rollback)
    app.command(codelists)


def list_(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Every code list: how many codes of which systems, whose it is, its hash, which features and tables use it.

    Example: reachwell codelists list
    """
    from reachwell.codelist.rows import list_rows

    _print(list_rows(_area(dir_)), "Code lists", as_json)


def show(name: str, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """A list's codes, in how many of the area's patients each is found, and what the deliveries call it if otherwise.

    Example: reachwell codelists show long_term_condition

    Counts are of all patients there are data of, 7 or fewer hidden (null with --json), others rounded to 5.
    """
    from reachwell.codelist.rows import found_in_nobody, show_rows
    from reachwell.small_numbers import shown_count

    rows = show_rows(name, _area(dir_))
    told = [{**row, "patients": shown_count(row["patients"])} if "patients" in row else row for row in rows]
    _print(rows if as_json else told, name, as_json)
    if nobody := found_in_nobody(rows):
        say(nobody)


def diff(
    what: Annotated[str, Parameter(help="a file, with --list; or a list of the area, against the shipped one")],
    *,
    list_name: Annotated[str | None, Parameter(name="--list", help="the list in use that a file would change")] = None,
    how: HowTaken = _AS_IT_SAYS,
    dir_: Dir = HERE,
    as_json: AsJson = False,
) -> None:
    """What a file would change in the list in use, or what the area's list changes in the shipped one.

    Examples: reachwell codelists diff depr_cod.csv --list long_term_condition --category depression
              reachwell codelists diff long_term_condition
    """
    from reachwell.codelist.importing import against_shipped, in_counts, plan
    from reachwell.codelist.rows import change_rows

    area = plugs_of(dir_)
    changes: Sequence[Change]
    if list_name is None:
        if what.endswith(".csv") or how != _AS_IT_SAYS:
            raise UsageError(f"say which list {what} would change with --list; see: reachwell codelists list")
        changes = against_shipped(what, area)
    else:
        found = plan(list_name, *how.parts(Path(what)), area)
        changes = found.changes
        for each in found.notes:
            say(each)
    _print(change_rows(changes), list_name or what, as_json)
    say(in_counts(changes) if changes else "nothing differs")


def import_(
    file: Path,
    *,
    list_name: _ListName,
    by: str,
    reason: str,
    how: HowTaken = _AS_IT_SAYS,
    dir_: Dir = HERE,
) -> None:
    """Take over a file of codes as a list of the area's, live from the next run, and note who did so and why.

    The file is a CSV of OpenCodelists, of the NHS's primary care domain refsets, or of our own form. It takes the
    place of the list in use, or of a category of it, or with --add its codes come beside those there are.

    Example: reachwell codelists import lives_alone.csv --list living_status --category alone --by "J Doe" --reason "v2"

    Parameters
    ----------
    file
        the file; see: reachwell codelists diff
    by
        who makes it live
    reason
        why
    """
    from reachwell.area import Area
    from reachwell.codelist.history import import_list

    made = import_list(Area.load(dir_), list_name, *how.parts(file), by, reason, say)
    say(f"version {made.hash} of {made.list} is live. {_NEXT_RUN}" if made else _LIVE_ALREADY)


def history(name: str, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What was live of a list when, by whom and why, newest first.

    Example: reachwell codelists history long_term_condition
    """
    from reachwell.area import Area
    from reachwell.codelist.history import history as look

    _print(look(Area.load(dir_), name), name, as_json)


def rollback(name: str, version: str, *, by: str, reason: str, dir_: Dir = HERE) -> None:
    """Make an earlier version of a list live again from the next run.

    Example: reachwell codelists rollback long_term_condition 4edc99cd5342 --by "J Doe" --reason "wrong cluster"

    Parameters
    ----------
    name
        the list's name
    version
        the version's hash; see: reachwell codelists history
    by
        who makes it live
    reason
        why
    """
    from reachwell.area import Area
    from reachwell.codelist.history import rollback as go_back

    made = go_back(Area.load(dir_), name, version, by, reason)
    say(f"version {made.hash} of {made.list} is live again. {_NEXT_RUN}" if made else _LIVE_ALREADY)


def _area(folder: Path) -> "Area | None":
    from reachwell.area import Area

    return Area.load(folder) if plugs_of(folder) else None


def _print(rows: list[dict[str, Any]], title: str, as_json: bool) -> None:
    from reachwell.catalogue import rows_table

    if as_json:
        out_json(rows)
    elif rows:
        out(rows_table(rows, title))
