"""Plan: what a changed programme would do on the last good data, beside the one that is live. Counts are exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from reachwell.criteria import Programme
from reachwell.judge import Judge, Listed
from reachwell.tuning.groups import Grouping, groupings

COUNTS = ("now", "new", "stay")


@dataclass(frozen=True)
class Plan:
    """What would change.

    totals: what, and how many are so now, would be, and both (stay): on the list, and within this month's places.
    groups: kind, group, pool (all who may be listed), and the same counts of the list. rules: rule, label, and of the
    live and the changed programme how many meet it (of all who may be listed), and of how many on the list it alone
    decides. places: by practice, how many a month under either programme.
    """

    totals: pl.DataFrame
    groups: pl.DataFrame
    rules: pl.DataFrame
    places: pl.DataFrame


@dataclass(frozen=True)
class _Live:
    """A live programme's side of every plan: its list, whether each patient is on it, and what is counted of it."""

    programme: Programme
    listed: Listed
    is_listed: np.ndarray
    counts: dict[str, list[int]]
    rules: dict[str, tuple[int, int]]


class Planner:
    """Plans against live programmes over the same patients; what does not change between two plans is counted once."""

    def __init__(self, judge: Judge, live: Sequence[Programme]) -> None:
        self._judge = judge
        self._groupings = groupings(judge.matcher.patients)
        lists = judge.lists(live)
        self._live = {each.id: self._side_of(each, lists[each.id]) for each in live}
        self._pools: tuple[np.ndarray, dict[str, list[int]]] | None = None

    def plan(self, draft: Programme) -> Plan:
        """What would change if this programme took the place of the live one of the same id."""
        live, new = self._live[draft.id], self._listed(draft)
        now, stay = live.listed, new.rows[live.is_listed[new.rows]]
        a_month = {"now": list(now.places.values()), "new": list(new.places.values())}
        return Plan(
            totals=_totals(now, new, len(stay)),
            groups=self._groups(live, new, stay, draft),
            rules=_side_by_side(live.programme, live.rules, draft, self._rules(draft)),
            places=pl.DataFrame({"practice_id": list(now.places), **a_month}),
        )

    def known_answers(self, draft: Programme) -> dict[str, int]:
        """By rule, of how many who would be listed it is known whether they meet it."""
        rows, met = self._listed(draft).rows, self._judge.matcher.met
        return {rule.id: int(met(rule).is_not_null().to_numpy()[rows].sum()) for rule in draft.rule}

    def _listed(self, draft: Programme) -> Listed:
        programmes = [draft if name == draft.id else each.programme for name, each in self._live.items()]
        return self._judge.lists(programmes)[draft.id]

    def _side_of(self, programme: Programme, listed: Listed) -> _Live:
        is_listed = np.zeros(self._judge.matcher.patients.height, dtype=bool)
        is_listed[listed.rows] = True
        counts = {kind: each.count(listed.rows).tolist() for kind, each in self._groupings.items()}
        return _Live(programme, listed, is_listed, counts, self._rules(programme))

    def _rules(self, programme: Programme) -> dict[str, tuple[int, int]]:
        """By rule, how many who may be listed meet it, and of how many who are listed it alone decides."""
        together = self._judge.matcher.combinations(programme)
        people = self._judge.members(programme).counts
        points = self._judge.matcher.points_by_combination(programme)
        over = points >= programme.list.threshold
        told, column = {}, 0
        for rule in programme.rule:
            mine = slice(column, column := column + len(rule.steps))
            worth = together.met[:, mine] @ np.array([more for _, more in rule.steps])
            alone = over & (points - worth < programme.list.threshold)
            told[rule.id] = int(people[together.met[:, mine.start]].sum()), int(people[alone].sum())
        return told

    def _groups(self, live: _Live, new: Listed, stay: np.ndarray, draft: Programme) -> pl.DataFrame:
        columns: dict[str, list[Any]] = {name: [] for name in ("kind", "group", "pool", *COUNTS)}
        for kind, grouping in self._groupings.items():
            columns["kind"] += [kind] * len(grouping.labels)
            columns["group"] += grouping.labels
            columns["pool"] += self._pool(draft, kind, grouping)
            columns["now"] += live.counts[kind]
            columns["new"] += grouping.count(new.rows).tolist()
            columns["stay"] += grouping.count(stay).tolist()
        return pl.DataFrame(columns).filter(pl.col("pool") + pl.col("now") > 0)

    def _pool(self, draft: Programme, kind: str, grouping: Grouping) -> list[int]:
        eligible = self._judge.eligible(draft)
        if self._pools is None or self._pools[0] is not eligible:
            self._pools = eligible, {}
        if kind not in self._pools[1]:
            self._pools[1][kind] = grouping.count(eligible).tolist()
        return self._pools[1][kind]


def _totals(now: Listed, new: Listed, stay: int) -> pl.DataFrame:
    inside = now.rows[now.within_capacity], new.rows[new.within_capacity]
    swapped = len(np.intersect1d(*inside, assume_unique=True))
    rows = [
        ("On the list", len(now.rows), len(new.rows), stay),
        ("Within this month's places", *map(len, inside), swapped),
    ]
    return pl.DataFrame(rows, schema={"what": pl.String, **dict.fromkeys(COUNTS, pl.Int64)}, orient="row")


def _side_by_side(
    before: Programme, now: dict[str, tuple[int, int]], after: Programme, new: dict[str, tuple[int, int]]
) -> pl.DataFrame:
    """One row per rule of either programme; what a programme has no rule for is null."""
    labels = {rule.id: rule.label for rule in (*before.rule, *after.rule)}
    unknown = (None, None)
    rows = [
        (rule, label, *chain(*zip(now.get(rule, unknown), new.get(rule, unknown), strict=True)))
        for rule, label in labels.items()
    ]
    names = ("met_now", "met_new", "alone_now", "alone_new")
    schema = {"rule": pl.String, "label": pl.String, **dict.fromkeys(names, pl.Int64)}
    return pl.DataFrame(rows, schema=schema, orient="row")
