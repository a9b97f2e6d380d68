"""Estimates: rates per person-year and shares of people with their 95% limits, from exact figures or from told ones."""

from dataclasses import dataclass
from math import ceil, log2, sqrt

import numpy as np

from reachwell.small_numbers import HIDDEN_UP_TO, NESTED_ROUNDED_TO, stands_for

_Z = 1.959964


@dataclass(frozen=True)
class Estimate:
    """An estimate with its 95% limits."""

    value: float
    low: float
    high: float


def rate(events: np.ndarray, years: np.ndarray) -> Estimate | None:
    """Events per person-year; both are a value per person. None where the limits cannot be known: under 2 people.

    The limits are normal ones from how much people differ, so that they hold however unevenly events are spread, where
    those of a Poisson count would be too narrow. Source: Glynn and Buring 1996 (BMJ 312:364), recurrent events; the
    variance is that of a ratio of two sums (Cochran 1977, chapter 6).
    """
    if len(events) < 2:
        return None
    mean = events.sum() / years.sum()
    error = _of_sums(events, years) / years.sum()
    return Estimate(mean, max(mean - _Z * error, 0.0), mean + _Z * error)


def dispersion(events: np.ndarray, years: np.ndarray) -> float | None:
    """How many times the variance of a rate is that of a Poisson count; None under 2 people or without events."""
    if len(events) < 2 or not events.sum():
        return None
    found: float = _of_sums(events, years) ** 2 / events.sum()
    return found


def _of_sums(events: np.ndarray, years: np.ndarray) -> float:
    """The standard error of the sum of events, given the person-years."""
    left = events - events.sum() / years.sum() * years
    return sqrt((left**2).sum() * len(events) / (len(events) - 1))


def share(count: float, of: float) -> Estimate | None:
    """A share of people with Wilson's limits; None of nobody. Source: Wilson 1927 (JASA 22:209)."""
    if not of:
        return None
    p, z2 = count / of, _Z**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(p * (1 - p) / of + z2 / (4 * of**2))
    # Of none or all one limit is the share itself, but for the last bit.
    return Estimate(p, min(max(middle - half, 0.0), p), max(min(middle + half, 1.0), p))


def difference(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    """One less the other, of different people; the limits follow from theirs.

    Source: Newcombe 1998 (Statistics in Medicine 17:873, method 10) for shares; Zou and Donner 2008 (27:1693) for any.
    """
    if one is None or other is None:
        return None
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(value, value - below, value + above)


def told_rate(events: int | None, years: int | None, spread: float | None, step: int) -> Estimate | None:
    """A rate from events and person-years as an area may see them; None where either is hidden or none.

    Nothing but these told figures goes into it, and the dispersion (spread) rounded up to a power of the root of 2: no
    exact figure can be computed back. step: what events are rounded to. The limits hold whatever exact figures the told
    ones stand for, so that they are wider.
    """
    if not events or not years or not spread:
        return None
    # Events were rounded to 10 first, and then to the step; person-years were made whole.
    around = step // 2 if step > NESTED_ROUNDED_TO else 0
    least, most = max(_least(events) - around, HIDDEN_UP_TO + 1), _most(events) + around
    least_years, most_years = _least(years) - 0.5, _most(years) + 0.5
    error = _Z * sqrt(2 ** (ceil(2 * log2(spread)) / 2) * most) / least_years
    return Estimate(events / years, max(least / most_years - error, 0.0), most / least_years + error)


def told_share(count: int | None, of: int | None) -> Estimate | None:
    """A share from counts as an area may see them; None where either is hidden, or where there is nobody."""
    if count is None or not of:
        return None
    lowest = share(_least(count), max(_most(of), _least(count)))
    highest = share(_most(count), max(_least(of), _most(count)))
    return Estimate(min(count / of, 1.0), lowest.low, highest.high) if lowest and highest else None


def _least(figure: int) -> int:
    return stands_for(figure)[0]


def _most(figure: int) -> int:
    return stands_for(figure)[-1]
