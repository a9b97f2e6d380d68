"""How old a practice's people are, and how many of an age die in a year."""

from functools import cache

import numpy as np

from reachwell.invent.arrays import Array, Dice
from reachwell.invent.figures import AGE_BANDS

OLDEST = 104
# Gompertz: deaths a year double with every seven years of age. Set so that DEATHS_A_YEAR of a list die.
_AT_BIRTH, _A_YEAR_OF_AGE = 1.65e-5, 0.099


@cache
def pyramid() -> Array:
    """The share of people at each year of age from 0 to OLDEST."""
    bands = np.divide(AGE_BANDS, sum(AGE_BANDS))
    # Of those over 90 fewer with every year.
    eldest = 0.75 ** np.arange(OLDEST + 1 - 90)
    return np.concatenate([np.repeat(bands[:-1] / 5, 5), bands[-1] * eldest / eldest.sum()])


def mortality(age: Array) -> Array:
    """Deaths a person and year at an age, in the mean over the healthy and the ill."""
    rate: Array = _AT_BIRTH * np.exp(_A_YEAR_OF_AGE * age)
    return rate


def surviving(age: Array, years: float) -> Array:
    """The share who reach an age of those who were alive so many years before."""
    alive: Array = np.exp(-(mortality(age) - mortality(np.maximum(age - years, 0))) / _A_YEAR_OF_AGE)
    return alive


def ages(rng: Dice, count: int, years: float) -> Array:
    """Ages that people reach, or would have reached, by the end of so many years; shares as in `pyramid` are left."""
    whole = np.arange(OLDEST + 1)
    born = pyramid() / surviving(whole + 0.5, years)
    return rng.choice(whole, count, p=born / born.sum()) + rng.random(count)
