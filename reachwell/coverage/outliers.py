"""Outliers: which practice, or system, has something on record far more or less often than all others together."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from reachwell.coverage.ratios import Counted, compared
from reachwell.features import Feature
from reachwell.small_numbers import HIDDEN_UP_TO

# The ends are those of ratios.Ratio.
OUTLIERS = {
    "feature": pl.String, "kind": pl.String, "who": pl.String, "system": pl.String, "share": pl.Float64,
    "share_of_others": pl.Float64, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "level": pl.String,
    "cautious": pl.Boolean,
}  # fmt: skip
_NOBODY = Counted.exactly(0, 0)


def outliers(figures: pl.DataFrame, features: Mapping[str, Feature], systems: Mapping[str, str]) -> pl.DataFrame:
    """Each practice, and each system of several practices, against all others: rows of OUTLIERS.

    figures: as known.told() gives them. features: by key. systems: each practice's format. Compared is the share
    of whom a score is fresh; of flags and counts, of those of whom it is wholly known, the share with a yes or more
    than none. Practices of which nothing is told are neither compared nor among the others.
    """
    rows: list[dict[str, Any]] = []
    for key, shares in _shares(figures, features).items():
        for kind, who, system, mine, others in _against_others(shares, systems):
            if found := compared(mine, others):
                rows.append({"feature": key, "kind": kind, "who": who, "system": system, **asdict(found)})
    return pl.DataFrame(rows, schema=OUTLIERS)


def _shares(figures: pl.DataFrame, features: Mapping[str, Feature]) -> dict[str, dict[str, Counted]]:
    """By feature and practice, how many have it on record, of how many it could be known of."""
    counts: defaultdict[tuple[str, str], dict[str, tuple[float, bool]]] = defaultdict(dict)
    columns = ("feature", "practice_id", "state", "about", "few")
    for key, ods, state, about, few in figures.filter(pl.col("about").is_not_null()).select(columns).iter_rows():
        counts[key, ods][state] = about, few
    found: defaultdict[str, dict[str, Counted]] = defaultdict(dict)
    for (key, ods), states in counts.items():
        bare = ("fresh", "stale", "unknown") if features[key].absent is None else ("fresh", "none")
        some, few = states["fresh"]
        least, most = (1, HIDDEN_UP_TO) if few else (some, some)
        found[key][ods] = Counted(some, sum(states[state][0] for state in bare), least, most)
    return found


def _against_others(
    shares: Mapping[str, Counted], systems: Mapping[str, str]
) -> Iterator[tuple[str, str, str, Counted, Counted]]:
    total = sum(shares.values(), start=_NOBODY)
    for ods, mine in shares.items():
        yield "practice", ods, systems[ods], mine, total - mine
    sizes = Counter(systems[ods] for ods in shares)
    for system, practices in sorted(sizes.items()):
        # The system of one practice is that practice, and the one system of all has no others.
        if 1 < practices < len(shares):
            mine = sum((each for ods, each in shares.items() if systems[ods] == system), start=_NOBODY)
            yield "system", system, system, mine, total - mine
