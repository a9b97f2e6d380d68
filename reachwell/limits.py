"""Limits: shares with 95% confidence limits, of counts as an area user may see them."""

from dataclasses import dataclass
from math import sqrt

# The 97.5th percentile of the normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share with its 95% limits, each from 0 to 1, or a difference of two shares, from -1 to 1."""

    value: float
    low: float
    high: float


def share(count: int | None, of: int | None) -> Share | None:
    """The share with Wilson's limits; None where a count is hidden or of nobody.

    A rounded count may be more than the rounded whole; then the share is 1.
    Source: Wilson, J Am Stat Assoc 1927;22:209.
    """
    if count is None or not of:
        return None
    p = min(count / of, 1.0)
    middle = (p + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z / (1 + _Z**2 / of) * sqrt(p * (1 - p) / of + _Z**2 / (4 * of**2))
    return Share(p, max(middle - half, 0.0), min(middle + half, 1.0))


def difference(first: Share | None, second: Share | None) -> Share | None:
    """The first share less the second, of different people, with Newcombe's limits; None where one is unknown.

    Source: Newcombe, Stat Med 1998;17:873, method 10.
    """
    if first is None or second is None:
        return None
    value = first.value - second.value
    below = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    above = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Share(value, value - below, value + above)
