"""The commands that run in the practice, offline: parsing and printing only, as in the rest of the command line."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from reachwell.terminal import say

_PRACTICE = Group("In the practice, offline", sort_key=5)
MapFile = Annotated[Path, Parameter(name="--map")]


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    app.command(new_key, name="new-key", group=_PRACTICE)
    app.command(pseudonymise, group=_PRACTICE)
    app.command(reidentify, group=_PRACTICE)


def new_key(file: Path) -> None:
    """Make the practice's secret key for pseudonyms; it never leaves the practice.

    Example: reachwell new-key practice.key
    """
    from reachwell.identity.key import new_key as make

    key = make(file)
    say(f"made key {key.id} in {file}. Keep it, and a copy in a safe: another key gives everybody another pseudonym.")


def pseudonymise(
    delivery: Path, folder: Path, *, key_file: Path, map_: MapFile,
    deprivation: Path | None = None,
) -> None:  # fmt: skip
    """Make of an extract one that may leave the practice: pseudonyms, and no column that tells who somebody is.

    Examples: reachwell pseudonymise extract out --key-file practice.key --map practice.map
              reachwell pseudonymise extract out --key-file practice.key --map practice.map --deprivation imd.csv

    Parameters
    ----------
    delivery
        the folder that the practice's system wrote, with a manifest.toml that has no key_id yet
    folder
        where the pseudonymised delivery goes; it must not be there yet
    key_file
        the practice's key; make it once with: reachwell new-key
    map_
        the file that says who is who; made if it is not there, and for the practice only
    deprivation
        a CSV with the columns postcode and imd_decile
    """
    from reachwell.identity.pseudonymise import pseudonymise as make

    done = make(delivery, folder, key_file, map_, deprivation)
    strangers = f"{done.strangers:,} known from other rows only" if done.strangers else "all with a row of their own"
    without = f"{done.without_number:,} patients of this extract have no NHS number"
    say(f"{done.patients:,} people are in {map_}, {done.new:,} of them new ({strangers}); {without}")
    say(f"{done.homes:,} homes, {done.without_decile:,} of them not in the table of deprivation")
    if done.broken_lines:
        say(f"{done.broken_lines:,} lines do not split into the columns of their header and were left out")
    say(f"wrote {done.files} files to {folder} with key {done.key_id}; {done.left} files are not used and stay here")


def reidentify(
    list_: Path, file: Path, *, map_: MapFile,
    numbers_only: Annotated[bool, Parameter(negative="")] = False,
) -> None:  # fmt: skip
    """Turn a list of pseudonyms back into NHS numbers, with the practice's map.

    Examples: reachwell reidentify candidates.parquet list.xlsx --map practice.map
              reachwell reidentify list.csv numbers.csv --map practice.map --numbers-only

    Parameters
    ----------
    list_
        a list of reachwell's: Parquet, CSV or Excel, with a column patient_id
    file
        the list with NHS numbers: Parquet, CSV or Excel by its ending
    map_
        the file that `reachwell pseudonymise` wrote
    numbers_only
        one column of NHS numbers, to search for them in the practice's system
    """
    from reachwell.identity.reidentify import reidentify as turn_back

    done = turn_back(list_, map_, file, numbers_only)
    without = f"{done.without_number:,} people have no NHS number"
    say(f"wrote {done.rows:,} rows to {file}; {without}. Keep it in the practice.")
