"""The command that tells what is known, and of whom: parsing and printing only. Heavy imports stay inside it."""

from cyclopts import App

from reachwell.commands.options import HERE, TUNING, AsJson, Dir
from reachwell.terminal import out, out_json


def add_to(app: App) -> None:
    """Add this command to the command line."""
    app.command(coverage, group=TUNING)


def coverage(*, feature: str | None = None, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """How much is known of what the programmes ask for, where it differs, and which missing facts cost most.

    Examples: reachwell coverage
              reachwell coverage --feature pam_level

    Parameters
    ----------
    feature
        the practices of one feature
    """
    from reachwell.area import Area
    from reachwell.coverage.area import area_coverage
    from reachwell.coverage.report import in_terminal, of_one_feature

    found = area_coverage(Area.load(dir_))
    if feature:
        found = found.of(feature)
    if as_json:
        out_json(found.as_json())
    else:
        out(*(of_one_feature(found) if feature else in_terminal(found)))
