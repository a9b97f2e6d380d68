"""Invented deliveries: some nights of some practices, as a supplier would send them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from reachwell.atomic import new_folder, write_text
from reachwell.errors import UsageError
from reachwell.invent.formats.emis import emis
from reachwell.invent.formats.extract_files import write_changes, write_full
from reachwell.invent.formats.native import write_delivery
from reachwell.invent.formats.pieces import Night
from reachwell.invent.formats.supplier import Supplier
from reachwell.invent.formats.systmone import systmone
from reachwell.invent.losses import with_losses
from reachwell.invent.night import next_night
from reachwell.invent.practice import invent_practice
from reachwell.manifest import MANIFEST_FILE

_SUPPLIERS: dict[str, Callable[[], Supplier]] = {"emis": emis, "systmone": systmone}
_MANIFEST = """practice = "{ods}"
format = "{format}"
version = "{version}"
kind = "{kind}"
extracted_on = {on}
{since}covers_from = {covers_from}
key_id = "demo"
national_data_opt_out = "not_required"
legal_basis = "invented people: no legal basis needed"
invented = true
"""
_FIRST_CODE = 83001


def practice_codes(count: int) -> list[str]:
    """So many ODS codes."""
    return [f"B{_FIRST_CODE + place}" for place in range(count)]


def nights(ods: str, patients: int, seed: int, last: date, count: int) -> Iterator[Night]:
    """A practice on so many days in a row: each has what the one before had, but for what was lost and what is new."""
    first = last - timedelta(days=count - 1)
    tables = invent_practice(ods, patients, seed, first)
    yield Night(tables, first)
    for later in range(1, count):
        on = first + timedelta(days=later)
        tables = next_night(with_losses(tables, ods, seed, on), ods, seed, on)
        yield Night(tables, on)


def write_night(folder: Path, format_: str, ods: str, night: Night, before: Night | None) -> Path:
    """Write a practice's delivery, `folder`/<day>: all of it, or the changes since a night before.

    Our own format knows no changes: it always comes whole.
    """
    if format_ not in _SUPPLIERS:
        return write_delivery(night.tables, folder, ods, night.on)
    supplier = _SUPPLIERS[format_]()
    with new_folder(folder / str(night.on)) as aside:
        if before:
            write_changes(supplier, ods, before, night, aside)
        else:
            write_full(supplier, ods, night, aside)
        first = [night.tables[name]["on_date"].min() or night.on for name in ("contact", "medicine")]
        text = _MANIFEST.format(
            ods=ods,
            format=supplier.name,
            version=supplier.version,
            kind="delta" if before else "full",
            on=night.on,
            since=f"changes_since = {before.on}\n" if before else "",
            covers_from=min(first),
        )
        write_text(aside / MANIFEST_FILE, text)
    return folder / str(night.on)


def write_deliveries(
    folder: Path,
    format_: str,
    codes: Sequence[str],
    patients: int,
    count: int,
    seed: int,
    last: date,
    done: Callable[[str, date], None],
) -> None:
    """Write so many nights of each practice, `folder`/<ODS>/<day>, the last of day `last`; only the first is whole.

    done: told of each delivery. Raises UsageError where the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty. Name a new folder, or empty it")
    for ods in codes:
        before: Night | None = None
        for night in nights(ods, patients, seed, last, count):
            write_night(folder / ods, format_, ods, night, before)
            done(ods, night.on)
            before = night
