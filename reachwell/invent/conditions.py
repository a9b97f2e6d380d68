"""When long-term conditions begin, and how common they are."""

from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from reachwell.invent.arrays import YEAR, Array, Dice, spread
from reachwell.invent.figures import EVER_CODED
from reachwell.invent.pyramid import OLDEST, pyramid


class Condition(NamedTuple):
    """A condition, which begins from an age and then becomes more common, the more steeply the greater `steepness`.

    raised: how many times more often it is begun than found in the end, for deaths take those who have it first.
    vascular, mood: how far it comes with others of its kind. category, term: the code list's category, where it has
    another name, and what its codes' terms contain, where two conditions share one. share: of all people, a guess,
    where figures.py has none. Ages and the rest are guesses as well.
    """

    name: str
    raised: float
    start: float
    steepness: float
    vascular: float = 0.0
    mood: float = 0.0
    category: str = ""
    term: str = ""
    share: float = 0.0

    @property
    def codes(self) -> tuple[str, str]:
        """The category and part of the terms by which its codes are found."""
        return self.category or self.name, self.term


CONDITIONS = [
    Condition("hypertension", 1.03, 25, 1.8, vascular=0.4),
    Condition("type 2 diabetes", 1.07, 25, 1.5, vascular=0.5, category="diabetes", term="Type 2"),
    Condition("type 1 diabetes", 1.1, 3, 0.3, category="diabetes", term="Type 1", share=0.004),
    Condition("COPD", 1.13, 35, 1.8, vascular=0.2, mood=0.1),
    Condition("coronary heart disease", 1.1, 35, 2.2, vascular=0.6),
    Condition("asthma", 1.02, 1, 0.25, mood=0.1),
    Condition("heart failure", 1.33, 40, 3.0, vascular=0.8),
    Condition("atrial fibrillation", 1.12, 40, 3.0, vascular=0.5),
    Condition("stroke", 1.13, 40, 2.5, vascular=0.5),
    Condition("chronic kidney disease", 1.13, 45, 2.5, vascular=0.6),
    Condition("epilepsy", 1.02, 1, 0.5, mood=0.1),
    Condition("dementia", 1.36, 60, 2.5, vascular=0.2),
    Condition("serious mental illness", 1.05, 16, 0.5, mood=0.7),
    Condition("depression", 1.02, 13, 0.6, mood=0.6, category="depression or anxiety", term="epress"),
    Condition("anxiety", 1.02, 10, 0.5, mood=0.6, category="depression or anxiety", term="nxiety"),
    Condition("peripheral arterial disease", 1.12, 45, 2.2, vascular=0.6, share=0.009),
    Condition("osteoporosis", 1.05, 50, 2.5, share=0.016),
    Condition("rheumatoid arthritis", 1.0, 20, 1.2, mood=0.1, share=0.009),
]
# Guesses: how unlike people are in how ill they are for their age, and in how prone to one condition.
FRAILTY, _PRONE = 0.35, 0.2


def onsets(rng: Dice, birth: Array, frailty: Array) -> dict[str, Array]:
    """For each condition the day on which it begins in each person, which may be after they die."""
    vascular, mood = (rng.normal(0, 1, birth.size) for _ in range(2))
    found = {}
    for each in CONDITIONS:
        kind = np.exp(each.vascular * vascular - each.vascular**2 / 2 + each.mood * mood - each.mood**2 / 2)
        risk = _scale(each) * frailty * kind * spread(rng, birth.size, _PRONE)
        # The age at which the share of people like this one who have it comes to what is drawn for them.
        part = (rng.random(birth.size) / np.maximum(risk, 1e-9)) ** (1 / each.steepness)
        age = each.start + (OLDEST - each.start) * np.minimum(part, 100)
        found[each.name] = np.floor(birth + age * YEAR)
    return found


@cache
def _scale(condition: Condition) -> float:
    # What makes the wanted share of a pyramid of people have it, who differ in their risk as `onsets` has it.
    wanted = condition.raised * EVER_CODED.get(condition.name, condition.share)
    sigma = float(np.sqrt(FRAILTY**2 + condition.vascular**2 + condition.mood**2 + _PRONE**2))
    risks = np.exp([sigma * NormalDist().inv_cdf((place + 0.5) / 50) - sigma * sigma / 2 for place in range(50)])
    age = np.maximum(np.arange(OLDEST + 1) + 0.5 - condition.start, 0) / (OLDEST - condition.start)
    low, high = 0.0, 1e3
    for _ in range(40):
        middle = (low + high) / 2
        share = np.minimum(middle * age[:, None] ** condition.steepness * risks, 1).mean(axis=1) @ pyramid()
        low, high = (middle, high) if share < wanted else (low, middle)
    return low
