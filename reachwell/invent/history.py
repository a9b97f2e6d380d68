"""A practice's people and what became of them, as our four tables."""

import numpy as np
import polars as pl

from reachwell.invent.arrays import Array, Dice, dates
from reachwell.invent.codes import spoilt, units, vocabulary
from reachwell.invent.contacts import contacts
from reachwell.invent.course import Course, follow
from reachwell.invent.diagnoses import diagnoses
from reachwell.invent.facts import Facts, together
from reachwell.invent.measurements import measurements
from reachwell.invent.medicines import medicines
from reachwell.invent.observations import observations
from reachwell.invent.people import People, invent_people
from reachwell.invent.pseudonyms import pseudonyms
from reachwell.invent.social import social
from reachwell.invent.statuses import statuses
from reachwell.tables import TABLES

Tables = dict[str, pl.DataFrame]

# Guess: the share of facts that are written down a day or more later.
_LATE = 0.15
# Of all codes, those that a spreadsheet spoilt.
_SPOILT = 1 / 2000
_CARE_HOMES = 2


def history(rng: Dice, ods: str, count: int, today: float, years: float, noted_each: float) -> Tables:
    """Invent people and what a practice's system holds of them; see `invent_people` and `observations`."""
    people = invent_people(rng, count, today, years)
    course = follow(rng, people)
    contact = contacts(rng, people, course)
    patient = _patients(rng, ods, people, course)
    attended = contact.filter(pl.col("kind").is_in(["gp", "nurse", "other"]), status="attended")
    seen = _who_and_when(attended.filter(kind="gp"))
    rows = {
        "event": _events(rng, people, course, *_who_and_when(attended), noted_each),
        "contact": contact,
        "medicine": medicines(rng, people, course, *seen).with_columns(code=None),
    }
    return {"patient": patient} | {name: _named(name, patient, frame) for name, frame in rows.items()}


def _who_and_when(rows: pl.DataFrame) -> tuple[Array, Array]:
    return rows["who"].to_numpy(), rows["on_date"].to_numpy()


def _patients(rng: Dice, ods: str, people: People, course: Course) -> pl.DataFrame:
    # Tokens of the people, of their homes, and of the care homes near by.
    tokens = pseudonyms(rng, 2 * people.count + _CARE_HOMES)
    in_home = course.in_home_from <= course.last
    care_home = 2 * people.count + rng.integers(0, _CARE_HOMES, people.count)
    left = people.gone <= np.minimum(people.today, course.died)
    return pl.DataFrame(
        {
            "practice_id": pl.repeat(ods, people.count, dtype=pl.String, eager=True),
            "patient_id": tokens[: people.count],
            "sex": np.where(people.female, "female", "male"),
            "birth_month": people.birth.astype("M8[D]").astype("M8[M]").astype("M8[D]"),
            "registered_on": dates(people.registered),
            "deregistered_on": dates(np.where(left, people.gone, np.nan)),
            "died_on": dates(course.died),
            "imd_decile": people.decile.astype(np.int32),
            "ethnicity": pl.Series(people.ethnicity, dtype=pl.String),
            "household_id": tokens[np.where(in_home, care_home, people.count + people.homes.home)],
            "care_home": in_home,
        }
    )


def _events(rng: Dice, people: People, course: Course, who: Array, day: Array, noted_each: float) -> pl.DataFrame:
    """Everything coded: of how people are, and at the contacts of `who` on `day`."""
    month = np.clip(np.searchsorted(people.starts, day, side="right") - 1, 0, people.starts.size - 2)
    attended = np.bincount(month * people.count + who, minlength=course.contacts.size).reshape(course.contacts.shape)
    facts = together(
        [
            *diagnoses(rng, people, course),
            *statuses(rng, people, course),
            *measurements(rng, people, course),
            *social(rng, people, course, attended),
            *observations(rng, people, who, day, noted_each),
        ]
    )
    late = np.where(rng.random(facts.who.size) < _LATE, rng.integers(1, 6, facts.who.size), 0)
    value = pl.Series(facts.value).fill_nan(None)
    return pl.DataFrame(
        {
            "who": facts.who,
            "code": vocabulary()[_some_spoilt(rng, facts)],
            "system": pl.repeat("snomed", value.len(), eager=True),
            "on_date": facts.day,
            "recorded_on": np.minimum(facts.day + late, people.today),
            "value": value,
            "unit": units()[facts.code].set(value.is_null(), None),
        }
    )


def _some_spoilt(rng: Dice, facts: Facts) -> Array:
    long = spoilt()[facts.code] >= 0
    hit = long & (rng.random(long.size) * (long.mean() if long.size else 0) < _SPOILT)
    return np.where(hit, spoilt()[facts.code], facts.code)


def _named(table: str, patient: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    keys = patient.select("practice_id", "patient_id")[rows["who"]]
    types = {name: column.dtype.type for name, column in TABLES[table].columns.items()}
    whole = pl.concat([keys, rows.with_columns(pl.col("^(on_date|recorded_on)$").cast(pl.Int32))], how="horizontal")
    return whole.select(pl.col(name).cast(kind) for name, kind in types.items())
