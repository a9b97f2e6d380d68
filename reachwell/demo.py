"""The demo: an invented area, two nights, and what a data lead would look at."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.text import Text

from reachwell.area import SETTINGS_FILE, Area
from reachwell.delivery import checked
from reachwell.errors import UsageError
from reachwell.init import init
from reachwell.invent import invent_practice, next_night, write_delivery
from reachwell.manifest import read
from reachwell.now import OPENING, night_of
from reachwell.published import current_run, read_table
from reachwell.report import INVENTED, attrition_table, changes_table, list_table, validation_table
from reachwell.status import status

_MARK = ".reachwell-demo"
_SEED = 20261122
_PRACTICES = [("B83001", "Elm Tree Surgery", 0.8), ("B83017", "Riverside Medical", 0.6), ("B83020", "Hill Road", 0.4)]


def demo(folder: Path, today: date, patients: int, svg: Path | None) -> int:
    """Invent three practices in a folder, run two nights, and print what came of it; returns the exit code."""
    folder = folder.absolute()
    messages = Console(stderr=True, highlight=False)
    area = _fresh_area(folder)
    code = 0
    tables: dict[str, dict[str, pl.DataFrame]] = {}
    for night, on in enumerate((today - timedelta(days=1), today)):
        with messages.status(f"inventing {len(_PRACTICES)} practices of {patients:,} patients, extract of {on}"):
            for ods, *_ in _PRACTICES:
                before = tables.get(ods)
                tables[ods] = (
                    next_night(before, ods, _SEED, on) if before else invent_practice(ods, patients, _SEED, on)
                )
                write_delivery(tables[ods], folder / "extracts" / ods, ods, on)
        opening = OPENING if not night else "the second night"
        code = night_of(area, on, None, None, messages, f"night of {on}: {opening}") or code
    _show(area, svg)
    return code


def _fresh_area(folder: Path) -> Area:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise UsageError(f"{folder} is not empty and not a demo's. Choose another folder with --dir")
        shutil.rmtree(folder)
    practices = [
        {
            "ods": ods,
            "name": name,
            "format": "native",
            "place": (folder / "extracts" / ods).as_uri(),
            "link_workers": fte,
        }
        for ods, name, fte in _PRACTICES
    ]
    init(folder, "North Borough (invented)", practices)
    (folder / _MARK).touch()
    return Area.load(folder)


def _show(area: Area, svg: Path | None) -> None:
    console = Console(highlight=False, record=svg is not None, width=132 if svg else None)
    if not console.is_terminal and not svg:
        console.width = 132
    for each in _pieces(area):
        console.print(each)
    if svg:
        from reachwell.picture import write_svg

        write_svg(console, svg, "reachwell demo")


def _pieces(area: Area) -> list[RenderableType]:
    run_id = current_run(area)
    first = area.settings.practice[0]
    programme = area.settings.area.programmes[0]
    delivery = max((area.inbox / first.ods).iterdir())
    found = checked(area, delivery, read(delivery))
    attrition = pl.read_parquet(area.published / run_id / "area" / "attrition.parquet")
    candidates = read_table(area, run_id, first.ods, "candidates")
    changes = {one.ods: read_table(area, run_id, one.ods, "changes") for one in area.settings.practice}
    files = [
        ("lists, one folder a run", _from_here(area.published / run_id)),
        ("the warehouse, for any DuckDB client", _from_here(area.warehouse)),
        ("settings", _from_here(area.folder / SETTINGS_FILE)),
    ]
    return [
        Rule(f"{area.settings.area.name}: two nights"),
        Text(INVENTED, style="bold yellow"),
        *status(area)["shown"],
        Rule("validation"),
        validation_table(found, f"{first.name}, {first.ods}: the delivery of the second night"),
        Rule("who is left"),
        attrition_table(attrition, programme),
        Rule("the list"),
        list_table(candidates, f"{first.name}, {first.ods}: the first 5", most=5),
        Rule("what changed"),
        changes_table(changes),
        Rule("where it is"),
        *[Text(f"{what}: {path}") for what, path in files],
        Text(f"next: reachwell why {first.ods} {candidates['patient_id'][0]} --dir {_from_here(area.folder)}"
             if candidates.height else "", style="bold"),
    ]  # fmt: skip


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
