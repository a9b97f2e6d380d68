"""On which days a practice works, and how contacts spread over a year's days.

No contact with the practice at weekends or on bank holidays. Easter, which moves, is left out.
"""

from datetime import date

import numpy as np

from reachwell.invent.arrays import Array, Dice, number
from reachwell.invent.figures import EMERGENCIES_ON_MONDAY

# Guesses: Mondays are busiest, winters busier than summers.
_WEEKDAYS = np.array([1.25, 1.05, 1.0, 0.95, 0.9, 0.0, 0.0])
_MONTHS = np.array([1.1, 1.05, 1.05, 0.97, 0.97, 0.96, 0.97, 0.88, 1.0, 1.06, 1.08, 0.94])
_EMERGENCY_WEEKDAYS = np.array([EMERGENCIES_ON_MONDAY, *[(1 - EMERGENCIES_ON_MONDAY) / 6] * 6]) * 7


class Days:
    """The days from one to another, each with the weight that something falls on it."""

    def __init__(self, first: float, last: float, emergencies: bool = False) -> None:
        self.first, self.last = first, last
        days = np.arange(first, last + 1)
        weights = _EMERGENCY_WEEKDAYS[_weekday(days)] if emergencies else _surgery(days)
        self._summed = np.concatenate([[0.0], np.cumsum(weights)])

    def share(self, start: Array, end: Array) -> Array:
        """How much falls between days, in days of a mean weight of 1. end: the day after the last."""
        fallen: Array = self._at(end) - self._at(start)
        return fallen

    def draw(self, rng: Dice, start: Array, end: Array) -> Array:
        """A day between two, for each pair of them that has a day of any weight; end: the day after the last."""
        low, high = self._at(start), self._at(end)
        sought = low + (1 - rng.random(low.size)) * (high - low)
        drawn: Array = self.first + np.searchsorted(self._summed, sought, side="left") - 1
        return drawn

    def _at(self, day: Array) -> Array:
        place = np.clip(np.rint(day - self.first), 0, self._summed.size - 1).astype(np.int64)
        summed: Array = self._summed[place]
        return summed


def is_open(day: date) -> bool:
    """Whether the practice works on a day."""
    return bool(_surgery(np.array([number(day)]))[0] > 0)


def open_on_or_before(day: Array) -> Array:
    """The last day on which the practice works, up to a day."""
    if not day.size:
        return day
    # Weekend and bank holidays together close a practice for four days at most.
    days = np.arange(day.min() - 7, day.max() + 1)
    opened = np.maximum.accumulate(np.where(_surgery(days) > 0, days, 0))
    found: Array = opened[(day - days[0]).astype(np.int64)]
    return found


def _weekday(days: Array) -> Array:
    # 1970-01-01 was a Thursday; Monday is 0.
    return ((days + 3) % 7).astype(np.int64)


def _surgery(days: Array) -> Array:
    as_dates = days.astype("M8[D]")
    month = as_dates.astype("M8[M]")
    of_month, of_year = (as_dates - month).astype(int) + 1, month.astype(int) % 12 + 1
    monday = _weekday(days) == 0
    # The first and last Mondays of May, and the last of August.
    holiday = monday & (((of_year == 5) & (of_month <= 7)) | (np.isin(of_year, [5, 8]) & (of_month >= 25)))
    christmas = ((of_year == 12) & np.isin(of_month, [25, 26])) | ((of_year == 1) & (of_month == 1))
    # Five days of the week carry what seven would.
    weights = _WEEKDAYS[_weekday(days)] * _MONTHS[of_year - 1] * 7 / _WEEKDAYS.sum()
    return np.where(holiday | christmas, 0.0, weights)
