"""Who the invented people are and how often they come. Nobody here is or was a person.

Shares without a source are guesses, set so that the whole looks like an English practice.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Dice = np.random.Generator

YEAR, NEVER = 365.25, 2**31  # days
LOW, SMI, CHD = "depression or anxiety", "serious mental illness", "coronary heart disease"

# Census 2021, England: per cent of people by band of five years of age, the last one open.
_AGES = (5.4, 5.9, 6.0, 5.7, 6.0, 6.5, 7.0, 6.7, 6.3, 6.4, 6.9, 6.8, 5.8, 4.9, 5.0, 3.6, 2.5, 1.5, 0.9)
# Per cent, after Census 2021; some are not stated in a practice's records.
_ETHNICITY = {"White": 76, "Asian": 9, "Black": 4, "Mixed": 3, "Other": 2, None: 6}
# Per category of the list long_term_condition: share ever coded; from which age; how steeply it rises with age.
# Shares: Greater Manchester EMIS practices, 2.5 m people; those of the last three, and the ages, are guesses.
_CONDITIONS = {
    "hypertension": (0.133, 25, 1.8), "diabetes": (0.057, 20, 1.6), "asthma": (0.127, 2, 0.1),
    "COPD": (0.021, 35, 1.8), CHD: (0.028, 35, 2.2), "heart failure": (0.0106, 40, 3.0),
    "atrial fibrillation": (0.0165, 40, 3.0), "chronic kidney disease": (0.032, 45, 2.5),
    "stroke": (0.012, 40, 2.5), "epilepsy": (0.012, 1, 0.1), "dementia": (0.0099, 60, 2.5),
    SMI: (0.012, 16, 0.2), LOW: (0.22, 13, 0.2), "peripheral arterial disease": (0.006, 45, 2.2),
    "osteoporosis": (0.008, 50, 2.5), "rheumatoid arthritis": (0.007, 20, 1.2),
}  # fmt: skip
# PAM in Islington, people with long-term conditions: per cent at levels 1 to 4, and their contacts a year.
_PAM_SHARES, _PAM_CONTACTS = (22.0, 19.0, 45.6, 13.3), (10.5, 8.9, 8.2, 7.5)


@dataclass(frozen=True)
class People:
    """Invented people, an element each in the order of the patient table; days count from 1970-01-01.

    patient: our table. on: the extract's day. age: in years. birth: its day. first, last: between which days
    the practice sees them. alone: 1.0 where alone at home, coded or not. need: of social support, relative.
    contacts: expected a year, kept or not. pam: the level, measured or not. onset: per condition, or NEVER.
    """

    patient: pl.DataFrame
    on: int
    age: Floats
    birth: Ints
    first: Ints
    last: Ints
    alone: Floats
    need: Floats
    contacts: Floats
    pam: Ints
    onset: dict[str, Ints]

    def has(self, condition: str) -> Floats:
        """1.0 for those who have, or had, a condition; any, where it is empty."""
        days = [self.onset[condition]] if condition else list(self.onset.values())
        return (np.min(days, axis=0) < NEVER).astype(np.float64)


def dice(seed: int, ods: str, *more: int) -> Dice:
    """The same numbers for the same seed and practice, in every process."""
    return np.random.default_rng([seed, *more, *ods.encode()])


def scaled(weights: Floats, mean: float, most: float = 0.95) -> Floats:
    """Weights brought to a mean, with a ceiling: shares of people, or rates."""
    return np.minimum(weights * mean / max(float(np.mean(weights)), 1e-9), most)


def invent_people(rng: Dice, ods: str, count: int, on: date, years: int, newly: bool = False) -> People:
    """Invent a practice's people as of day `on`. newly: all of them registered that very day."""
    today = int(np.datetime64(on, "D").astype(np.int64))
    band = rng.choice(len(_AGES), count, p=np.divide(_AGES, sum(_AGES)))
    age = band * 5 + rng.random(count) * np.where(band < len(_AGES) - 1, 5, 12)
    birth = today - (age * YEAR).astype(np.int64)
    # Census 2021: 51% are women, more among the old.
    female = rng.random(count) < np.interp(age, [60, 90], [0.5, 0.62])
    # Neighbours are alike: deciles scatter about one of the practice's own.
    decile = np.clip(np.rint(rng.normal(rng.uniform(3, 8), 2, count)), 1, 10)
    tenure = rng.exponential(0.0 if newly else 20 * YEAR, count).astype(np.int64)
    registered = np.maximum(birth, today - tenure)
    died = _ends(rng, registered, today, scaled(np.exp(0.085 * age), 0.0 if newly else 0.008))
    left = _ends(rng, registered, today, np.full(count, 0.0 if newly else 0.015))
    last = np.minimum(np.minimum(died, left), today)
    onset = _onsets(rng, age, birth, last, frailty=rng.normal(0.06 * (5.5 - decile), 0.3))
    care_home = rng.random(count) < np.interp(age, [65, 75, 85, 95], [0.001, 0.01, 0.06, 0.2])
    # 40.9% of women and 27.0% of men over 65, about 12.5% of all people.
    lone = np.where(age < 65, np.where(age < 18, 0, 0.1), np.where(female, 0.409, 0.27))
    alone = (rng.random(count) < lone) & ~care_home
    pam = 1 + rng.choice(4, count, p=np.divide(_PAM_SHARES, sum(_PAM_SHARES)))
    tokens = _tokens(rng, 3 * count)
    homes = np.where(alone, np.arange(count, 2 * count), rng.integers(2 * count, 2 * count + count // 3 + 1, count))
    columns = {
        "practice_id": [ods] * count,
        "patient_id": tokens[:count],
        "sex": np.where(female, "female", "male"),
        "birth_month": birth.astype("M8[D]").astype("M8[M]").astype("M8[D]"),
        "registered_on": registered.astype("M8[D]"),
        "deregistered_on": np.where(left == NEVER, np.datetime64("NaT"), left.astype("M8[D]")),
        "died_on": np.where(died == NEVER, np.datetime64("NaT"), died.astype("M8[D]")),
        "imd_decile": decile.astype(np.int32),
        "ethnicity": rng.choice(list(_ETHNICITY), count, p=np.divide([*_ETHNICITY.values()], 100)).tolist(),
        "household_id": tokens[homes],
        "care_home": care_home,
    }
    return People(
        patient=pl.DataFrame(columns, schema_overrides={"ethnicity": pl.String}),
        on=today,
        age=age,
        birth=birth,
        first=np.minimum(np.maximum(registered, today - int(years * YEAR)), last),
        last=last,
        alone=alone.astype(np.float64),
        need=np.exp(0.15 * (5.5 - decile)) * np.where(alone, 2.0, 1.0) * (age >= 18),
        contacts=_contacts_a_year(rng, age, female, pam, onset),
        pam=pam,
        onset=onset,
    )


def _ends(rng: Dice, registered: Ints, today: int, share: Floats) -> Ints:
    ends = np.maximum(registered, today - rng.integers(0, 365, share.size))
    return np.where(rng.random(share.size) < share, ends, NEVER)


def _onsets(rng: Dice, age: Floats, birth: Ints, last: Ints, frailty: Floats) -> dict[str, Ints]:
    found = {}
    for name, (share, start, steepness) in _CONDITIONS.items():
        years = np.maximum(age - start, 0)
        has = rng.random(age.size) < scaled(years**steepness * np.exp(frailty), share)
        # More began lately than long ago.
        ago = (years * YEAR * rng.beta(1, 2, age.size)).astype(np.int64)
        found[name] = np.where(has, np.maximum(last - ago, birth), NEVER)
    return found


def _contacts_a_year(rng: Dice, age: Floats, female: Ints, pam: Ints, onset: dict[str, Ints]) -> Floats:
    # Most under 5 and over 85, more for women; and some come often whatever they have.
    by_age = np.interp(age, [0, 4, 7, 17, 30, 50, 70, 90], [1.5, 1.2, 0.6, 0.6, 0.8, 0.95, 1.3, 1.7])
    conditions = np.sum([day < NEVER for day in onset.values()], axis=0)
    level = np.where(conditions, np.divide(_PAM_CONTACTS, 8.5)[pam - 1], 1)
    often = by_age * np.where(female, 1.15, 0.9) * (1 + 0.3 * conditions) * level
    # 5.16 consultations a person-year (2013-14), and a tenth as many missed or cancelled.
    return scaled(often * rng.gamma(2.0, 0.5, age.size), 5.7, most=150)


def _tokens(rng: Dice, count: int) -> npt.NDArray[np.str_]:
    # A letter first, and never E, I, L, O or U: spoilt by neither a spreadsheet nor a telephone. Of 5e17
    # such tokens no two among thousands will be alike.
    symbols = np.array(list("ABCDFGHJKMNPQRSTVWXYZ0123456789"))
    drawn = rng.integers(0, [21] + [symbols.size] * 11, (count, 12))
    return symbols[drawn].view("U12").ravel()
