"""Who is on a practice's list, from when until when, and what of them no record shows. Nobody here ever lived."""

from dataclasses import dataclass

import numpy as np

from reachwell.invent import conditions
from reachwell.invent.arrays import MONTH, NEVER, YEAR, Array, Dice, spread
from reachwell.invent.figures import PAM_LEVELS, WOMEN
from reachwell.invent.households import Homes, homes
from reachwell.invent.pyramid import ages

# Guesses: years since people registered, in the mean; and the share of homes that leave in a year.
_SINCE_REGISTERED, _LEAVE = 25, 0.025
# Guesses: how far practices' own deprivation deciles lie apart, and those of one practice's people.
_PRACTICES, _WITHIN = (1.5, 9.5), 2.0
_ETHNICITIES = ("White", "Asian", "Black", "Mixed", "Other", None)
# Census 2021, England, roughly; 6% not recorded is a guess.
_ETHNICITY = (0.76, 0.09, 0.04, 0.03, 0.02, 0.06)
# Guesses: how alike people are in how readily they come, and in how often they need somebody at night or at a
# weekend; shapes of gamma distributions.
_READINESS, _URGENCY = 30.0, 1.0


@dataclass(frozen=True)
class People:
    """One value for each person. Days are numbers; `start` and `today` are the first and last that are invented.

    age: in years, today. gone: the day on which they leave, or NEVER. need: of social support, hidden, about a
    standard deviation each unit. activation: the PAM level, measured or not. frailty, readiness and urgency:
    factors about 1, of illness, contacts and emergencies. onset: for each condition the day it begins.
    """

    start: float
    today: float
    age: Array
    birth: Array
    female: Array
    homes: Homes
    decile: Array
    ethnicity: list[str | None]
    registered: Array
    gone: Array
    need: Array
    activation: Array
    frailty: Array
    readiness: Array
    urgency: Array
    onset: dict[str, Array]

    @property
    def count(self) -> int:
        """How many they are."""
        return self.age.size

    @property
    def starts(self) -> Array:
        """The days, perhaps not whole, on which the months begin, and that on which the last one ends."""
        months = round((self.today + 1 - self.start) / MONTH)
        return self.start + MONTH * np.arange(months + 1)

    @property
    def ages(self) -> Array:
        """Ages in years as each month begins, months by people; below zero before birth."""
        ages: Array = self.age - (self.today - self.starts[:-1, None]) / YEAR
        return ages

    def age_on(self, day: float | Array) -> Array:
        """Everybody's age in years on a day."""
        return np.maximum(self.age - (self.today - day) / YEAR, 0)


def invent_people(rng: Dice, count: int, today: float, years: float) -> People:
    """Invent everybody who is on a list today or was on it in the last so many years; 0: who registers today."""
    start = today + 1 - max(round(12 * years), 1) * MONTH
    age = ages(rng, count, 0.9 * years)
    # Women are more among the old.
    female = rng.random(count) < WOMEN + np.interp(age, [60, 90], [-0.01, 0.11])
    home = homes(rng, age - years, female)
    decile = np.clip(np.rint(rng.normal(rng.uniform(*_PRACTICES), _WITHIN, count)), 1, 10)[home.home]
    deprived = (5.5 - decile) / 2.87
    birth = np.floor(today - age * YEAR)
    ago = rng.exponential(_SINCE_REGISTERED * YEAR if years else 0, count)[home.home]
    registered = np.maximum(birth, np.floor(today - ago))
    stay = rng.exponential(YEAR / _LEAVE, count)[home.home]
    frailty = spread(rng, count, conditions.FRAILTY) * np.exp(0.12 * deprived)
    alone = np.where(home.alone, 0.5, 0.0)
    return People(
        start=start,
        today=today,
        age=age,
        birth=birth,
        female=female,
        homes=home,
        decile=decile,
        ethnicity=[_ETHNICITIES[place] for place in rng.choice(len(_ETHNICITIES), count, p=_ETHNICITY)[home.home]],
        registered=registered,
        gone=np.where(years > 0, np.floor(np.maximum(registered, start) + stay), NEVER),
        need=0.35 * deprived + alone + rng.normal(0, 0.8, count),
        activation=rng.choice(4, count, p=np.divide(PAM_LEVELS, sum(PAM_LEVELS))) + 1,
        frailty=frailty,
        readiness=rng.gamma(_READINESS, 1 / _READINESS, count),
        urgency=rng.gamma(_URGENCY, 1 / _URGENCY, count),
        onset=conditions.onsets(rng, birth, frailty),
    )
