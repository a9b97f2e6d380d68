"""Limits: shares and differences with 95% confidence limits; see estimates for rates."""

from dataclasses import dataclass
from math import sqrt

# The 97.5th percentile of the normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% limits: a share from 0 to 1, a rate, or a difference of two of them."""

    value: float
    low: float
    high: float


def share(count: int | None, of: int | None) -> Estimate | None:
    """The share with Wilson's limits; None where a count is hidden or of nobody.

    A rounded count may be more than the rounded whole; then the share is 1.
    Source: Wilson, J Am Stat Assoc 1927;22:209.
    """
    if count is None or not of:
        return None
    p = min(count / of, 1.0)
    middle = (p + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * sqrt(p * (1 - p) / of + Z**2 / (4 * of**2))
    # Of none or all one limit is the share itself, but for the last bit.
    return Estimate(p, min(max(middle - half, 0.0), p), max(min(middle + half, 1.0), p))


def difference(first: Estimate | None, second: Estimate | None) -> Estimate | None:
    """The first less the second, of different people, with limits that follow from theirs; None where one is unknown.

    Source: Newcombe, Stat Med 1998;17:873, method 10, for shares; Zou and Donner, Stat Med 2008;27:1693, for any.
    """
    if first is None or second is None:
        return None
    value = first.value - second.value
    below = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    above = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Estimate(value, value - below, value + above)
