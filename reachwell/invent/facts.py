"""Coded facts of people's records while they are invented, and how their people and days are drawn."""

from typing import NamedTuple

import numpy as np

from reachwell.invent.arrays import Array, Dice, one_of_each
from reachwell.invent.course import Course
from reachwell.invent.people import People


class Facts(NamedTuple):
    """One value for each fact. who: a person's place; code: a place in codes.vocabulary(); day: a number."""

    who: Array
    code: Array
    day: Array
    value: Array


def noted(rng: Dice, codes: Array, who: Array, day: Array, value: Array | None = None) -> Facts:
    """Facts with one code or another of a list, and without a value unless given."""
    code = codes[rng.integers(0, codes.size, who.size)] if codes.size else np.empty(0, dtype=np.int64)
    return Facts(who, code, np.floor(day), np.full(who.size, np.nan) if value is None else value)


def within(rng: Dice, whom: Array, first: Array, last: Array) -> tuple[Array, Array]:
    """Those of `whom` (True or False) who had any day from first to last, and such a day for each."""
    who = np.flatnonzero(whom & (first <= last))
    return who, np.floor(first[who] + rng.random(who.size) * (last - first + 1)[who])


def in_months(
    rng: Dice, people: People, course: Course, whom: Array, a_year: float, weights: Array | float = 1.0
) -> tuple[Array, Array]:
    """Draw people and days: so many a year of those whom it may befall, on the list at the time.

    whom: months by people, True where it may; weights: the same, of how likely it is there against elsewhere.
    """
    whom = whom & (course.contacts > 0)
    summed = np.cumsum(np.where(whom, weights, 0).ravel(), dtype=np.float64)
    wanted = rng.poisson(a_year / 12 * np.count_nonzero(whom)) if summed[-1] > 0 else 0
    cell = np.searchsorted(summed, (1 - rng.random(wanted)) * summed[-1])
    month, who = cell // people.count, cell % people.count
    day = np.floor(people.starts[month] + rng.random(wanted) * np.diff(people.starts)[month])
    kept = (course.first[who] <= day) & (day <= course.last[who])
    return who[kept], day[kept]


def together(facts: list[Facts]) -> Facts:
    """All facts, by person, day and code; one that repeats another says nothing new and is left out."""
    who, code, day, value = (np.concatenate(column) for column in zip(*facts, strict=True))
    place = one_of_each(who, day, code)
    return Facts(who[place], code[place], day[place], value[place])
