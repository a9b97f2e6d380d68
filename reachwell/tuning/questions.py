"""Tuning: the analyst's questions from file to figures that may leave the practices, beside `criteria plan`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import polars as pl

from reachwell.area import Area
from reachwell.criteria import Programme, programme_of, raw_of, text_of
from reachwell.errors import UsageError
from reachwell.last_good import LastGood
from reachwell.made_live import digest_of
from reachwell.plugs import find_one
from reachwell.tuning import overlap, tune, waterfall
from reachwell.tuning.plan import Planner
from reachwell.tuning.planning import chosen, in_place, name_of, planning
from reachwell.tuning.sweep import MOST, Sweep, changed, now_of, sweep_of

# Two numbers can still be seen in a table and a chart.
_MOST_SWEEPS = 2


@dataclass(frozen=True)
class Tuned:
    """now: the swept numbers as the file has them; None where it leaves one to its default. table: as tune.told()."""

    now: Mapping[str, float | None]
    table: pl.DataFrame


def tuned(area: Area, texts: Sequence[str], file: Path | None, programme: str | None) -> Tuned:
    """What a sweep of one or two numbers does to the list. texts: as sweep_of() reads them. file: the criteria file to
    change; the live one unless given. Raises UsageError, and FileMistakes where a value makes the file a wrong one.
    """
    sweeps = _sweeps(texts)
    with planning(area) as (data, live):
        name = name_of(area, file, programme)
        source = file or find_one("criteria", name, area.folder)
        text = text_of(source)
        raw = raw_of(text, source.name)
        now = {sweep.name: now_of(raw, sweep.name) for sweep in sweeps}
        values = [dict(zip(now, each, strict=True)) for each in product(*(sweep.values for sweep in sweeps))]
        drafts = [(each, _draft(changed(raw, each), source.name, digest_of(text), name, data)) for each in values]
        planner = Planner(data.judge([*live, *(draft for _, draft in drafts)]), live)
        return Tuned(now, tune.told(tune.tune(planner, drafts)))


def _sweeps(texts: Sequence[str]) -> list[Sweep]:
    sweeps = [sweep_of(each) for each in texts]
    if not 1 <= len(sweeps) <= _MOST_SWEEPS:
        raise UsageError(f"name one or two numbers to change, not {len(sweeps)}, such as list.threshold=3..8")
    if len({sweep.name for sweep in sweeps}) < len(sweeps):
        raise UsageError(f"'{sweeps[0].name}' is there twice")
    count = len(sweeps[0].values) * (len(sweeps[1].values) if sweeps[1:] else 1)
    if count > MOST:
        raise UsageError(f"that makes {count:,} lists; {MOST} at most. Take larger steps")
    return sweeps


def _draft(raw: Mapping[str, object], file: str, digest: str, name: str, data: LastGood) -> Programme:
    return programme_of(raw, file, data.features, digest).model_copy(update={"id": name})


def attrition_told(area: Area, file: Path | None, programme: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How the list comes about, and what it would be if one part alone went; see waterfall. Raises as tuned() does.

    file: a draft in place of the live criteria.
    """
    with planning(area) as (data, live):
        draft = chosen(area, file, programme, data, live)
        # What comes out without one part is compared with the list that has it.
        programmes = in_place(draft, live)
        judge = data.judge(programmes)
        steps = waterfall.waterfall(judge, draft, judge.lists(programmes)[draft.id])
        return waterfall.told(steps, waterfall.without_each(Planner(judge, programmes), draft))


@dataclass(frozen=True)
class Overlapping:
    """told, others: as overlap.told() gives them. labels: the rules' by id."""

    told: pl.DataFrame
    others: int | None
    labels: dict[str, str]


def overlap_told(area: Area, file: Path | None, programme: str | None) -> Overlapping:
    """Which rules are met together by those on the list; see overlap. file: a draft in place of the live criteria."""
    with planning(area) as (data, live):
        draft = chosen(area, file, programme, data, live)
        seen, others = overlap.told(overlap.overlap(data.judge([*live, draft]), draft))
        return Overlapping(seen, others, {rule.id: rule.label for rule in draft.rule})
