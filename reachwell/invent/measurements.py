"""Scores and readings: patient activation, PHQ-9, GAD-7, HbA1c; and prediabetes, which the last one shows."""

import numpy as np

from reachwell.invent.arrays import YEAR, Dice
from reachwell.invent.codes import places
from reachwell.invent.conditions import CONDITIONS
from reachwell.invent.course import Course
from reachwell.invent.facts import Facts, in_months, noted
from reachwell.invent.figures import PAM_RETURNED
from reachwell.invent.people import People

# Guess: of adults with long-term conditions, those to whom a form is sent in five years; some come back twice.
_FORMS_SENT, _AGAIN = 0.3, 0.3
# Insignia: the scores between which each level lies; nobody scores much below or above these.
_SCORES = np.array([[36.0, 47.0], [47.1, 55.1], [55.2, 72.4], [72.5, 91.0]])
# Guesses: questionnaires a year of a person with depression or anxiety, more in a bad spell; a spell's effect.
_PHQ9, _GAD7, _BY_SPELL = 0.2, 0.12, 3.5
# Guesses: HbA1c measurements a year of people with diabetes, of those who will have it within ten years, and of
# others over 40; values of each group; and how many of the second are known as prediabetic.
_HBA1C = ((1.2, 42, 90), (0.6, 41.6, 47.4), (0.2, 30, 41))
_AT_RISK, _PREDIABETES = 10 * YEAR, 0.06


def measurements(rng: Dice, people: People, course: Course) -> list[Facts]:
    """All scores and readings that are on a list."""
    return [*_activation(rng, people, course), *_mood(rng, people, course), *_sugar(rng, people, course)]


def _activation(rng: Dice, people: People, course: Course) -> list[Facts]:
    ill = np.min([people.onset[each.name] for each in CONDITIONS], axis=0)
    asked = rng.random(people.count) < _FORMS_SENT * PAM_RETURNED
    months = asked & (ill <= people.starts[:-1, None]) & (people.ages >= 18)
    # Forms are handed out where people come.
    who, day = in_months(rng, people, course, months, (1 + _AGAIN) / 4, np.sqrt(course.contacts))
    level = people.activation[who]
    score = np.round(rng.uniform(*_SCORES[level - 1].T), 1)
    scored = rng.random(who.size) < 0.3
    return [
        noted(rng, places("pam", "level"), who[~scored], day[~scored], level[~scored].astype(float)),
        noted(rng, places("pam", "score"), who[scored], day[scored], score[scored]),
    ]


def _mood(rng: Dice, people: People, course: Course) -> list[Facts]:
    facts = []
    for name, condition, a_year, highest in (("phq9", "depression", _PHQ9, 27), ("gad7", "anxiety", _GAD7, 21)):
        begun = people.onset[condition] <= people.starts[1:, None]
        who, day = in_months(rng, people, course, begun, a_year, np.exp(course.spell))
        month = np.searchsorted(people.starts, day, side="right") - 1
        score = highest * 0.3 + _BY_SPELL * course.spell[month, who] + rng.normal(0, 3, who.size)
        facts.append(noted(rng, places(name), who, day, np.clip(np.rint(score), 0, highest)))
    return facts


def _sugar(rng: Dice, people: People, course: Course) -> list[Facts]:
    ahead = people.onset["type 2 diabetes"] - people.starts[:-1, None]
    has = (ahead <= 0) | (people.onset["type 1 diabetes"] <= people.starts[:-1, None])
    at_risk = ~has & (ahead < _AT_RISK) & (people.ages > 30)
    other = ~has & ~at_risk & (people.ages > 40)
    facts = []
    for whom, (a_year, low, high) in zip((has, at_risk, other), _HBA1C, strict=True):
        who, day = in_months(rng, people, course, whom, a_year)
        value = np.rint(low + (high - low) * rng.beta(2, 3, who.size))
        facts.append(noted(rng, places("hba1c"), who, day, value))
    found = in_months(rng, people, course, at_risk, _PREDIABETES)
    return [*facts, noted(rng, places("prediabetes"), *found)]
