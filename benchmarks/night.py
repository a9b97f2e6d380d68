"""The night's compute against the bare scan of the columns it rests on, in one run, as a ratio.

Each measurement is a process of its own; CPU and wall seconds are taken after its imports, memory is its
peak. Run: make bench, or python benchmarks/night.py --patients 100000
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from population import ON, write_practice
from processes import measure_here, measured

from reachwell import night
from reachwell.area import Area
from reachwell.engine import engine, parquet
from reachwell.init import init
from reachwell.lists import make_lists

PRACTICE = 10_000
SEED = 7
# What the features rest on, in the tables as they were delivered.
COLUMNS = {
    "patient": ["practice_id", "patient_id", "sex", "birth_month", "registered_on", "deregistered_on", "died_on"],
    "event": ["practice_id", "patient_id", "code", "system", "on_date", "recorded_on", "value", "unit"],
    "contact": ["practice_id", "patient_id", "on_date", "status"],
    "medicine": ["practice_id", "patient_id", "on_date", "name", "cost_pence"],
}


def scan(folder: Path) -> None:
    """Read every value of the columns once and keep only a maximum of each."""
    lake = Area.load(folder).lake
    with engine(lake, scratch=folder) as db:
        for table, columns in COLUMNS.items():
            files = parquet(sorted(lake.glob(f"*/*/{table}.parquet")))
            db.rows(f"SELECT {', '.join(f'max({column})' for column in columns)} FROM {files}")


def lists(folder: Path) -> None:
    """The night from measuring to publishing."""
    area = Area.load(folder)
    with night.run(area) as run_id:
        night.finish(area, run_id, make_lists(area, run_id))


JOBS: dict[str, Callable[[Path], None]] = {"scan": scan, "night": lists}


def _write(folder: Path, ods: str) -> float:
    started = time.process_time()
    write_practice(ods, PRACTICE, SEED, folder / "data" / "lake")
    return time.process_time() - started


def bench(patients: int, repeats: int, folder: Path) -> str:
    """Write the population, measure both jobs in turn, and return the table as Markdown."""
    codes = [f"X{number:05d}" for number in range(patients // PRACTICE)]
    practices = [
        {"ods": ods, "name": ods, "format": "native", "place": folder.as_uri(), "link_workers": 0.8} for ods in codes
    ]
    init(folder, "Benchmark", practices)
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        derived = sum(pool.map(_write, [folder] * len(codes), codes))
    size = sum(file.stat().st_size for name in COLUMNS for file in folder.glob(f"data/lake/*/*/{name}.parquet"))
    rounds = [(measured(__file__, "scan", folder), measured(__file__, "night", folder)) for _ in range(repeats)]
    ratios = sorted(after["cpu"] / before["cpu"] for before, after in rounds)
    walls = sorted(after["wall"] / before["wall"] for before, after in rounds)
    middle = len(rounds) // 2
    scanned, ran = sorted(rounds, key=lambda each: each[1]["cpu"])[middle]
    return (
        f"| {patients:,} | {len(codes)} | {size / 1e6:,.0f} MB | {scanned['cpu']:.1f} / {scanned['wall']:.1f} s "
        f"| {ran['cpu']:.1f} / {ran['wall']:.1f} s | {ratios[middle]:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}) "
        f"| {walls[middle]:.2f} | {ran['peak']:.0f} MB | {derived:.0f} s |"
    )


_COLUMNS = (
    "patients", "practices", "Parquet", "scan, CPU / wall", "night, CPU / wall", "CPU ratio (range)", "wall ratio",
    "peak memory", "writing and deriving, CPU",
)  # fmt: skip
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="write the population here and keep it")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        measure_here(JOBS[chosen.job], chosen.folder)
        return
    print(f"index date {ON}; median of {chosen.repeats} runs of each, in turn\n\n{HEAD}", flush=True)
    for patients in chosen.patients:
        with tempfile.TemporaryDirectory() as name:
            print(bench(patients, chosen.repeats, (chosen.keep or Path(name)) / str(patients)), flush=True)


if __name__ == "__main__":
    main()
