"""Loading an EMIS delivery against merely reading its CSV files, and a night's changes against that, in one run.

Each measurement is a process of its own; seconds are taken after its imports, memory is its peak.
Run: make bench, or python benchmarks/deliveries.py --patients 1000
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from processes import measure_here, measured

from reachwell import night
from reachwell.area import Area
from reachwell.engine import engine, literal
from reachwell.init import init
from reachwell.invent.deliveries import write_night
from reachwell.invent.formats.pieces import Night
from reachwell.invent.night import next_night
from reachwell.invent.practice import invent_practice

ODS, ON, SEED = "B83001", date(2026, 11, 21), 7
# Comes to about 4 million rows for 10,000 patients, as a practice's whole record has.
NOTED_EACH = 36.0


def scan(folder: Path) -> None:
    """Read every cell of the full delivery's CSV files once."""
    delivery = folder / "extracts" / ODS / str(ON)
    with engine(delivery, scratch=folder) as db:
        for file in sorted(delivery.glob("*.csv")):
            rows = f"read_csv({literal(file)}, header = true, all_varchar = true)"
            columns = [name for name, *_ in db.rows(f"DESCRIBE SELECT * FROM {rows}")]
            db.rows(f"SELECT {', '.join(f'max({column})' for column in columns)} FROM {rows}")


def deliver(folder: Path) -> None:
    """Pull and load whatever of the practice's deliveries is new."""
    area = Area.load(folder)
    with night.run(area) as run_id:
        night.deliver(area, run_id, ODS, ON + timedelta(days=2))


JOBS: dict[str, Callable[[Path], None]] = {"scan": scan, "deliver": deliver}


def invent(patients: int, folder: Path) -> tuple[int, int]:
    """An area of one EMIS practice whose full extract has been sent; returns its rows and bytes.

    The changes of the night after are kept aside, in "later".
    """
    place = folder / "extracts" / ODS
    practice = {"ods": ODS, "name": ODS, "format": "emis", "place": place.as_uri(), "link_workers": 0.8}
    init(folder, "Benchmark", [practice])
    first = Night(invent_practice(ODS, patients, SEED, ON, noted_each=NOTED_EACH), ON)
    write_night(place, "emis", ODS, first, None)
    later = ON + timedelta(days=1)
    write_night(folder / "later", "emis", ODS, Night(next_night(first.tables, ODS, SEED, later), later), first)
    files = list((place / str(ON)).glob("*.csv"))
    return sum(file.read_bytes().count(b"\n") - 1 for file in files), sum(file.stat().st_size for file in files)


def bench(patients: int, folder: Path) -> str:
    """Measure reading, a full load, the night's changes and a night without news; returns the table as Markdown."""
    rows, size = invent(patients, folder)
    read = [measured(__file__, "scan", folder) for _ in range(3)][1:]
    full = measured(__file__, "deliver", folder)
    later = ON + timedelta(days=1)
    (folder / "later" / str(later)).rename(folder / "extracts" / ODS / str(later))
    changes, nothing = measured(__file__, "deliver", folder), measured(__file__, "deliver", folder)
    base = min(read, key=lambda each: each["wall"])
    lines = [f"{patients:,} patients, {rows:,} rows, {size / 1e6:,.0f} MB of CSV", "", HEAD]
    for what, found in (("merely reading", base), ("full", full), ("changes", changes), ("no news", nothing)):
        by_wall, by_cpu = found["wall"] / base["wall"], found["cpu"] / base["cpu"]
        of_full = found["wall"] / full["wall"]
        lines.append(
            f"| {what} | {found['wall']:.2f} s | {found['cpu']:.2f} s | {by_wall:.2f} | {by_cpu:.2f} | {of_full:.3f} "
            f"| {found['peak']:.0f} MB |"
        )
    return "\n".join(lines)


_COLUMNS = ("", "wall", "CPU", "wall / reading", "CPU / reading", "wall / full load", "peak memory")
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="write the area here and keep it")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        measure_here(JOBS[chosen.job], chosen.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        print(bench(chosen.patients, chosen.keep or Path(name) / "area"))


if __name__ == "__main__":
    main()
