"""What is noted at contacts: symptoms, and what fills a record and is on no list."""

import numpy as np

from reachwell.invent.arrays import Array, Dice
from reachwell.invent.codes import FILLER, OF_CHILDREN, places
from reachwell.invent.facts import Facts, noted
from reachwell.invent.people import People

# Guess: a gamma's shape and scale, for the share of a person's contacts at which a symptom is noted.
_SYMPTOM = (0.8, 0.035)


def observations(rng: Dice, people: People, who: Array, day: Array, noted_each: float) -> list[Facts]:
    """What is noted at attended contacts. noted_each: how many codes on no list, in the mean."""
    # Some people bring a symptom nearly every time.
    hurts = rng.random(who.size) < np.minimum(rng.gamma(*_SYMPTOM, people.count), 0.8)[who]
    return [noted(rng, places("symptom"), who[hurts], day[hurts]), _filler(rng, people, who, day, noted_each)]


def _filler(rng: Dice, people: People, who: Array, day: Array, noted_each: float) -> Facts:
    # Codes that follow each other in the list are noted together, and none twice.
    different = np.where(people.age[who] < 16, OF_CHILDREN, len(FILLER))
    count = np.minimum(rng.poisson(noted_each, who.size), different)
    first = rng.integers(0, different)
    at = np.repeat(np.arange(who.size), count)
    place = np.arange(at.size) - (np.cumsum(count) - count)[at]
    which = (first[at] + place) % different[at]
    mean, spread = np.array([each[1:3] for each in FILLER])[which].T
    value = np.where(mean > 0, np.round(rng.normal(mean, spread), 1), np.nan)
    # FILLER's codes are the first of the vocabulary.
    return Facts(who[at], which, day[at], value)
