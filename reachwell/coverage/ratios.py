"""Ratios: one share over another with its 95% limits, and whether they are far enough apart to be worth a look.

Between GP systems the same code list differs by more than 1.25 times for 37% of conditions, and by more than twice for
10% (Greater Manchester): beyond the first is worth a note, beyond the second a warning.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import exp, log, sqrt

from reachwell.limits import Z

NOTE, WARN = Fraction(5, 4), Fraction(2)


@dataclass(frozen=True)
class Counted:
    """So many people of so many: some, which is about right, and the least and the most that it may be."""

    some: float
    of: float
    least: float
    most: float

    @classmethod
    def exactly(cls, some: int, of: int) -> "Counted":
        """A count that is known as it is."""
        return cls(some, of, some, some)

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.some + other.some, self.of + other.of, self.least + other.least, self.most + other.most)

    def __sub__(self, other: "Counted") -> "Counted":
        return Counted(self.some - other.some, self.of - other.of, self.least - other.least, self.most - other.most)


@dataclass(frozen=True)
class Ratio:
    """One share over another, with its 95% limits.

    share, share_of_others: as they were compared. ratio: None where the other is 0. level: "", "note" or "warn".
    cautious: a count may be more or less, and all of this is for the counts that bring the shares nearest together.
    """

    share: float
    share_of_others: float
    ratio: float | None
    low: float
    high: float
    level: str
    cautious: bool


def compared(mine: Counted, others: Counted) -> Ratio | None:
    """The share of some over that of others; None where either is of nobody, or nobody has anything.

    The limits are those of Katz and others, Biometrics 1978; 34: 469-474, on the log of the ratio. Where a count is 0
    a half is added to each (Pettigrew, Gart and Thomas, Biometrika 1986; 73: 425-435). Shares that the limits do not
    tell apart have no level, however far apart they are.
    """
    of, of_others = round(mine.of), round(others.of)
    if not of or not of_others or not mine.some + others.some:
        return None
    is_below = mine.some * of_others < others.some * of
    ends = (mine.most, others.least) if is_below else (mine.least, others.most)
    some, theirs = (min(round(end), whole) for end, whole in zip(ends, (of, of_others), strict=True))
    low, high = _limits(some, of, theirs, of_others)
    # Whole numbers, so that exactly twice is not more than twice.
    first, second = some * of_others, theirs * of
    larger, smaller = (second, first) if is_below else (first, second)
    beyond = sum(larger > limit * smaller for limit in (NOTE, WARN)) if not low <= 1 <= high else 0
    cautious = mine.least < mine.most or others.least < others.most
    ratio = first / second if second else None
    return Ratio(some / of, theirs / of_others, ratio, low, high, ("", "note", "warn")[beyond], cautious)


def _limits(some: int, of: int, others: int, of_others: int) -> tuple[float, float]:
    add = 0.0 if some and others else 0.5
    a, n, c, m = some + add, of + add, others + add, of_others + add
    middle, error = log(a / n) - log(c / m), sqrt(max(1 / a - 1 / n + 1 / c - 1 / m, 0))
    return exp(middle - Z * error), exp(middle + Z * error)
