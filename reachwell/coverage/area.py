"""An area's coverage: all that its analyst may see of how much is known, and of what keeps people off the lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from reachwell.area import Area
from reachwell.coverage import prevalence
from reachwell.coverage.known import asked_for, known, told, told_over_all
from reachwell.coverage.list_hits import list_hits, told_hits
from reachwell.coverage.missing_facts import missing_facts, told_missing
from reachwell.coverage.outliers import outliers
from reachwell.criteria import Criteria
from reachwell.errors import UsageError
from reachwell.features import Feature
from reachwell.last_good import last_good
from reachwell.mistakes import nearest

# What of the figures only serves to add them up.
_INNER = ("about",)


@dataclass(frozen=True)
class AreaCoverage:
    """What an area user may see, each frame as the function of its name gives it.

    features: by key. systems: each practice's format, of those that have a list. without_facts: the programmes no rule
    of which rests on a fact that asking would tell. figures, over_all: as told() and told_over_all() tell them;
    compared, missing and lists: as outliers(), told_missing() and told_hits() do.
    """

    features: Mapping[str, Feature]
    systems: Mapping[str, str]
    without_facts: Sequence[str]
    figures: pl.DataFrame
    over_all: pl.DataFrame
    compared: pl.DataFrame
    missing: pl.DataFrame
    lists: pl.DataFrame

    def of(self, name: str) -> "AreaCoverage":
        """Of one feature alone, at every look-back; UsageError where no programme asks for it."""
        names = list(dict.fromkeys(each.name for each in self.features.values()))
        if name not in names:
            raise UsageError(
                f"no live programme asks for a feature called '{name}'.{nearest(name, names)} "
                f"They ask for: {', '.join(names)}"
            )
        keys = {key: feature for key, feature in self.features.items() if feature.name == name}
        of_it = pl.col("feature").is_in(list(keys))
        figures, over_all, compared, missing = (
            each.filter(of_it) for each in (self.figures, self.over_all, self.compared, self.missing)
        )
        lists = self.lists.clear()
        return replace(
            self, features=keys, figures=figures, over_all=over_all, compared=compared, missing=missing, lists=lists
        )

    def silent(self) -> dict[str, list[str]]:
        """By feature, the practices in which it is not known of anybody."""
        each_other = pl.col("state") != "unknown"
        nothing = (
            self.figures.filter(pl.col("registered") > 0)
            .group_by("feature", "practice_id", maintain_order=True)
            .agg((pl.col("patients").filter(each_other).fill_null(1) == 0).all().alias("silent"))
            .filter("silent")
        )
        by_feature = nothing.group_by("feature", maintain_order=True).agg("practice_id")
        return dict(by_feature.iter_rows())

    def registered(self) -> dict[str, int | None]:
        """By practice, the adults registered, rounded; None where they are too few to be told of."""
        return dict(self.figures.select("practice_id", "registered").unique(maintain_order=True).iter_rows())

    def as_json(self) -> dict[str, Any]:
        """All of it, as --json prints it."""
        shares = pl.when(pl.col("registered") > 0).then(pl.col("patients") / pl.col("registered"))
        practices = self.figures.drop(_INNER).with_columns(share=shares)
        registered = self.registered()
        return {
            "practices": [
                {"practice_id": ods, "system": self.systems[ods], "registered": registered[ods]} for ods in registered
            ],
            "over_all": self.over_all.to_dicts(),
            "by_practice": practices.to_dicts(),
            "not_known_of_anybody": self.silent(),
            "outliers": self.compared.to_dicts(),
            "missing_facts": self.missing.to_dicts(),
            "code_lists": self.lists.to_dicts(),
        }


def area_coverage(area: Area) -> AreaCoverage:
    """Measure an area's coverage on the data behind its current lists, by its live programmes.

    UsageError where nothing is published yet.
    """
    criteria = Criteria.of(area)
    published = prevalence.read_all(area.folder)
    with last_good(area) as last:
        features = {key: feature for key, (feature, _) in asked_for(criteria.programmes, last).items()}
        figures = told(known(last, criteria.programmes))
        missing = missing_facts(last.judge(criteria.programmes), criteria.programmes)
        hits = list_hits(last, published)
    systems = {each.ods: each.format for each in area.settings.practice if each.ods in last.dates}
    with_facts = set(missing["programme"])
    without = [each.id for each in criteria.programmes if each.id not in with_facts]
    return AreaCoverage(
        features, systems, without, figures, told_over_all(figures), outliers(figures, features, systems),
        told_missing(missing), told_hits(hits, published),
    )  # fmt: skip
