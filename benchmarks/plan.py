"""What a plan costs inside one process, once the features are in memory, as the page asks for it.

A seeded population is written straight to the lake and one night is run. Then one process reads what that night
measured and plans changes that it was never asked before: points, thresholds, a look-back. Milliseconds are the median
of several different changes; a plan's counts alone, and with all that an area user sees of it. Run: make bench, or
python benchmarks/plan.py --patients 100000
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from population import ON, write_practice
from processes import peak

from reachwell import night
from reachwell.area import Area
from reachwell.criteria import Criteria, Programme
from reachwell.init import init
from reachwell.last_good import LastGood, last_good
from reachwell.lists import make_lists
from reachwell.look_back import LookBack
from reachwell.tuning.plan import Planner
from reachwell.tuning.plan_told import told
from reachwell.tuning.plan_warnings import warnings

PRACTICE = 10_000
SEED = 7
REPEATS = 9


def points(live: Programme) -> Iterator[Programme]:
    """The same rules with other points."""
    for worth in range(1, 100):
        yield _with_rule(live, worth % len(live.rule), points=live.rule[worth % len(live.rule)].points + 1 + worth % 2)


def a_threshold(live: Programme) -> Iterator[Programme]:
    """Another threshold of a rule."""
    place = next(at for at, rule in enumerate(live.rule) if rule.id == "medicine_cost")
    for pounds in range(1, 100):
        yield _with_rule(live, place, at_least=15 + pounds / 7)


def the_threshold(live: Programme) -> Iterator[Programme]:
    """Another threshold of the list, by turns higher and lower."""
    for threshold in range(live.list.threshold + 1, 100):
        yield live.model_copy(update={"list": live.list.model_copy(update={"threshold": threshold})})


def a_look_back(live: Programme) -> Iterator[Programme]:
    """Another look-back of one feature, which has to be measured."""
    place = next(at for at, rule in enumerate(live.rule) if rule.id == "medicine_cost")
    for weeks in range(13, 100):
        yield _with_rule(live, place, within=LookBack(weeks, "week"))


def _with_rule(live: Programme, place: int, **changes: object) -> Programme:
    rules = list(live.rule)
    rules[place] = rules[place].model_copy(update=changes)
    return live.model_copy(update={"rule": tuple(rules)})


def _timed(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - started)


def _median(name: str, work: Callable[[Programme], object], drafts: Iterable[Programme], repeats: int) -> None:
    times = [_timed(partial(work, draft)) for draft in islice(drafts, repeats)]
    print(f"| {name} | {statistics.median(times):.1f} ms ({min(times):.1f} to {max(times):.1f}) |", flush=True)


def bench(patients: int, folder: Path) -> None:
    """Write the population, run a night, and print a line for each kind of change."""
    codes = [f"X{number:05d}" for number in range(patients // PRACTICE)]
    init(folder, "Benchmark", [
        {"ods": ods, "name": ods, "format": "native", "place": folder.as_uri(), "link_workers": 0.8} for ods in codes
    ])  # fmt: skip
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write, [folder] * len(codes), codes))
    area = Area.load(folder)
    with night.run(area) as run_id:
        night.finish(area, run_id, make_lists(area, run_id))
    with last_good(area) as data:
        _measure(area, data)
    print(f"\npeak memory {peak():,.0f} MB, the writing of the population and the night included")


def _measure(area: Area, data: LastGood) -> None:
    programmes = Criteria.of(area).programmes
    (live,) = programmes
    first = _timed(lambda: Planner(data.judge(programmes), programmes).plan(live))
    print(f"| reading what the night measured, and the first plan | {first:,.0f} ms |")
    judge = data.judge(programmes)
    planner = Planner(judge, programmes)
    planner.plan(live)
    print(f"| people on the list | {len(judge.lists(programmes)[live.id].rows):,} |")
    print(f"| drawing everybody's lot | {_timed(lambda: judge.draw_lots(live.id)):,.0f} ms |")
    for name, drafts in (
        ("points", points),
        ("the list's threshold", the_threshold),
        ("a rule's threshold", a_threshold),
    ):
        _median(f"{name}: counts", planner.plan, drafts(live), REPEATS)

    def seen(draft: Programme) -> None:
        plan = planner.plan(draft)
        warnings(plan, told(plan), draft, judge.matcher, date.today())

    _median("points: all that an area user sees", seen, islice(points(live), 40, None), REPEATS)

    def with_measuring(draft: Programme) -> None:
        data.judge([draft])
        planner.plan(draft)

    _median("a look-back: counts", with_measuring, a_look_back(live), 3)
    feature = data.features["medicine_pounds_per_week"]

    def measuring(draft: Programme) -> None:
        data.measured([(feature, next(rule.within for rule in draft.rule if rule.id == "medicine_cost"))])

    _median("measuring that one feature alone", measuring, islice(a_look_back(live), 10, None), 3)


def _write(folder: Path, ods: str) -> None:
    write_practice(ods, PRACTICE, SEED, folder / "data" / "lake")


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[1_000_000])
    chosen = parser.parse_args()
    for patients in chosen.patients:
        with tempfile.TemporaryDirectory() as name:
            print(f"{patients:,} patients, index date {ON}\n\n| a change of | |\n|---|---|", flush=True)
            bench(patients, Path(name))


if __name__ == "__main__":
    main()
