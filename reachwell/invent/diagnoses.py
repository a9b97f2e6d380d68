"""How conditions are coded: when they are found, again when they come back, and when they are over."""

import numpy as np

from reachwell.invent.arrays import Array, Dice
from reachwell.invent.codes import places
from reachwell.invent.conditions import CONDITIONS, Condition
from reachwell.invent.course import Course
from reachwell.invent.facts import Facts, in_months, noted, within
from reachwell.invent.people import People

# Guesses: of people with depression or anxiety, those of whom it is coded again in a year, mostly in a bad spell.
_AGAIN = 0.02
# Guesses: the shares that are coded as resolved.
_RESOLVED = {
    "asthma": 0.12, "depression": 0.1, "epilepsy": 0.1, "atrial fibrillation": 0.05, "chronic kidney disease": 0.05,
    "type 2 diabetes": 0.02, "COPD": 0.02, "heart failure": 0.02,
}  # fmt: skip


def diagnoses(rng: Dice, people: People, course: Course) -> list[Facts]:
    """All codes of long-term conditions and of their resolution."""
    facts = []
    for each in CONDITIONS:
        onset, codes = people.onset[each.name], places("long_term_condition", *each.codes)
        has = onset <= course.last
        facts.append(noted(rng, codes, np.flatnonzero(has), onset[has]))
        if each.name in ("depression", "anxiety"):
            begun = onset <= people.starts[:-1, None]
            facts.append(noted(rng, codes, *in_months(rng, people, course, begun, _AGAIN, np.exp(course.spell))))
        if each.name in _RESOLVED:
            facts.append(_resolved(rng, course, each, onset))
    return facts


def _resolved(rng: Dice, course: Course, condition: Condition, onset: Array) -> Facts:
    over = rng.random(onset.size) < _RESOLVED[condition.name]
    codes = places("long_term_condition_resolved", condition.codes[0])
    return noted(rng, codes, *within(rng, over, onset, course.last))
