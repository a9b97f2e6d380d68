"""Social need as far as it is written down, and what was done: referral to social prescribing, or a refusal.

Nothing follows from a referral: no controlled study has found a difference in attendance, so that whoever measures
an effect in invented practices measures that people are referred when they come most.
"""

import numpy as np

from reachwell.invent.arrays import Array, Dice
from reachwell.invent.codes import places
from reachwell.invent.course import Course
from reachwell.invent.facts import Facts, in_months, noted
from reachwell.invent.figures import EVER_CODED
from reachwell.invent.people import People

# Guesses: codes a person and year of each kind of need, whom they are about aside.
_NEEDS = {
    "loneliness": 0.002, "isolation": 0.002, "housing": 0.002, "money": 0.002, "social problem": 0.002,
    "no carer": 0.0005,
}  # fmt: skip
# Guess: of the bereaved, those of whom it is coded, most in the first months.
_BEREAVED = 0.3
# A person and year: it has been coded for about five years, and some are referred again, or leave or die.
_REFERRED = EVER_CODED["social prescribing referral"] / 5 * 1.7
# Guesses, a person and year.
_DECLINED, _SAFEGUARDING, _SELF_HARM = 0.0025, 0.001, 0.0015


def social(rng: Dice, people: People, course: Course, attended: Array) -> list[Facts]:
    """All codes of social need, safeguarding, self-harm and social prescribing. attended: months by people."""
    adult = people.ages >= 18
    need = np.exp(0.8 * course.need) * attended
    alone = course.alone_from <= people.starts[1:, None]
    low = adult & (people.onset["depression"] <= people.starts[1:, None])
    lonely = {"loneliness": need * (1 + 3 * alone), "isolation": need * (1 + 3 * alone), "no carer": need * alone}
    drawn = [(adult, _NEEDS[each], lonely.get(each, need), places("social_need", each)) for each in _NEEDS]
    drawn += [
        (adult, _SAFEGUARDING, need, places("adult_safeguarding")),
        (low, _SELF_HARM, np.exp(0.8 * course.need + 0.5 * course.spell), places("self_harm")),
        (adult, _REFERRED, need, places("social_prescribing", "referral")),
        (adult, _DECLINED, need, places("social_prescribing", "declined")),
    ]
    facts = [noted(rng, codes, *in_months(rng, people, course, *of)) for *of, codes in drawn]
    return [*facts, _bereavement(rng, people, course)]


def _bereavement(rng: Dice, people: People, course: Course) -> Facts:
    # A bereavement's effect is 1 in the month after it.
    month, who = np.nonzero((course.grief == 1) & (rng.random(course.grief.shape) < _BEREAVED))
    day = people.starts[month] + rng.exponential(60, who.size)
    kept = day <= course.last[who]
    return noted(rng, places("social_need", "bereavement"), who[kept], day[kept])
