"""Who the invented people are, how often they come and what they take. Nobody here is or was a person.

Shares without a source are guesses, set so that the usual criteria give a list of the usual length.
"""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
Dice = np.random.Generator
# By name, a number for each person in the order of the patient table; days count from 1970-01-01.
People = dict[str, Array]

YEAR, NEVER = 365.25, np.inf
AF, CHD, MOOD = "atrial fibrillation", "coronary heart disease", "depression or anxiety"
SMI, HIGH_BP = "serious mental illness", "hypertension"
# Census 2021, England: per cent of people by band of five years of age; and, roughly, by ethnicity.
_AGES = [5.4, 5.9, 6.0, 5.7, 6.0, 6.5, 7.0, 6.7, 6.3, 6.4, 6.9, 6.8, 5.8, 4.9, 5.0, 3.6, 2.5, 1.5, 0.9]
_ETHNICITY = {"White": 76, "Asian": 9, "Black": 4, "Mixed": 3, "Other": 2, None: 6}
# Per category of the list long_term_condition: share ever coded; from which age; how steeply it then rises.
# Shares: Greater Manchester EMIS practices, 2.5 m people; the last three and the ages are guesses.
CONDITIONS = {
    HIGH_BP: (0.133, 25, 1.8), "diabetes": (0.057, 20, 1.6), "COPD": (0.021, 35, 1.8), CHD: (0.028, 35, 2.2),
    "asthma": (0.127, 2, 0.1), "heart failure": (0.0106, 40, 3.0), AF: (0.0165, 40, 3.0),
    "stroke": (0.012, 40, 2.5), "chronic kidney disease": (0.032, 45, 2.5), "epilepsy": (0.012, 1, 0.1),
    "dementia": (0.0099, 60, 2.5), SMI: (0.012, 16, 0.2), MOOD: (0.22, 13, 0.2),
    "peripheral arterial disease": (0.006, 45, 2.2), "osteoporosis": (0.008, 50, 2.5),
    "rheumatoid arthritis": (0.007, 20, 1.2),
}  # fmt: skip
# PAM in Islington, people with long-term conditions: per cent at levels 1 to 4, and their contacts a year.
_PAM_SHARES, _PAM_CONTACTS = [22.0, 19.0, 45.6, 13.3], [10.5, 8.9, 8.2, 7.5]
# Product; for which condition, if any; share of those; pence an item: England's mean is £9.01, long-tailed.
_MEDICINES = [
    ("Amlodipine 5mg tablets", HIGH_BP, 0.55, 110), ("Ramipril 5mg capsules", HIGH_BP, 0.55, 140),
    ("Metformin 500mg tablets", "diabetes", 0.75, 250), ("Semaglutide 1mg pens", "diabetes", 0.1, 7300),
    ("Insulin glargine pens", "diabetes", 0.2, 4900), ("Salbutamol inhaler", "asthma", 0.5, 240),
    ("Beclometasone inhaler", "asthma", 0.5, 2600), ("Tiotropium capsules", "COPD", 0.65, 3000),
    ("Bisoprolol 2.5mg tablets", CHD, 0.6, 120), ("Atorvastatin 20mg tablets", CHD, 0.8, 150),
    ("Apixaban 5mg tablets", AF, 0.75, 4100), ("Furosemide 40mg tablets", "heart failure", 0.7, 100),
    ("Levetiracetam 500mg tablets", "epilepsy", 0.5, 700), ("Lithium carbonate 400mg tablets", SMI, 0.06, 480),
    ("Quetiapine 100mg tablets", SMI, 0.3, 400), ("Sertraline 50mg tablets", MOOD, 0.07, 160),
    ("Citalopram 20mg tablets", MOOD, 0.04, 120), ("Fluoxetine 20mg capsules", MOOD, 0.03, 130),
    ("Mirtazapine 15mg tablets", MOOD, 0.04, 160), ("Diazepam 2mg tablets", MOOD, 0.01, 90),
    ("Omeprazole 20mg capsules", "", 0.3, 140), ("Levothyroxine 50mcg tablets", "", 0.08, 160),
    ("Paracetamol 500mg tablets", "", 0.18, 220), ("Colecalciferol 800unit capsules", "", 0.18, 360),
    ("Oxycodone 10mg tablets", "", 0.035, 3900), ("Ensure milkshake", "", 0.04, 9900),
]  # fmt: skip


