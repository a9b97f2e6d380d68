"""What a record says of how people live: alone or not, at home, frail, at the end of life, opted out."""

import numpy as np

from reachwell.invent.arrays import NEVER, YEAR, Array, Dice
from reachwell.invent.codes import places
from reachwell.invent.course import Course
from reachwell.invent.facts import Facts, noted, within
from reachwell.invent.figures import LIVING_STATUS_FRESH
from reachwell.invent.people import People

# Guesses: the share of adults whose living status was ever coded, under and over 65; of those who live alone now,
# those who did not when it was coded, where that was before the years that are invented.
_STATUS_CODED, _STATUS_CHANGED = (0.06, 0.35), 0.25
# So that LIVING_STATUS_FRESH of the records are of the last five years.
_STATUS_AGE = -5 * YEAR / np.log(1 - LIVING_STATUS_FRESH)
# Guesses: shares of people over 65 coded as severely, moderately and mildly frail; of care homes' people so coded.
_FRAIL, _HOME_CODED = {"severe": 0.012, "moderate": 0.04, "mild": 0.08}, 0.85
_HOUSEBOUND, _NO_LONGER = 0.5, 0.1
# Guesses: type 1 opt-outs of all people, and those withdrawn again.
_OPTED_OUT, _WITHDRAWN = 0.03, 0.06


def statuses(rng: Dice, people: People, course: Course) -> list[Facts]:
    """All codes of living status, care homes, frailty, being housebound, end of life and type 1 opt-out."""
    moved = (course.in_home_from <= course.last) & (rng.random(people.count) < _HOME_CODED)
    dying = course.dying_from <= course.last
    return [
        *_living(rng, people, course),
        noted(rng, places("care_home"), np.flatnonzero(moved), course.in_home_from[moved]),
        noted(rng, places("end_of_life"), np.flatnonzero(dying), course.dying_from[dying]),
        *_frailty(rng, people, course),
        *_opt_outs(rng, people, course),
    ]


def _living(rng: Dice, people: People, course: Course) -> list[Facts]:
    share = np.where(people.age < 65, *_STATUS_CODED)
    day = np.floor(course.last - rng.exponential(_STATUS_AGE, people.count))
    known = (rng.random(people.count) < share) & (day >= people.birth + 18 * YEAR) & (course.in_home_from > day)
    alone = course.alone_from <= day
    alone &= (day >= people.start) | (rng.random(people.count) >= _STATUS_CHANGED)
    facts = []
    # Further on, the list of living statuses comes to institutions.
    for category, so in (("alone", alone), ("with others", ~alone)):
        who = np.flatnonzero(known & so)
        facts.append(noted(rng, places("living_status", category)[:2], who, day[who]))
    return facts


def _frailty(rng: Dice, people: People, course: Course) -> list[Facts]:
    # The frailer somebody is, the likelier and the severer.
    drawn, facts = rng.random(people.count) / people.frailty, []
    old, low = np.maximum(people.birth + 65 * YEAR, course.first), 0.0
    for stage, share in _FRAIL.items():
        staged = (low <= drawn) & (drawn < low + share)
        who, day = within(rng, staged, old, course.last)
        facts.append(noted(rng, places("frailty", stage), who, day))
        if stage == "severe":
            facts += _housebound(rng, course, who, day)
        low += share
    return facts


def _housebound(rng: Dice, course: Course, who: Array, day: Array) -> list[Facts]:
    chance = rng.random(who.size)
    bound, since = who[chance < _HOUSEBOUND], day[chance < _HOUSEBOUND]
    again = np.full(course.last.size, NEVER)
    again[bound] = np.where(rng.random(bound.size) < _NO_LONGER, since, NEVER)
    over = within(rng, np.isfinite(again), again, course.last)
    return [
        noted(rng, places("housebound", "housebound"), bound, since),
        noted(rng, places("housebound", "no longer"), *over),
    ]


def _opt_outs(rng: Dice, people: People, course: Course) -> list[Facts]:
    chance = rng.random(people.count)
    who, day = within(rng, chance < _OPTED_OUT, np.maximum(people.birth, course.last - 8 * YEAR), course.last)
    dissent = np.full(people.count, NEVER)
    dissent[who] = day
    over = within(rng, chance < _OPTED_OUT * _WITHDRAWN, dissent, course.last)
    return [
        noted(rng, places("type_1_opt_out", "dissent"), who, day),
        noted(rng, places("type_1_opt_out", "withdrawn"), *over),
    ]
