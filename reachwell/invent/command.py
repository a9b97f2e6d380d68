"""The command that invents deliveries: progress while it goes on, and at the end how to name them in the settings."""

from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from reachwell.errors import UsageError
from reachwell.invent.deliveries import practice_codes, write_deliveries
from reachwell.invent.drug_tariff_file import write_drug_tariff
from reachwell.terminal import say

_DRUG_TARIFF = "drug_tariff.csv"
_PRACTICE = """[[practice]]
ods = "{ods}"
name = "Invented practice {ods}"
format = "{format}"
from = "{place}"
link_workers = 0.8
"""
_PRICES = """[prices]
drug_tariff = "{path}"
"""


def invent(folder: Path, format_: str, practices: int, patients: int, nights: int, seed: int, last: date) -> None:
    """Write invented deliveries and print the lines of reachwell.toml that name them.

    Raises UsageError where a number is too small or the folder is not empty.
    """
    for name, number, least in (("practices", practices, 1), ("patients", patients, 1), ("nights", nights, 1),
                                ("seed", seed, 0)):  # fmt: skip
        if number < least:
            raise UsageError(f"--{name} is {number}; write a whole number of at least {least}")
    folder, codes = folder.absolute(), practice_codes(practices)
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"inventing {patients:,} patients each", total=practices * nights)

        def done(ods: str, on: date) -> None:
            bar.update(task, advance=1, description=f"{ods}: extract of {on}")

        write_deliveries(folder, format_, codes, patients, nights, seed, last, done)
    lines = [_PRACTICE.format(ods=ods, format=format_, place=(folder / ods).as_uri()) for ods in codes]
    if format_ == "systmone":
        # The system sends no costs.
        write_drug_tariff(folder / _DRUG_TARIFF)
        lines.append(_PRICES.format(path=folder / _DRUG_TARIFF))
    count = practices * nights
    say(
        f"invented {count} deliver{'y' if count == 1 else 'ies'} in {folder}. "
        "To use them, put this into an area's reachwell.toml:"
    )
    print("\n".join(lines), end="")
