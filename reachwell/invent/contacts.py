"""Contacts with the practice, emergencies and admissions, from the months in which they come."""

import numpy as np
import polars as pl

from reachwell.invent.arrays import Array, Dice, one_of_each
from reachwell.invent.course import Course
from reachwell.invent.people import People
from reachwell.invent.surgery_days import Days

_KINDS = np.array(["gp", "nurse", "other", "emergency", "admission"])
_MODES, _STATUSES = np.array(["face to face", "telephone", "online"]), np.array(["attended", "missed", "cancelled"])
_EMERGENCY, _ADMISSION = 3, 4
# Guesses: how the practice's contacts divide into the first three kinds, and into modes.
_KIND, _MODE = (0.56, 0.26, 0.18), (0.65, 0.28, 0.07)
# Guesses: shares of appointments.
_MISSED, _CANCELLED = 0.05, 0.055


def contacts(rng: Dice, people: People, course: Course) -> pl.DataFrame:
    """Invent the rows of contact: `who`, a person's place, on_date, a day's number, kind, mode and status."""
    practice, hospital = _with_practice(rng, people, course), _with_hospital(rng, people, course)
    who, day, kind, mode, status = (np.concatenate(each) for each in zip(practice, hospital, strict=True))
    rows = {"who": who, "on_date": day, "kind": _KINDS[kind], "mode": _MODES[mode], "status": _STATUSES[status]}
    return pl.DataFrame(rows)


def expanded(counts: Array) -> tuple[Array, Array]:
    """Of a table of counts, months by people: a row for each one counted, as its month and its person."""
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    return cell // counts.shape[1], cell % counts.shape[1]


def _with_practice(rng: Dice, people: People, course: Course) -> list[Array]:
    starts, days = people.starts, Days(np.ceil(people.start), people.today)
    share = days.share(starts[:-1], starts[1:]) / np.diff(starts)
    month, who = expanded(rng.poisson(course.contacts * share[:, None] / (1 - _MISSED - _CANCELLED)))
    day = days.draw(rng, starts[month], starts[month + 1])
    # Some miss far more than others, those in need most.
    missed = np.minimum(_MISSED * rng.gamma(1.5, 1 / 1.5, people.count) * np.exp(0.3 * people.need - 0.05), 0.5)
    fate = rng.random(who.size)
    status = np.where(fate < missed[who], 1, np.where(fate > 1 - _CANCELLED, 2, 0))
    kind, mode = (rng.choice(len(shares), who.size, p=shares) for shares in (_KIND, _MODE))
    return _seen(course, who, day, kind, mode, status)


def _with_hospital(rng: Dice, people: People, course: Course) -> list[Array]:
    month, who = expanded(course.emergencies)
    starts, days = people.starts, Days(np.ceil(people.start), people.today, emergencies=True)
    day = days.draw(rng, starts[month], starts[month + 1])
    # Of a month's emergencies the first ones are those that were admitted, on the day of the emergency.
    place = np.arange(who.size) - np.searchsorted(month * people.count + who, month * people.count + who)
    admitted = place < course.admissions[month, who]
    who, day = np.concatenate([who, who[admitted]]), np.concatenate([day, day[admitted]])
    kind = np.where(np.arange(who.size) < admitted.size, _EMERGENCY, _ADMISSION)
    nothing = np.zeros(who.size, dtype=np.int64)
    return _seen(course, who, day, kind, nothing, nothing)


def _seen(course: Course, who: Array, day: Array, *rest: Array) -> list[Array]:
    # Only what befell while people were on the list, and one of a kind a day.
    place = one_of_each(who, day, rest[0])
    place = place[(course.first[who[place]] <= day[place]) & (day[place] <= course.last[who[place]])]
    return [column[place] for column in (who, day, *rest)]
