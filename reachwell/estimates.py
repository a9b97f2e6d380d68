"""Estimates: rates per person-year with 95% limits, and rates and shares made of told figures alone."""

from math import ceil, log2, sqrt

import numpy as np

from reachwell.limits import Estimate, Z, share
from reachwell.small_numbers import HIDDEN_UP_TO, NESTED_ROUNDED_TO, stands_for


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
    return Estimate(mean, max(mean - Z * error, 0.0), mean + Z * error)


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
    error = Z * sqrt(2 ** (ceil(2 * log2(spread)) / 2) * most) / least_years
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
