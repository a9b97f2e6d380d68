"""Invent practices in our own format, so that everything can be shown without anybody's record."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from reachwell.atomic import new_folder, write_text
from reachwell.codelists import read
from reachwell.invented_people import CONDITIONS, Array, Dice, People, contacts, issues, people_of, when
from reachwell.manifest import MANIFEST_FILE
from reachwell.plugs import find_one
from reachwell.tables import TABLES

Tables = dict[str, pl.DataFrame]

# List and category; of whom (see _groups); how many each, in so many years; between which values, if any.
# Shares are guesses; end of life comes to Greater Manchester's 0.46% of all people.
_FACTS = [
    ("living_status", "alone", "alone", 1, 6, 0, 0), ("living_status", "with others", "together", 1, 6, 0, 0),
    ("care_home", "", "care_home", 0.7, 3, 0, 0), ("frailty", "mild", "old", 0.06, 4, 0, 0),
    ("frailty", "severe", "old", 0.01, 4, 0, 0), ("end_of_life", "", "old", 0.03, 1, 0, 0),
    ("pam", "level", "asked", 0.7, 2.5, 1, 4), ("pam", "score", "asked", 0.4, 2.5, 40, 79),
    ("phq9", "", "depressed", 0.9, 5, 0, 24), ("gad7", "", "depressed", 0.6, 5, 0, 21),
    ("hba1c", "mmol/mol", "diabetic", 6, 5, 42, 90), ("hba1c", "mmol/mol", "at risk", 3, 5, 41.6, 47.4),
    ("hba1c", "mmol/mol", "others", 1, 5, 30, 41), ("prediabetes", "", "at risk", 0.8, 5, 0, 0),
    ("social_need", "", "need", 0.04, 2, 0, 0), ("adult_safeguarding", "", "need", 0.003, 2, 0, 0),
    ("self_harm", "", "depressed", 0.02, 4, 0, 0), ("social_prescribing", "referral", "need", 0.011, 1, 0, 0),
    ("social_prescribing", "declined", "need", 0.004, 1, 0, 0),
    ("type_1_opt_out", "dissent", "opted", 1, 8, 0, 0), ("type_1_opt_out", "withdrawn", "opted", 0.06, 1, 0, 0),
]  # fmt: skip
# What fills a record and is on no list, with a value's mean, spread and unit: codes that practices use most
# (NHS England, SNOMED code usage). The first three are noted of children too.
_FILLER = [
    ("386725007", 36.9, 0.5, "Cel"), ("78564009", 78, 10, "/min"), ("86198006", 0, 0, ""),
    ("72313002", 132, 14, "mmHg"), ("1091811000000102", 78, 9, "mmHg"), ("163020007", 0, 0, ""),
    ("27113001", 78, 15, "kg"), ("60621009", 27.4, 5, "kg/m2"), ("1000731000000107", 78, 15, "umol/L"),
    ("1000661000000107", 140, 3, "mmol/L"), ("1022431000000105", 136, 13, "g/L"), ("266919005", 0, 0, ""),
    ("1005671000000105", 4.9, 1, "mmol/L"),
]  # fmt: skip
_FILLER_CODES = [code for code, *_ in _FILLER]
_UNITS = {code: unit for code, *_, unit in _FILLER if unit}
_MANIFEST = """practice = "{ods}"
format = "native"
kind = "full"
extracted_on = {on}
covers_from = {covers_from}
key_id = "demo"
national_data_opt_out = "not_required"
legal_basis = "invented people: no legal basis needed"
invented = true
"""


def invent_practice(ods: str, patients: int, seed: int, on: date, years: int = 5) -> Tables:
    """Invent a practice: our four tables as its extract of day `on`; the same arguments give the same frames.

    patients: all who are on the list or left it in the last year. years: how far contacts and medicines go
    back. One event in 2,000 has a code that a spreadsheet spoilt, so that validation has something to show.
    """
    rng = np.random.default_rng([seed, *ods.encode()])
    tables = _record(rng, *people_of(rng, ods, patients, on, years))
    code = tables["event"]["code"]
    # A spreadsheet holds fifteen digits, and shows them as 8.71731E+14.
    spoilt = {each: f"{int(each):.5E}" for each in code.unique().sort() if len(each) >= 15}
    long = code.is_in(list(spoilt)).to_numpy()
    hit = pl.lit(pl.Series(long & (rng.random(long.size) * long.mean() < 0.0005)))
    event = tables["event"].with_columns(code=pl.when(hit).then(code.replace(spoilt)).otherwise("code"))
    return {**tables, "event": event}


def next_night(tables: Tables, ods: str, seed: int, on: date) -> Tables:
    """The same practice's extract a day later: all its rows, and those of day `on`.

    A day's contacts, issues and readings, and three new patients. More than in life happens to those of whom
    most is known, so that the list of even a small practice changes: some are referred, decline, opt out, die
    or leave; others turn out to be of low activation, alone or lonely.
    """
    rng = np.random.default_rng([seed, on.toordinal(), *ods.encode()])
    arrived = _record(rng, *people_of(rng, ods, 3, on, years=1, newly=True))
    patient = tables["patient"]
    here = patient.filter(pl.col("deregistered_on").is_null(), pl.col("died_on").is_null())
    few, known = 2 + here.height // 3000, _best_known(tables, here, on)
    referred, declined, opted, died, left = np.array_split(rng.permutation(known[: 5 * few]), 5)
    low, alone, lonely = np.array_split(rng.permutation(known[15 * few : 21 * few]), 3)
    told = [
        _told(referred, "social_prescribing", "referral"),
        _told(declined, "social_prescribing", "declined"),
        _told(opted, "type_1_opt_out", "dissent"),
        _told(low, "pam", "level", 1.0),
        _told(alone, "living_status", "alone"),
        _told(lonely, "social_need", "loneliness"),
    ]
    later = {name: _usual_day(rng, tables[name], here, on) for name in ("event", "contact", "medicine")}
    later["event"] = pl.concat([later["event"], *told], how="diagonal").with_columns(
        practice_id=pl.lit(ods), system=pl.lit("snomed"), on_date=on, recorded_on=on
    )
    gone = pl.col("patient_id").is_in
    ended = patient.with_columns(
        died_on=pl.when(gone(died.tolist())).then(on).otherwise("died_on"),
        deregistered_on=pl.when(gone(left.tolist())).then(on).otherwise("deregistered_on"),
    )
    return {
        "patient": pl.concat([ended, arrived["patient"]]),
        **{name: pl.concat([tables[name], new, arrived[name]]) for name, new in later.items()},
    }


def write_delivery(tables: Tables, folder: Path, ods: str, on: date) -> Path:
    """Write the tables as a delivery, `folder`/<on>, whose manifest says that its people are invented."""
    first = [tables[name]["on_date"].min() or on for name in ("contact", "medicine")]
    with new_folder(folder / str(on)) as aside:
        for name, frame in tables.items():
            frame.write_parquet(aside / f"{name}.parquet")
        write_text(aside / MANIFEST_FILE, _MANIFEST.format(ods=ods, on=on, covers_from=min(first)))
    return folder / str(on)


def _best_known(tables: Tables, here: pl.DataFrame, on: date) -> pl.Series:
    # Adults, likeliest on the list first: of whom the criteria know most. None who was referred or opted out.
    event, lately = tables["event"], pl.col("on_date") > on - timedelta(days=365)
    signs = _codes("social_need") + _codes("pam") + _codes("living_status", "alone")
    done = event.filter(pl.col("code").is_in(_codes("social_prescribing") + _codes("type_1_opt_out")))
    known = [event.filter(lately, pl.col("code").is_in(signs)), tables["contact"].filter(lately)]
    often = pl.col("kind").count()
    return (
        pl.concat(known, how="diagonal")
        .group_by("patient_id")
        .agg(signs=pl.col("code").drop_nulls().n_unique() + (often > 12).cast(pl.UInt32), often=often)
        .join(here.filter(pl.col("birth_month") < on - timedelta(days=19 * 366)), on="patient_id", how="semi")
        .join(done, on="patient_id", how="anti")
        .sort("signs", "often", "patient_id", descending=True)["patient_id"]
    )


def _usual_day(rng: Dice, rows: pl.DataFrame, here: pl.DataFrame, on: date) -> pl.DataFrame:
    # A day brings what a day of the last year brought; of events only those that are on no list.
    lately = pl.col("on_date") > on - timedelta(days=365)
    year = rows.filter(lately, pl.col("patient_id").is_in(here["patient_id"].to_list()))
    if "value" in rows.columns:
        year = year.filter(pl.col("code").is_in(_FILLER_CODES))
    some = year[rng.choice(year.height, year.height // 365, replace=False)]
    return some.with_columns(on_date=on).unique(maintain_order=True)


def _told(who: Array, name: str, category: str, value: float | None = None) -> pl.DataFrame:
    facts = pl.DataFrame({"patient_id": who}, schema={"patient_id": pl.String})
    return facts.with_columns(code=pl.lit(_codes(name, category)[0]), value=pl.lit(value, pl.Float64))


def _record(rng: Dice, patient: pl.DataFrame, people: People) -> Tables:
    contact = contacts(rng, people)
    event = _events(rng, people, contact.filter(status="attended"))
    late = np.where(rng.random(event.height) < 0.85, 0, rng.integers(1, 6, event.height))
    event = event.with_columns(
        system=pl.lit("snomed"),
        recorded_on=np.minimum(event["on_date"].to_numpy() + late, people["today"][event["who"]]),
        unit=pl.col("code").replace_strict(_UNITS, default=None),
    )
    rows = {"event": event, "contact": contact, "medicine": issues(rng, people).with_columns(code=None)}
    return {"patient": patient, **{name: _named(name, patient, frame) for name, frame in rows.items()}}


def _named(table: str, patient: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    # A row that repeats another says nothing new.
    rows = rows.unique(maintain_order=True).with_columns(pl.col("^(on_date|recorded_on)$").cast(pl.Int32))
    keys = patient.select("practice_id", "patient_id")[rows["who"]]
    types = {name: column.dtype.type for name, column in TABLES[table].columns.items()}
    return pl.concat([keys, rows], how="horizontal").select(pl.col(name).cast(types[name]) for name in types)


def _events(rng: Dice, people: People, attended: pl.DataFrame) -> pl.DataFrame:
    """Facts, conditions, and what is noted at contacts: who, code, on_date as a day number, and value."""
    groups, last, rows = _groups(rng, people), people["last"], []
    for name, category, whom, each, years, low, high in _FACTS:
        expected = rng.poisson(groups[whom] * each) if high else groups[whom] * each
        who, day = when(rng, expected, np.maximum(people["birth"], last - years * 365), last)
        pam = (people["pam"][who] - 1) / 3 + rng.uniform(-0.04, 0.04, who.size)
        part = pam if name == "pam" else rng.beta(2, 3, who.size)
        # Further on, the list of living statuses comes to institutions.
        codes = _codes(name, category)[: 2 if name == "living_status" else None]
        rows.append(_noted(rng, codes, who, day, np.rint(low + (high - low) * part) if high else None))
    for name in CONDITIONS:
        has = np.isfinite(people[name])
        rows.append(_noted(rng, _codes("long_term_condition", name), np.flatnonzero(has), people[name][has]))
        if over := _codes("long_term_condition_resolved", name):
            rows.append(_noted(rng, over, *when(rng, 0.15 * has, np.minimum(people[name], last), last)))
    who, day = attended["who"].to_numpy(), attended["on_date"].to_numpy()
    # Some people bring a symptom nearly every time.
    hurts = rng.random(who.size) < np.minimum(rng.gamma(0.8, 0.055, last.size), 0.8)[who]
    return pl.concat([*rows, _noted(rng, _codes("symptom"), who[hurts], day[hurts]), _filler(rng, people, who, day)])


def _filler(rng: Dice, people: People, who: Array, day: Array) -> pl.DataFrame:
    more = np.repeat(np.arange(who.size), rng.poisson(3.5, who.size))
    which = rng.integers(0, np.where(people["age"][who[more]] < 16, 3, len(_FILLER)))
    mean, spread = np.array([each[1:3] for each in _FILLER])[which].T
    value = np.where(mean > 0, np.round(rng.normal(mean, spread), 1), np.nan)
    rows = {"who": who[more], "code": pl.Series(_FILLER_CODES)[which], "on_date": day[more], "value": value}
    return pl.DataFrame(rows).with_columns(pl.col("value").fill_nan(None))


def _groups(rng: Dice, people: People) -> People:
    age, some = people["age"], rng.random((3, people["age"].size))
    adult, diabetic = age >= 18, np.isfinite(people["diabetes"])
    ill = np.any([np.isfinite(people[name]) for name in CONDITIONS], axis=0)
    at_risk = ~diabetic & (age > 35) & (some[0] < 0.08)
    # Living status is coded for about a third of older people.
    coded = np.where(age < 65, 0.05, 0.35) * adult
    groups = {
        "alone": people["alone"] * coded,
        "together": (1 - people["alone"]) * (1 - people["care_home"]) * coded,
        "care_home": people["care_home"],
        "old": age >= 70,
        "depressed": np.isfinite(people["depression or anxiety"]),
        "need": people["need"] * adult.sum() / max(people["need"].sum(), 1e-9),
        "diabetic": diabetic,
        "at risk": at_risk,
        "others": (age > 40) & ~diabetic & ~at_risk,
        # PAM is recorded for about 8% of adults with long-term conditions.
        "asked": ill & adult & (some[1] < 0.12),
        "opted": some[2] < 0.03,
    }
    return {name: 1.0 * group for name, group in groups.items()}


def _noted(rng: Dice, codes: list[str], who: Array, day: Array, value: Array | None = None) -> pl.DataFrame:
    code = pl.Series(codes)[rng.integers(0, len(codes), who.size)]
    values = pl.Series([None] * who.size if value is None else value, dtype=pl.Float64)
    return pl.DataFrame({"who": who, "code": code, "on_date": day, "value": values})


@cache
def _codes(name: str, category: str = "") -> list[str]:
    codes = read(find_one("sql/codelists", name)).filter(pl.col("system") == "snomed")
    return codes.filter((pl.col("category") == category) | (category == ""))["code"].to_list()
