"""Who lives with whom: alone, or two adults with or without others. Care homes come later, see course.py."""

from dataclasses import dataclass

import numpy as np

from reachwell.invent.arrays import Array, Dice

# Shares of people who live alone when the years begin, which make ALONE, ALONE_WOMEN and ALONE_MEN of figures.py
# when they end: of women and of men at these ages, and at those between.
_AGES = [18, 64, 65, 95]
_ALONE_WOMEN, _ALONE_MEN = [0.1, 0.1, 0.295, 0.69], [0.1, 0.1, 0.17, 0.375]
# Guesses: how far the ages of two adults of a home lie apart, and how old mothers are; means and spreads in years.
_BETWEEN_ADULTS, _MOTHER = 3.0, (29.0, 5.0)


@dataclass(frozen=True)
class Homes:
    """home: each person's household, a number. partner: the other adult's place, or -1. alone: True or False."""

    home: Array
    partner: Array
    alone: Array

    @property
    def other(self) -> Array:
        """The partner's place where nobody else lives with the two; else -1."""
        return np.where(np.bincount(self.home)[self.home] == 2, self.partner, -1)


def homes(rng: Dice, age: Array, female: Array) -> Homes:
    """Put people of these ages in years, below zero for those not yet born, into homes."""
    share = np.where(female, np.interp(age, _AGES, _ALONE_WOMEN), np.interp(age, _AGES, _ALONE_MEN))
    adult = age >= 18
    alone = adult & (rng.random(age.size) < share)
    women, men = (_eldest_first(rng, age, adult & ~alone & sex) for sex in (female, ~female))
    pairs = min(women.size, men.size)
    # Whoever is left over lives with one of the pairs, as children do.
    others = np.concatenate([women[pairs:], men[pairs:], np.flatnonzero(~adult)])
    women, men = women[:pairs], men[:pairs]
    home, partner = np.arange(age.size), np.full(age.size, -1)
    home[men], partner[men], partner[women] = women, women, men
    if pairs:
        home[others] = women[_mothers(rng, age[women], age[others])]
    return Homes(home, partner, alone)


def _eldest_first(rng: Dice, age: Array, whom: Array) -> Array:
    # Near enough: two that come at the same place are of about the same age.
    places = np.flatnonzero(whom)
    ordered: Array = places[np.argsort(-(age[places] + rng.normal(0, _BETWEEN_ADULTS, places.size)), kind="stable")]
    return ordered


def _mothers(rng: Dice, women: Array, children: Array) -> Array:
    ordered = np.argsort(women, kind="stable")
    place = np.searchsorted(women[ordered], children + rng.normal(*_MOTHER, children.size))
    chosen: Array = ordered[np.clip(place + rng.integers(-2, 3, children.size), 0, women.size - 1)]
    return chosen
