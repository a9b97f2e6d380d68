"""Plan: what a changed programme would do on the last good data, beside the one that is live. Counts are exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from reachwell.criteria import Programme
from reachwell.groups import Grouping, groupings
from reachwell.judge import Judge, Listed

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

    @property
    def has_changes(self) -> bool:
        """Whether anybody at all would join or leave a list, or swap places."""
        lists = self.totals.select((pl.col("now") + pl.col("new") - 2 * pl.col("stay")).sum())
        return bool(lists.item())


class Planner:
    """Plans against live programmes over the same patients; what does not change between two plans is counted once."""

    def __init__(self, judge: Judge, live: Sequence[Programme]) -> None:
        self._judge = judge
        self._live = list(live)
        self.groupings = groupings(judge.matcher.patients)
        self._now = judge.lists(self._live)
        self._pools: tuple[np.ndarray, dict[str, np.ndarray]] | None = None
        self._rules_now: dict[str, dict[str, tuple[int, int]]] = {}

    def plan(self, draft: Programme) -> Plan:
        """What would change if this programme took the place of the live one of the same id."""
        before = next(each for each in self._live if each.id == draft.id)
        after = [draft if each.id == draft.id else each for each in self._live]
        now, new = self._now[draft.id], self._judge.lists(after)[draft.id]
        if draft.id not in self._rules_now:
            self._rules_now[draft.id] = self.rules(before)
        return Plan(
            totals=self._totals(now, new),
            groups=self._groups(now, new, draft),
            rules=_side_by_side(before, self._rules_now[draft.id], draft, self.rules(draft)),
            places=pl.DataFrame(
                {"practice_id": list(now.places), "now": list(now.places.values()), "new": list(new.places.values())}
            ),
        )

    def rules(self, programme: Programme) -> dict[str, tuple[int, int]]:
        """By rule, how many who may be listed meet it, and of how many who are listed it alone decides."""
        together = self._judge.matcher.combinations(programme)
        people = np.bincount(together.of_patient[self._judge.eligible(programme)], minlength=len(together.met))
        points = self._judge.matcher.points_by_combination(programme)
        over = points >= programme.list.threshold
        told, column = {}, 0
        for rule in programme.rule:
            mine = slice(column, column := column + len(rule.steps))
            worth = together.met[:, mine] @ np.array([more for _, more in rule.steps])
            alone = over & (points - worth < programme.list.threshold)
            told[rule.id] = int(people[together.met[:, mine.start]].sum()), int(people[alone].sum())
        return told

    def known_answers(self, programme: Programme) -> dict[str, int]:
        """By rule, of how many who would be listed it is known whether they meet it."""
        after = [programme if each.id == programme.id else each for each in self._live]
        rows = self._judge.lists(after)[programme.id].rows
        met = self._judge.matcher.met
        return {rule.id: int(met(rule).is_not_null().to_numpy()[rows].sum()) for rule in programme.rule}

    def _totals(self, now: Listed, new: Listed) -> pl.DataFrame:
        inside = now.rows[now.within_capacity], new.rows[new.within_capacity]
        rows = [("On the list", *_lists(now.rows, new.rows)), ("Within this month's places", *_lists(*inside))]
        return pl.DataFrame(
            [(what, *(len(each) for each in lists)) for what, *lists in rows],
            schema={"what": pl.String, **dict.fromkeys(COUNTS, pl.Int64)},
            orient="row",
        )

    def _groups(self, now: Listed, new: Listed, draft: Programme) -> pl.DataFrame:
        lists = _lists(now.rows, new.rows)
        frames = []
        for kind, grouping in self.groupings.items():
            counts = {name: grouping.count(rows) for name, rows in zip(COUNTS, lists, strict=True)}
            labels = {"kind": [kind] * len(grouping.labels), "group": grouping.labels}
            frames.append(pl.DataFrame({**labels, "pool": self._pool(draft, kind, grouping), **counts}))
        return pl.concat(frames).filter(pl.col("pool") + pl.col("now") > 0)

    def _pool(self, draft: Programme, kind: str, grouping: Grouping) -> np.ndarray:
        eligible = self._judge.eligible(draft)
        if self._pools is None or self._pools[0] is not eligible:
            self._pools = eligible, {}
        if kind not in self._pools[1]:
            self._pools[1][kind] = grouping.count(eligible)
        return self._pools[1][kind]


def _lists(now: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, ...]:
    return now, new, np.intersect1d(now, new, assume_unique=True)


def _side_by_side(
    before: Programme, now: dict[str, tuple[int, int]], after: Programme, new: dict[str, tuple[int, int]]
) -> pl.DataFrame:
    """One row per rule of either programme; what a programme has no rule for is null."""
    labels = {rule.id: rule.label for rule in (*before.rule, *after.rule)}
    rows: list[dict[str, Any]] = []
    for rule, label in labels.items():
        met_now, alone_now = now.get(rule, (None, None))
        met_new, alone_new = new.get(rule, (None, None))
        rows.append(
            {"rule": rule, "label": label, "met_now": met_now, "met_new": met_new, "alone_now": alone_now,
             "alone_new": alone_new}
        )  # fmt: skip
    names = ("met_now", "met_new", "alone_now", "alone_new")
    return pl.DataFrame(rows, schema={"rule": pl.String, "label": pl.String, **dict.fromkeys(names, pl.Int64)})
