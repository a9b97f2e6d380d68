"""Match: where each patient falls, which rules are met, and the points, from what was measured.

Each condition is answered once and its answer kept, so that a changed programme costs what has changed of it.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import polars as pl

from reachwell.combinations import Combinations, combinations
from reachwell.conditions import Condition, Rule
from reachwell.criteria import Programme
from reachwell.decisions.effect import left_out, turns_on
from reachwell.features import Feature
from reachwell.measure import KEY, Measured
from reachwell.outcome import outcome

MET, NOT_MET, NOT_KNOWN = "met", "not_met", "not_known"
RESULTS = pl.Enum([MET, NOT_MET, NOT_KNOWN])
NOT_ON_LIST = ("died", "left the practice", "not registered yet", "under the minimum age")
ELIGIBLE, ANOTHER_ROUTE, DECIDED = "eligible", "another route", "decided already"


class Matcher:
    """The patients of one or more batches, and what any programme says of them.

    patients: as measured, with index_date. values: as measured. All that is told of patients is in their order.
    """

    def __init__(self, measured: Sequence[Measured], decided: pl.DataFrame | None = None) -> None:
        """decided: the decisions that stand, as standing.decided() gives them; none unless given."""
        self.patients = pl.concat([each.patients.with_columns(index_date=pl.lit(each.on)) for each in measured])
        self.features = {key: feature for each in measured for key, feature in each.features.items()}
        self.values = pl.concat([each.values for each in measured])
        self._decided = {} if decided is None else {
            name: theirs for (name,), theirs in decided.partition_by("programme", as_dict=True).items()
        }  # fmt: skip
        self._answers: dict[Hashable, pl.Series] = {}
        self._steps: dict[Hashable, pl.DataFrame] = {}
        # Of the programme asked of last: what it asks for is not put together again for each question.
        self._last_step: tuple[Programme, pl.DataFrame] | None = None
        self._last_combinations: tuple[Programme, Hashable, Combinations] | None = None

    def add(self, measured: Sequence[Measured]) -> None:
        """Add further features of the same patients."""
        self.add_known(
            pl.concat([each.values for each in measured]).drop(KEY),
            {key: feature for each in measured for key, feature in each.features.items()},
        )

    def add_known(self, values: pl.DataFrame, features: Mapping[str, Feature]) -> None:
        """Add further features of the same patients, in their order. features: by key."""
        self.values = self.values.drop(values.columns, strict=False).hstack(values)
        self.features.update(features)

    def met(self, condition: Condition) -> pl.Series:
        """Whether a condition is met: true, false or null, a value per patient."""
        asked = condition.asked if not isinstance(condition, Rule) else condition.steps[0][0]
        if asked not in self._answers:
            features = {feature.name: feature for feature in self.features.values()}
            told = outcome(asked, features, set(self.values.columns)).cast(pl.Boolean)
            self._answers[asked] = self.values.select(told.alias("met"))["met"]
        return self._answers[asked]

    def known(self, key: str) -> pl.Series:
        """Whether the value of a feature is known, a value per patient. key: the feature's."""
        return self.values[key].is_not_null()

    def step(self, programme: Programme) -> pl.DataFrame:
        """Where each patient falls: step (eligible, or what left the patient out), route (its id or null), and decided
        (the decision that left the patient out, in words, or null).
        """
        if self._last_step is None or self._last_step[0] is not programme:
            parts = (*programme.exclusions, *programme.route)
            decided = turns_on(self._decided.get(programme.id), programme)
            asked = (programme.population.minimum_age, len(programme.route), decided,
                     *((each.id, each.asked) for each in parts))  # fmt: skip
            if asked not in self._steps:
                self._steps[asked] = self._step(programme)
            self._last_step = programme, self._steps[asked]
        return self._last_step[1]

    def _step(self, programme: Programme) -> pl.DataFrame:
        reached = {each.id: self.met(each) for each in (*programme.exclusions, *programme.route)}
        # An exclusion or a route that is not known does not fire.
        excluded = [pl.when(reached[each.id]).then(pl.lit(each.id)) for each in programme.exclusions]
        routes = [pl.when(reached[each.id]).then(pl.lit(each.id)) for each in programme.route]
        step = pl.coalesce(
            pl.when(pl.col("died_on").is_not_null()).then(pl.lit(NOT_ON_LIST[0])),
            pl.when(pl.col("deregistered_on").is_not_null()).then(pl.lit(NOT_ON_LIST[1])),
            pl.when(~pl.col("registered")).then(pl.lit(NOT_ON_LIST[2])),
            pl.when(pl.col("age") < programme.population.minimum_age).then(pl.lit(NOT_ON_LIST[3])),
            *excluded,
            pl.lit(ELIGIBLE),
        )
        route = pl.coalesce(*routes) if routes else pl.lit(None, pl.String)
        found = self.patients.select(step=step, route=route)
        routed = (pl.col("step") == ELIGIBLE) & pl.col("route").is_not_null()
        found = found.with_columns(
            step=pl.when(routed).then(pl.lit(ANOTHER_ROUTE)).otherwise("step"),
            route=pl.when(routed).then("route"),
            decided=pl.lit(None, pl.String),
        )
        if programme.id not in self._decided:
            return found
        # Last of all: whoever needs somebody else is told of whatever was decided about a link worker.
        found = found.with_columns(left_out(self._decided[programme.id], programme, self))
        decided = (pl.col("step") == ELIGIBLE) & pl.col("decided").is_not_null()
        return found.with_columns(
            step=pl.when(decided).then(pl.lit(DECIDED)).otherwise("step"), decided=pl.when(decided).then("decided")
        )

    def combinations(self, programme: Programme) -> Combinations:
        """Which steps of the rules are met together, whatever they are worth."""
        last = self._last_combinations
        if last is None or last[0] is not programme:
            asked = tuple(step for rule in programme.rule for step, _ in rule.steps)
            if last is None or last[1] != asked:
                met = [self.met(step).fill_null(False).to_numpy() for step in asked]
                last = programme, asked, combinations(met, self.patients.height)
            last = self._last_combinations = programme, asked, last[2]
        return last[2]

    def points_by_combination(self, programme: Programme) -> np.ndarray:
        """The points of each of the combinations, Int32: what is not known gives none."""
        return self.combinations(programme).points([more for rule in programme.rule for _, more in rule.steps])

    def match(self, programme: Programme) -> pl.DataFrame:
        """One row per patient on record: where the patient fell, each rule's result, and points.

        Columns: practice_id, patient_id, row (the patient's place), step, route and decided as step() gives them, one
        column of RESULTS per rule id, points, and points_if_known: what they would be if every rule not known were met.
        """
        results = {rule.id: self.met(rule) for rule in programme.rule}
        of_patient = self.combinations(programme).of_patient
        points = pl.Series("points", self.points_by_combination(programme)[of_patient], dtype=pl.Int32)
        unknown = [pl.when(results[rule.id].is_null()).then(rule.most_points).otherwise(0) for rule in programme.rule]
        found = self.patients.select(*KEY).with_row_index("row").hstack(self.step(programme))
        return found.with_columns(
            *[in_words(pl.lit(result)).alias(name) for name, result in results.items()],
            points,
            (points + pl.sum_horizontal(*unknown)).cast(pl.Int32).alias("points_if_known"),
        ).select(*KEY, "row", "step", "route", "decided", *results, "points", "points_if_known")


def match(measured: Measured, programme: Programme) -> pl.DataFrame:
    """What a programme says of one batch of whom nothing was decided, as Matcher.match() tells it."""
    return Matcher([measured]).match(programme)


def in_words(result: pl.Expr) -> pl.Expr:
    """True, false and null as RESULTS."""
    return (
        pl.when(result.is_null())
        .then(pl.lit(NOT_KNOWN))
        .when(result)
        .then(pl.lit(MET))
        .otherwise(pl.lit(NOT_MET))
        .cast(RESULTS)
    )
