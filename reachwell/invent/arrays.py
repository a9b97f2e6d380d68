"""What the invented people's numbers are kept in, and how days are counted: from 1970-01-01, as numbers."""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Dice = np.random.Generator

YEAR = 365.25
MONTH = YEAR / 12
# The day on which something begins that never does.
NEVER = np.inf


def number(day: date) -> float:
    """A day's number."""
    return float(np.datetime64(day, "D").astype(np.int64))


def dates(days: Array) -> Array:
    """Days' numbers as dates; NEVER and nan become null."""
    return np.where(np.isfinite(days), days, np.nan).astype("M8[D]")


def spread(rng: Dice, size: int, sigma: float) -> Array:
    """Log-normal factors whose mean is 1."""
    factors: Array = np.exp(rng.normal(-sigma * sigma / 2, sigma, size))
    return factors


def one_of_each(who: Array, day: Array, what: Array) -> Array:
    """The places of all rows but those that repeat another's person, day and kind, by person, day and kind.

    what: a number below 4,096.
    """
    days = (day - day.min(initial=0)).astype(np.int64)
    return np.unique((who.astype(np.int64) << 32) | (days << 12) | what, return_index=True)[1]
