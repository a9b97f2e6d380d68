"""The demo: an invented area, two nights, and what a data lead would look at."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.text import Text

from reachwell import lake
from reachwell.area import SETTINGS_FILE, Area, Practice
from reachwell.atomic import write_text
from reachwell.errors import UsageError
from reachwell.init import init
from reachwell.invent.deliveries import nights, write_night
from reachwell.invent.drug_tariff_file import write_drug_tariff
from reachwell.invent.formats.pieces import Night
from reachwell.manifest import read
from reachwell.now import OPENING, night_of
from reachwell.published import current_run, read_table
from reachwell.report import INVENTED, attrition_table, changes_table, list_table, unmapped_table, validation_table
from reachwell.status import status
from reachwell.trial import tried
from reachwell.unmapped import unmapped_codes

_MARK = ".reachwell-demo"
_SEED = 20261122
_PRACTICES = [
    ("B83001", "Elm Tree Surgery", "emis", 1.2),
    ("B83017", "Riverside Medical", "systmone", 1.0),
    ("B83020", "Hill Road", "native", 0.8),
]
_DRUG_TARIFF = "drug_tariff.csv"
_PRICES = f"""
# SystmOne sends no costs: these are invented prices in the shape of Part VIIIA of the Drug Tariff.
[prices]
drug_tariff = "{_DRUG_TARIFF}"
"""


def demo(folder: Path, today: date, patients: int, svg: Path | None) -> int:
    """Invent three practices in a folder, run two nights, and print what came of it; returns the exit code.

    One each is from EMIS, SystmOne and our own format. The first night's extracts are whole; on the second EMIS and
    SystmOne send changes.
    """
    folder = folder.absolute()
    messages = Console(stderr=True, highlight=False)
    area = _fresh_area(folder)
    code = 0
    practices = {ods: nights(ods, patients, _SEED, today, 2) for ods, *_ in _PRACTICES}
    before: dict[str, Night] = {}
    for night, on in enumerate((today - timedelta(days=1), today)):
        with messages.status(f"inventing {len(_PRACTICES)} practices of {patients:,} patients, extract of {on}"):
            for ods, _, format_, _ in _PRACTICES:
                now = next(practices[ods])
                write_night(folder / "extracts" / ods, format_, ods, now, before.get(ods))
                before[ods] = now
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
            "format": format_,
            "place": (folder / "extracts" / ods).as_uri(),
            "link_workers": fte,
        }
        for ods, name, format_, fte in _PRACTICES
    ]
    init(folder, "North Borough (invented)", practices)
    settings = folder / SETTINGS_FILE
    write_text(settings, settings.read_text(encoding="utf-8") + _PRICES)
    write_drug_tariff(folder / _DRUG_TARIFF)
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
        *_validation(area, first),
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


def _validation(area: Area, practice: Practice) -> list[RenderableType]:
    # The first night's extract, which is whole; and what of its codes is not known by now.
    delivery = min((area.inbox / practice.ods).iterdir())
    with tried(area, delivery, read(delivery)) as trial:
        shown: list[RenderableType] = [
            validation_table(
                trial.checked,
                f"{practice.name}, {practice.ods}: the extract of the first night, from {practice.format}",
            )
        ]
    snapshot = lake.current(area.lake, practice.ods)
    if snapshot and not (codes := unmapped_codes(snapshot)).is_empty():
        shown.append(unmapped_table(codes))
    return shown


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
