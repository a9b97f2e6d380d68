"""Issues of medicines: repeats every four or eight weeks from when a condition begins, and what a contact brings."""

import numpy as np
import polars as pl

from reachwell.invent.arrays import Array, Dice, one_of_each, spread
from reachwell.invent.course import Course
from reachwell.invent.formulary import ACUTE, ACUTE_SHARE, REPEATS, Product
from reachwell.invent.people import People
from reachwell.invent.surgery_days import open_on_or_before

# Guesses: days between issues, and how common each is; how unlike people's quantities are.
_EVERY, _HOW_MANY, _QUANTITIES = (28, 56), (0.75, 0.25), 0.5
# Guesses: from this age people take what belongs to no condition, and as many years later all of a product's share.
_FROM_AGE, _YEARS = 16, 30
_NAMES = sorted({*(each.name for each in REPEATS), *(name for name, _ in ACUTE)})


def medicines(rng: Dice, people: People, course: Course, seen: Array, seen_on: Array) -> pl.DataFrame:
    """Invent the rows of medicine: `who`, a person's place, on_date, a day's number, name and cost_pence.

    seen, seen_on: person and day of the contacts at which something may be issued.
    """
    issues = [_repeats(rng, people, course, each) for each in REPEATS]
    who, day, cost, which = (np.concatenate(column) for column in zip(*issues, _acute(rng, seen, seen_on), strict=True))
    day = open_on_or_before(day)
    place = one_of_each(who, day, which)
    place = place[(course.first[who[place]] <= day[place]) & (day[place] <= course.last[who[place]])]
    names = pl.Series(_NAMES)[which[place]]
    return pl.DataFrame({"who": who[place], "on_date": day[place], "name": names, "cost_pence": cost[place]})


def _repeats(rng: Dice, people: People, course: Course, product: Product) -> list[Array]:
    if product.condition:
        share, began = np.full(people.count, product.share), people.onset[product.condition]
    else:
        share, began = product.share * np.maximum(people.age - _FROM_AGE, 0) / _YEARS, course.first
    who = np.flatnonzero((rng.random(people.count) < share) & (began <= course.last))
    every = rng.choice(_EVERY, who.size, p=_HOW_MANY)
    first = np.maximum(began[who], course.first[who]) + rng.integers(0, every, who.size)
    count = np.maximum((course.last[who] - first) // every + 1, 0).astype(np.int64)
    turn = np.repeat(np.arange(who.size), count)
    place = np.arange(turn.size) - (np.cumsum(count) - count)[turn]
    cost = np.rint(product.pence * spread(rng, who.size, _QUANTITIES) * every / 28)
    return [who[turn], first[turn] + place * every[turn], cost[turn], np.full(turn.size, _NAMES.index(product.name))]


def _acute(rng: Dice, seen: Array, seen_on: Array) -> list[Array]:
    issued = rng.random(seen.size) < ACUTE_SHARE
    which = rng.integers(0, len(ACUTE), int(issued.sum()))
    cost = np.array([float(pence) for _, pence in ACUTE])[which]
    return [seen[issued], seen_on[issued], cost, np.array([_NAMES.index(name) for name, _ in ACUTE])[which]]