def people_of(
    rng: Dice, ods: str, count: int, on: date, years: int, newly: bool = False
) -> tuple[pl.DataFrame, People]:
    """Invent a practice's patient table as of day `on`, and what is behind it. newly: all registered that day.

    People has age in years; the days today, birth, first and last, the two between which, at most `years`
    ago, the practice sees them; alone and care_home, 0 or 1; need, of social support; pam, the level, measured
    or not; contacts expected a year, kept or not; and by condition the day it began, or NEVER.
    """
    today = float(np.datetime64(on, "D").astype(np.int64))
    age = 5 * (rng.choice(len(_AGES), count, p=np.divide(_AGES, sum(_AGES))) + rng.random(count))
    birth = np.floor(today - age * YEAR)
    # Census 2021: 51% are women, more among the old.
    female = rng.random(count) < np.interp(age, [60, 90], [0.5, 0.62])
    # Neighbours are alike: deciles scatter about one of the practice's own.
    decile = np.clip(np.rint(rng.normal(rng.uniform(3, 8), 2, count)), 1, 10)
    registered = np.maximum(birth, today - np.floor(rng.exponential(0 if newly else 25 * YEAR, count)))
    died = _ends(rng, registered, today, _scaled(np.exp(0.085 * age), 0 if newly else 0.008))
    left = _ends(rng, registered, today, np.full(count, 0 if newly else 0.015))
    last = np.minimum(np.minimum(died, left), today)
    first = np.minimum(np.maximum(registered, today - np.floor(years * YEAR)), last)
    care_home = rng.random(count) < np.interp(age, [65, 75, 85, 95], [0.001, 0.01, 0.06, 0.2])
    # 40.9% of women and 27.0% of men over 65, about 12.5% of all people.
    lone = np.where(age < 65, np.where(age < 18, 0, 0.1), np.where(female, 0.409, 0.27))
    alone = (rng.random(count) < lone) & ~care_home
    people = {
        **{"age": age, "birth": birth, "first": first, "last": last, "today": np.full(count, today)},
        "alone": 1.0 * alone,
        "care_home": 1.0 * care_home,
        "need": np.exp(0.15 * (5.5 - decile)) * np.where(alone, 2, 1) * (age >= 18),
        "pam": rng.choice([1.0, 2.0, 3.0, 4.0], count, p=np.divide(_PAM_SHARES, sum(_PAM_SHARES))),
        **_onsets(rng, age, birth, last, frailty=np.exp(rng.normal(0.06 * (5.5 - decile), 0.3))),
    }
    people["contacts"] = _contacts_a_year(rng, people, female)
    tokens = _tokens(rng, 3 * count)
    # Those who are not alone share homes, three to each.
    home = count + np.where(alone, np.arange(count), count + rng.integers(0, count // 3 + 1, count))
    group = rng.choice(len(_ETHNICITY), count, p=np.divide([*_ETHNICITY.values()], 100))
    columns = {
        "practice_id": [ods] * count,
        "patient_id": tokens[:count],
        "sex": np.where(female, "female", "male"),
        "birth_month": birth.astype("M8[D]").astype("M8[M]").astype("M8[D]"),
        "registered_on": registered.astype("M8[D]"),
        "deregistered_on": np.where(left < NEVER, left, np.nan).astype("M8[D]"),
        "died_on": np.where(died < NEVER, died, np.nan).astype("M8[D]"),
        "imd_decile": decile.astype(np.int32),
        "ethnicity": pl.Series(list(_ETHNICITY), dtype=pl.String)[group],
        "household_id": tokens[home],
        "care_home": care_home,
    }
    return pl.DataFrame(columns), people


def when(rng: Dice, expected: Array, first: Array, last: Array, evenly: bool = False) -> tuple[Array, Array]:
    """Draw, for each person, `expected` times on average, days from first to last: whose place, and the day."""
    count = np.floor(expected + rng.random(expected.size)).astype(np.int64)
    who = np.repeat(np.arange(count.size), count)
    part = rng.random(who.size)
    if evenly:
        part = (np.arange(who.size) - (np.cumsum(count) - count)[who] + 0.2 * part) / count[who]
    return who, np.floor(first[who] + part * (last - first + 1)[who])


def contacts(rng: Dice, people: People) -> pl.DataFrame:
    """Invent the rows of contact, with `who`, a person's place, and on_date, a day number."""
    first, last = people["first"], people["last"]
    expected = people["contacts"] * (last - first + 1) / YEAR
    who, day = when(rng, rng.poisson(expected), first, last)
    # Emergencies and admissions, the last two kinds, come at weekends too and are not missed; the rest moves to
    # the week before. 1970-01-01 was a Thursday.
    kind = rng.choice(5, who.size, p=[0.52, 0.24, 0.16, 0.06, 0.02])
    weekend = np.maximum((day + 3) % 7 - 4, 0)
    moved = np.maximum(day - np.where(weekend > 0, weekend + rng.integers(0, 5, who.size), 0), first[who])
    # About 5% are missed and 5% cancelled; some people miss far more.
    missed, fate = np.minimum(rng.gamma(0.8, 0.065, first.size), 0.5)[who], rng.random(who.size)
    status = np.where(fate < missed, "missed", np.where(fate > 0.945, "cancelled", "attended"))
    mode = np.array(["face to face", "telephone", "online"])[rng.choice(3, who.size, p=[0.65, 0.28, 0.07])]
    columns = {
        "who": who,
        "on_date": np.where(kind < 3, moved, day),
        "kind": np.array(["gp", "nurse", "other", "emergency", "admission"])[kind],
        "mode": np.where(kind < 3, mode, "face to face"),
        "status": np.where(kind < 3, status, "attended"),
    }
    return pl.DataFrame(columns)


def issues(rng: Dice, people: People) -> pl.DataFrame:
    """Invent the rows of medicine, every 28 or 56 days: `who`, a person's place, and on_date, a day number."""
    rows, size, grown = [], people["age"].size, np.maximum(people["age"] - 16, 0) / 30
    for name, condition, share, pence in _MEDICINES:
        takes = rng.random(size) < (share if condition else share * grown)
        began = np.maximum(people["first"], people[condition]) if condition else people["first"]
        first = np.where(takes, np.minimum(began, people["last"]), people["last"])
        every = rng.choice([28, 56], size, p=[0.75, 0.25])
        who, day = when(rng, (people["last"] - first) / every, first, people["last"], evenly=True)
        cost = np.rint(pence * rng.lognormal(-0.12, 0.5, size))[who]
        rows.append(pl.DataFrame({"who": who, "on_date": day, "cost_pence": cost}).with_columns(name=pl.lit(name)))
    return pl.concat(rows)


def _scaled(weights: Array, mean: float) -> Array:
    return np.minimum(weights * mean / max(float(np.mean(weights)), 1e-9), 0.95)


def _ends(rng: Dice, since: Array, today: float, share: Array) -> Array:
    ends = np.maximum(since, today - rng.integers(0, 365, share.size))
    return np.where(rng.random(share.size) < share, ends, NEVER)


def _onsets(rng: Dice, age: Array, birth: Array, last: Array, frailty: Array) -> People:
    found = {}
    for name, (share, start, steepness) in CONDITIONS.items():
        years = np.maximum(age - start, 0)
        has = rng.random(age.size) < _scaled(years**steepness * frailty, share)
        # More began lately than long ago.
        ago = np.floor(years * YEAR * rng.beta(1, 2, age.size))
        found[name] = np.where(has, np.maximum(last - ago, birth), NEVER)
    return found


def _contacts_a_year(rng: Dice, people: People, female: Array) -> Array:
    # Most under 5 and over 85, more for women; and some come often whatever they have.
    ages = np.interp(people["age"], [0, 4, 7, 17, 30, 50, 70, 90], [1.5, 1.2, 0.6, 0.6, 0.8, 0.95, 1.3, 1.7])
    conditions = np.sum([people[name] < NEVER for name in CONDITIONS], axis=0)
    level = np.where(conditions, np.divide(_PAM_CONTACTS, 8.5)[people["pam"].astype(int) - 1], 1)
    often = ages * np.where(female, 1.15, 0.9) * (1 + 0.3 * conditions) * level * rng.gamma(3, 1, ages.size)
    # 5.16 consultations a person-year (2013-14), and a tenth as many missed or cancelled.
    scaled: Array = often * (5.75 / float(np.mean(often)))
    return scaled


def _tokens(rng: Dice, count: int) -> Array:
    # A letter first, and never E, I, L, O or U: spoilt by neither a spreadsheet nor a telephone. Of 5e17
    # such tokens no two among thousands will be alike.
    symbols = np.array(list("ABCDFGHJKMNPQRSTVWXYZ0123456789"))
    drawn = rng.integers(0, [21] + [symbols.size] * 11, (count, 12))
    return symbols[drawn].view("U12").ravel()
