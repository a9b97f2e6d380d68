"""Plan warnings: what of a changed programme deserves a second look, from figures that may leave the practices."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from reachwell.criteria import Programme
from reachwell.limits import share
from reachwell.match import ELIGIBLE, Matcher
from reachwell.outcome import leaf_of
from reachwell.small_numbers import HIDDEN_UP_TO, for_area, shown_count, stands_for
from reachwell.tuning.plan import Plan
from reachwell.tuning.plan_told import Told

# A rule met by so many says little of anybody; a feature known for so few decides about few.
_NEARLY_ALL, _FEW = 0.95, 0.10


def warnings(plan: Plan, told: Told, draft: Programme, matcher: Matcher, today: date) -> list[str]:
    """In words, the weightiest first. draft: the changed programme."""
    return [
        *_of_the_list(plan, told, draft),
        *_of_fairness(told),
        *_of_rules(told, draft),
        *_of_features(draft, matcher),
        *_of_the_file(draft, today),
    ]


def _of_the_list(plan: Plan, told: Told, draft: Programme) -> Iterator[str]:
    most = sum(rule.most_points for rule in draft.rule)
    if most < draft.list.threshold:
        yield f"nobody can be listed: all rules together give {most} points, {draft.list.threshold} are needed"
    places, listed = int(plan.places["new"].sum()), told.totals["new"][0]
    if not places:
        yield "there are no places: no practice has a link worker"
    elif (HIDDEN_UP_TO if listed is None else stands_for(listed)[-1]) < places:
        yield f"the list is shorter than this month's {places} places"


def _of_fairness(told: Told) -> Iterator[str]:
    gap = told.deprived
    if gap and gap.high < 0:
        yield (
            f"the list is more affluent than those it is drawn from: {-gap.value:.0%} fewer of it live in the two most "
            f"deprived fifths (95% limits {-gap.high:.0%} to {-gap.low:.0%})"
        )


def _of_rules(told: Told, draft: Programme) -> Iterator[str]:
    met = dict(told.rules.select("rule", "met_new").rows())
    for rule in draft.rule:
        found = share(met[rule.id], told.pool)
        if met[rule.id] == 0:
            yield f"rule '{rule.id}': no one meets it"
        elif found and found.value >= _NEARLY_ALL:
            yield f"rule '{rule.id}': nearly everyone who may be listed meets it"


def _of_features(draft: Programme, matcher: Matcher) -> Iterator[str]:
    features = {feature.name: feature for feature in matcher.features.values()}
    listable = matcher.step(draft)["step"] == ELIGIBLE
    asked = dict.fromkeys(leaf_of(leaf, features).key for rule in draft.rule for leaf in rule.leaves())
    for key in asked:
        known = matcher.known(key).filter(listable)
        counts = pl.DataFrame({"known": [int(known.sum())], "all": [len(known)]})
        few, of = for_area(counts, ["known", "all"], "nested", across=True).row(0)
        found = share(few, of)
        if of and (found is None or found.value < _FEW):
            yield f"'{key}' is known for {shown_count(few)} of {of:,} who may be listed"


def _of_the_file(draft: Programme, today: date) -> Iterator[str]:
    if draft.review_due < today:
        yield f"the programme's review was due on {draft.review_due:%-d %b %Y}"
