"""Judge: who is on which programme's list, in which order, and who has a place. The night, a plan and a look back at a
past date all ask here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from reachwell.area import Practice
from reachwell.combinations import Combinations, Members
from reachwell.criteria import Programme
from reachwell.match import ELIGIBLE, Matcher
from reachwell.measure import KEY
from reachwell.order import in_order, lots, ranks
from reachwell.places import places_a_month


@dataclass(frozen=True)
class Listed:
    """One programme's lists, in their order.

    rows: the places of those listed among the patients. rank: 1 first in each practice. first_flagged_on and on: days
    as Polars keeps them. within_capacity: among the open places. places, used: by practice, a month's places, and those
    it takes.
    """

    rows: np.ndarray
    points: np.ndarray
    rank: np.ndarray
    first_flagged_on: np.ndarray
    on: np.ndarray
    within_capacity: np.ndarray
    places: dict[str, int]
    used: dict[str, int]


class Judge:
    """Lists of programmes over the same patients."""

    def __init__(
        self,
        matcher: Matcher,
        practices: Sequence[Practice],
        first_flagged: pl.DataFrame,
        taken: Mapping[str, int],
    ) -> None:
        """practices: at least those of the patients. first_flagged: programme, practice_id, patient_id, on_date of
        earlier nights. taken: by practice, how many were referred or accepted this month.
        """
        self.matcher = matcher
        self._practices = {each.ods: each for each in practices}
        self._first_flagged = first_flagged
        self._taken = dict(taken)
        patients = matcher.patients
        self.codes = patients["practice_id"].unique().sort().to_list()
        self.practice = patients["practice_id"].cast(pl.Enum(self.codes)).to_physical().to_numpy()
        days = dict(patients.select("practice_id", pl.col("index_date").to_physical()).unique().rows())
        self._on = np.array([days[ods] for ods in self.codes], dtype=np.int32)
        self._flagged: dict[str, np.ndarray] = {}
        self._lots: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._eligible: tuple[pl.DataFrame, np.ndarray] | None = None
        self._members: tuple[Combinations, np.ndarray, Members] | None = None

    def lists(self, programmes: Sequence[Programme]) -> dict[str, Listed]:
        """The lists of programmes that share the places, in the order of precedence; by programme."""
        used = dict(self._taken)
        found: dict[str, Listed] = {}
        for programme in programmes:
            found[programme.id] = self._listed(programme, used)
            used = {ods: used.get(ods, 0) + found[programme.id].used[ods] for ods in self.codes}
        return found

    def eligible(self, programme: Programme) -> np.ndarray:
        """Whether each patient may be on the programme's list, whatever the points."""
        step = self.matcher.step(programme)
        # One frame stands for the same exclusions and routes.
        if self._eligible is None or self._eligible[0] is not step:
            self._eligible = step, (step["step"] == ELIGIBLE).to_numpy()
        return self._eligible[1]

    def members(self, programme: Programme) -> Members:
        """Those who may be on the programme's list, by the combinations of its rules."""
        together, eligible = self.matcher.combinations(programme), self.eligible(programme)
        if self._members is None or self._members[0] is not together or self._members[1] is not eligible:
            self._members = together, eligible, together.among(eligible)
        return self._members[2]

    def draw_lots(self, programme: str) -> None:
        """Draw everybody's lot at once, for whoever asks often; otherwise each is drawn when it is needed."""
        self._lots_of(programme, np.arange(self.matcher.patients.height))

    def _listed(self, programme: Programme, taken: Mapping[str, int]) -> Listed:
        places = {ods: places_a_month(self._practices[ods], programme) for ods in self.codes}
        free = np.array([max(places[ods] - taken.get(ods, 0), 0) for ods in self.codes], dtype=np.int32)
        worth = self.matcher.points_by_combination(programme)
        rows = self.members(programme).of(worth >= programme.list.threshold)
        points = worth[self.matcher.combinations(programme).of_patient[rows]]
        practice = self.practice[rows]
        flagged = np.minimum(self._flagged_on(programme.id)[rows], self._on[practice])
        order = in_order(practice, points, flagged, self._lots_of(programme.id, rows))
        rows, practice = rows[order], practice[order]
        rank = ranks(practice)
        within = rank <= free[practice]
        taken_by = np.bincount(practice[within], minlength=len(self.codes))
        return Listed(
            rows, points[order], rank, flagged[order], self._on[practice], within, places,
            dict(zip(self.codes, taken_by.tolist(), strict=True)),
        )  # fmt: skip

    def _flagged_on(self, programme: str) -> np.ndarray:
        if programme not in self._flagged:
            earlier = self._first_flagged.filter(pl.col("programme") == programme).select(*KEY, "on_date")
            joined = self.matcher.patients.select(*KEY).join(earlier, on=KEY, how="left", maintain_order="left")
            self._flagged[programme] = joined["on_date"].fill_null(date.max).to_physical().to_numpy()
        return self._flagged[programme]

    def _lots_of(self, programme: str, rows: np.ndarray) -> np.ndarray:
        """The lots of some patients; each is drawn once."""
        height = self.matcher.patients.height
        drawn, there = self._lots.setdefault(programme, (np.zeros(height, np.uint64), np.zeros(height, bool)))
        missing = rows[~there[rows]]
        if len(missing):
            people = self.matcher.patients.select(*KEY, "index_date")[missing]
            drawn[missing] = np.array(lots(programme, people.iter_rows()), dtype=np.uint64)
            there[missing] = True
        theirs: np.ndarray = drawn[rows]
        return theirs
