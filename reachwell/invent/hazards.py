"""What raises contacts, emergencies, admissions and deaths: how the next month depends on how people are now.

The sizes are guesses unless a source is named, and set so that the means come to those of figures.py. What is drawn
from these rates stays chance: who knew everything about a person could not tell when they come as an emergency.
"""

from dataclasses import dataclass

import numpy as np

from reachwell.invent.arrays import MONTH, YEAR, Array
from reachwell.invent.conditions import CONDITIONS
from reachwell.invent.figures import ALONE_EMERGENCIES, PAM_CONTACTS, PAM_LEVELS
from reachwell.invent.pyramid import mortality

# A year's contacts and emergencies of somebody in whom nothing raises them; the logit of being admitted at 20; and
# deaths against `mortality`, whose rise with age is partly, a year of it so much, what people then have.
_CONTACTS, _EMERGENCIES, _ADMITTED, _DEATHS, _DEATHS_BY_AGE = 1.92, 0.205, -2.25, 0.38, -0.024
# A passing spell of trouble or illness, about a standard deviation each unit: what it does to the logarithms.
_SPELL_ON_CONTACTS, _SPELL_ON_EMERGENCIES = 0.9, 0.55
# Contacts by age, most under 5, over 65 beside what conditions add; emergencies of young children and the old.
_AGES = [0, 4, 7, 17, 30, 50, 70, 85, 95]
_CONTACTS_BY_AGE = [3.6, 2.6, 1.2, 1.1, 1.3, 1.2, 1.15, 1.3, 1.5]
_EMERGENCIES_BY_AGE = [2.4, 1.8, 1.0, 1.1, 1.1, 0.8, 0.9, 1.5, 2.0]
_WOMEN, _MEN = 1.15, 0.85
# By level of activation; contacts of people with conditions only.
_CONTACTS_BY_LEVEL = np.array(PAM_CONTACTS) / np.average(PAM_CONTACTS, weights=PAM_LEVELS)
_EMERGENCIES_BY_LEVEL = np.array([1.3, 1.1, 0.95, 0.8])
# What a condition adds: to contacts, as a multiple of a healthy person's; to the logarithms of emergencies and deaths.
_BY_CONDITION = {
    "hypertension": (1.0, 0.05, 0.0), "type 2 diabetes": (1.8, 0.12, 0.15), "type 1 diabetes": (1.8, 0.3, 0.4),
    "COPD": (2.0, 0.4, 0.6), "coronary heart disease": (1.6, 0.25, 0.25), "asthma": (1.0, 0.15, 0.0),
    "heart failure": (2.2, 0.4, 0.8), "atrial fibrillation": (1.6, 0.2, 0.2), "stroke": (1.6, 0.25, 0.4),
    "chronic kidney disease": (1.4, 0.15, 0.3), "epilepsy": (1.2, 0.5, 0.3), "dementia": (1.4, 0.35, 0.9),
    "serious mental illness": (1.8, 0.5, 0.6), "depression": (1.1, 0.15, 0.05), "anxiety": (1.1, 0.15, 0.0),
    "peripheral arterial disease": (1.4, 0.2, 0.3), "osteoporosis": (1.1, 0.1, 0.1),
    "rheumatoid arthritis": (2.2, 0.15, 0.1),
}  # fmt: skip
_OF_CONDITIONS = np.array([_BY_CONDITION[each.name] for each in CONDITIONS], dtype=np.float32).T
_MONTHLY = MONTH / YEAR


@dataclass(frozen=True)
class State:
    """How people are in a month, one value each. Where people.People has the same name, the same is meant.

    ill: for each of CONDITIONS, whether it has begun. spell: see _SPELL_ON_CONTACTS. lately: how much of an
    admission's effect is left, from 1 downwards. in_home: in a care home. dying: on the end of life register.
    """

    age: Array
    female: Array
    alone: Array
    need: Array
    activation: Array
    frailty: Array
    readiness: Array
    urgency: Array
    ill: Array
    spell: Array
    lately: Array
    in_home: Array
    dying: Array


@dataclass(frozen=True)
class Rates:
    """For each person what a month brings in the mean, and of their emergencies the share that is admitted."""

    contacts: Array
    emergencies: Array
    admitted: Array
    deaths: Array


def rates(now: State) -> Rates:
    """The rates of a month."""
    contacts, emergencies, deaths = _OF_CONDITIONS @ now.ill
    admitted = _ADMITTED + 0.022 * np.maximum(now.age - 20, 0) + 0.5 * emergencies + 0.3 * np.log(now.frailty)
    return Rates(
        contacts=_MONTHLY * _contacts(now, contacts),
        emergencies=_MONTHLY * _emergencies(now, emergencies),
        admitted=1 / (1 + np.exp(-admitted)),
        deaths=1 - np.exp(-_MONTHLY * _deaths(now, deaths)),
    )


def _contacts(now: State, of_conditions: Array) -> Array:
    spell = _SPELL_ON_CONTACTS * now.spell - _SPELL_ON_CONTACTS**2 / 2
    rate: Array = (
        _CONTACTS
        * np.interp(now.age, _AGES, _CONTACTS_BY_AGE)
        * np.where(now.female, _WOMEN, _MEN)
        * (1 + of_conditions)
        * np.where(now.ill.any(axis=0), _CONTACTS_BY_LEVEL[now.activation - 1], 1)
        * now.readiness
        * np.exp(spell + 0.12 * now.need + 0.4 * now.lately + 0.25 * now.dying)
    )
    return rate


def _emergencies(now: State, of_conditions: Array) -> Array:
    # What was found of people over 64 who live alone is taken to hold for all who do.
    rate: Array = (
        _EMERGENCIES
        * np.interp(now.age, _AGES, _EMERGENCIES_BY_AGE)
        * np.where(now.alone, ALONE_EMERGENCIES, 1)
        * _EMERGENCIES_BY_LEVEL[now.activation - 1]
        * now.urgency
        * now.frailty
        * np.exp(of_conditions + 0.25 * now.need + _SPELL_ON_EMERGENCIES * now.spell)
        * np.exp(0.65 * now.lately + 0.4 * now.dying)
    )
    return rate


def _deaths(now: State, of_conditions: Array) -> Array:
    rate: Array = (
        _DEATHS
        * mortality(now.age)
        * np.exp(_DEATHS_BY_AGE * (now.age - 74))
        * np.where(now.female, 0.85, 1.15)
        * now.frailty
        * np.exp(of_conditions + 0.1 * now.need + 0.15 * now.spell + 1.2 * now.lately + 0.5 * now.in_home)
    )
    return rate + 0.7 * now.dying
