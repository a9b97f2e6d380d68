"""Outliers: which practice, or system, has something on record far more or less often than all others together.

Between GP systems the same code list differs by more than 1.25 times for 37% of conditions, and by more than twice for
10% (Greater Manchester): beyond the first is worth a note, beyond the second a warning.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

import polars as pl

from reachwell.features import Feature
from reachwell.small_numbers import HIDDEN_UP_TO

NOTE, WARN = Fraction(5, 4), Fraction(2)
_Z = NormalDist().inv_cdf(0.975)
OUTLIERS = {
    "feature": pl.String, "kind": pl.String, "who": pl.String, "system": pl.String, "share": pl.Float64,
    "share_of_others": pl.Float64, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "level": pl.String,
    "at_most": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Ratio:
    """One share over another with its 95% limits; ratio is None where the other is 0. level: "", "note" or "warn"."""

    ratio: float | None
    low: float
    high: float
    level: str


def compared(some: int, of: int, others: int, of_others: int) -> Ratio | None:
    """The share some / of over others / of_others; None where either is of nobody, or nobody has anything.

    The limits are those of Katz and others, Biometrics 1978; 34: 469-474, on the log of the ratio. Where a count is 0
    a half is added to each (Pettigrew, Gart and Thomas, Biometrika 1986; 73: 425-435). What the limits do not tell from
    1 has no level, however large it is.
    """
    if not of or not of_others or not some + others:
        return None
    add = 0.0 if some and others else 0.5
    a, n, c, m = some + add, of + add, others + add, of_others + add
    middle, error = log(a / n) - log(c / m), sqrt(max(1 / a - 1 / n + 1 / c - 1 / m, 0))
    low, high = exp(middle - _Z * error), exp(middle + _Z * error)
    # Whole numbers, so that exactly twice is not more than twice.
    mine, theirs = some * of_others, others * of
    level = ""
    if not low <= 1 <= high:
        beyond = [limit for limit in (NOTE, WARN) if mine > limit * theirs or theirs > limit * mine]
        level = ("", "note", "warn")[len(beyond)]
    return Ratio(mine / theirs if theirs else None, low, high, level)


@dataclass(frozen=True)
class _Share:
    """So many of so many; few: some is told to be 1 to 7 only."""

    some: float
    of: float
    few: bool = False

    def __add__(self, other: "_Share") -> "_Share":
        return _Share(self.some + other.some, self.of + other.of)


def outliers(figures: pl.DataFrame, features: Mapping[str, Feature], systems: Mapping[str, str]) -> pl.DataFrame:
    """Each practice, and each system of several practices, against all others: rows of OUTLIERS.

    figures: of coverage.exactly() or told(). features: by key. systems: each practice's format. Compared is the share
    of whom a score is fresh; of flags and counts, of those of whom it is wholly known, the share with a yes or more
    than none. at_most: the count is told to be 7 or fewer only, and was taken for 7: the ratio may be less. Practices of
    which nothing is told are neither compared nor among the others.
    """
    rows: list[dict[str, Any]] = []
    for key, shares in _shares(figures, features).items():
        for kind, who, system, mine, others in _against_others(shares, systems):
            taken = HIDDEN_UP_TO if mine.few else round(mine.some)
            found = compared(taken, round(mine.of), round(others.some), round(others.of))
            # Of one that may be smaller it can only be said that it is small.
            if found is None or (mine.few and (found.ratio is None or found.ratio > 1)):
                continue
            row = {"feature": key, "kind": kind, "who": who, "system": system, "at_most": mine.few}
            rows.append(row | {"share": taken / mine.of, "share_of_others": others.some / others.of} | asdict(found))
    return pl.DataFrame(rows, schema=OUTLIERS)


def _shares(figures: pl.DataFrame, features: Mapping[str, Feature]) -> dict[str, dict[str, _Share]]:
    """By feature and practice, how many have it on record, of how many it could be known of."""
    counts: defaultdict[tuple[str, str], dict[str, tuple[float, bool]]] = defaultdict(dict)
    columns = ("feature", "practice_id", "state", "about", "few")
    for key, ods, state, about, few in figures.filter(pl.col("about").is_not_null()).select(columns).iter_rows():
        counts[key, ods][state] = about, few
    found: defaultdict[str, dict[str, _Share]] = defaultdict(dict)
    for (key, ods), states in counts.items():
        bare = ("fresh", "stale", "unknown") if features[key].absent is None else ("fresh", "none")
        found[key][ods] = _Share(states["fresh"][0], sum(states[state][0] for state in bare), states["fresh"][1])
    return found


def _against_others(
    shares: Mapping[str, _Share], systems: Mapping[str, str]
) -> Iterator[tuple[str, str, str, _Share, _Share]]:
    total = sum(shares.values(), start=_Share(0, 0))
    for ods, mine in shares.items():
        yield "practice", ods, systems[ods], mine, _Share(total.some - mine.some, total.of - mine.of)
    sizes = Counter(systems[ods] for ods in shares)
    for system, practices in sorted(sizes.items()):
        # The system of one practice is that practice, and the one system of all has no others.
        if 1 < practices < len(shares):
            mine = sum((each for ods, each in shares.items() if systems[ods] == system), start=_Share(0, 0))
            yield "system", system, system, mine, _Share(total.some - mine.some, total.of - mine.of)
