"""What becomes of people month by month: the state they are in, and what follows from it."""

from dataclasses import dataclass

import numpy as np

from reachwell.invent.arrays import MONTH, NEVER, YEAR, Array, Dice
from reachwell.invent.conditions import CONDITIONS
from reachwell.invent.hazards import Rates, State, rates
from reachwell.invent.people import People

# Guesses: of a spell, an admission's effect and a bereavement's, what is left a month later.
_SPELL_LEFT, _ADMISSION_LEFT, _GRIEF_LEFT = 0.9, 0.7, 0.93
# Guesses: how much a bereavement adds to need; and entries on the end of life register, to each death expected.
_GRIEF, _DYING = 1.5, 0.74
# Guesses: the share of people who live in a care home, by age.
_CARE_HOME = ([65, 75, 85, 95, 105], [0.001, 0.01, 0.06, 0.2, 0.35])


@dataclass(frozen=True)
class Course:
    """What became of people. Tables have a row for each month and a column for each person, the rest one value each.

    contacts: expected with the practice; 0 where they were not on its list. emergencies, admissions: how many there
    were. need, spell, grief: as they were; grief is 1 in the month after a bereavement. died, alone_from,
    in_home_from (a care home), dying_from (the end of life register): days, or NEVER. first, last: on the list.
    """

    contacts: Array
    emergencies: Array
    admissions: Array
    need: Array
    spell: Array
    grief: Array
    died: Array
    alone_from: Array
    in_home_from: Array
    dying_from: Array
    first: Array
    last: Array


@dataclass
class _Life:
    # What changes from month to month, one value for each person; see Course and State.
    spell: Array
    lately: Array
    grief: Array
    died: Array
    alone_from: Array
    in_home_from: Array
    dying_from: Array


def follow(rng: Dice, people: People) -> Course:
    """Follow people from `start` to `today`."""
    shape = (people.starts.size - 1, people.count)
    contacts, need, spell, grief = (np.zeros(shape, dtype=np.float32) for _ in range(4))
    emergencies, admissions = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    onset = np.stack([people.onset[each.name] for each in CONDITIONS])
    life = _begin(rng, people)
    for month, day in enumerate(people.starts[:-1]):
        here = (people.registered < day + MONTH) & (people.gone >= day) & (life.died == NEVER)
        now = _state(people, life, day, (onset <= day).astype(np.float32))
        rate = rates(now)
        contacts[month], need[month] = np.where(here, rate.contacts, 0), now.need
        spell[month], grief[month] = life.spell, life.grief
        emergencies[month] = rng.poisson(np.where(here, rate.emergencies, 0))
        admissions[month] = rng.binomial(emergencies[month], rate.admitted)
        _fade(rng, life, admissions[month] > 0)
        _befall(rng, people, life, rate, here, day)
    last = np.minimum(np.minimum(life.died, people.gone), people.today)
    return Course(
        contacts, emergencies, admissions, need, spell, grief, life.died, life.alone_from, life.in_home_from,
        life.dying_from, first=np.maximum(people.registered, np.ceil(people.start)), last=last,
    )  # fmt: skip


def _begin(rng: Dice, people: People) -> _Life:
    ages, shares = _CARE_HOME
    moves_at = np.interp(rng.random(people.count) / people.frailty, shares, ages, right=NEVER)
    in_home_from = np.floor(people.birth + moves_at * YEAR)
    # Whoever moves into a care home leaves the other one alone, as whoever dies does.
    other = people.homes.other
    left_from = np.where(other >= 0, in_home_from[other], NEVER)
    return _Life(
        spell=rng.normal(0, 1, people.count),
        lately=np.zeros(people.count),
        grief=np.zeros(people.count),
        died=np.full(people.count, NEVER),
        alone_from=np.where(people.homes.alone, -NEVER, left_from),
        in_home_from=in_home_from,
        dying_from=np.full(people.count, NEVER),
    )


def _state(people: People, life: _Life, day: float, ill: Array) -> State:
    in_home = life.in_home_from <= day
    return State(
        age=people.age_on(day),
        female=people.female,
        alone=(life.alone_from <= day) & ~in_home,
        need=people.need + _GRIEF * life.grief,
        activation=people.activation,
        frailty=people.frailty,
        readiness=people.readiness,
        urgency=people.urgency,
        ill=ill,
        spell=life.spell,
        lately=life.lately,
        in_home=in_home,
        dying=life.dying_from <= day,
    )


def _fade(rng: Dice, life: _Life, admitted: Array) -> None:
    anew = rng.normal(0, 1, life.spell.size)
    life.spell = _SPELL_LEFT * life.spell + np.sqrt(1 - _SPELL_LEFT**2) * anew
    life.lately = np.maximum(_ADMISSION_LEFT * life.lately, admitted)
    life.grief = _GRIEF_LEFT * life.grief


def _befall(rng: Dice, people: People, life: _Life, rate: Rates, here: Array, day: float) -> None:
    # A day of the month for whatever befalls, and the chances of what may.
    then, chance = np.floor(day + rng.random(people.count) * MONTH), rng.random((2, people.count))
    here = here & (people.registered <= then) & (then < people.gone)
    enters = here & (chance[0] < _DYING * rate.deaths) & (life.dying_from == NEVER)
    life.dying_from[enters] = then[enters]
    dies = np.flatnonzero(here & (chance[1] < rate.deaths))
    life.died[dies] = then[dies]
    partner, other = people.homes.partner[dies], people.homes.other[dies]
    life.grief[partner[partner >= 0]] = 1
    alone = other[other >= 0]
    life.alone_from[alone] = np.minimum(life.alone_from[alone], then[dies][other >= 0])
