"""Invent practices in our own format, so that everything can be shown without anybody's record."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from reachwell.atomic import new_folder, write_text
from reachwell.codelists import read
from reachwell.invented_people import CONDITIONS, LOW, NEVER, YEAR, Array, Dice, People, issues, people_of, when
from reachwell.manifest import MANIFEST_FILE
from reachwell.plugs import find_one
from reachwell.tables import TABLES

Tables = dict[str, pl.DataFrame]

# List; category; of whom (see _groups); how many each, in how many years; between which values, if any.
_FACTS = [
    ("living_status", "alone", "alone", 1, 6, 0, 0), ("living_status", "with others", "together", 1, 6, 0, 0),
    ("pam", "level", "asked", 0.7, 2.5, 1, 4), ("pam", "score", "asked", 0.4, 2.5, 41, 80),
    ("phq9", "", "low", 0.9, 5, 0, 24), ("gad7", "", "low", 0.6, 5, 0, 21), ("self_harm", "", "low", 0.02, 4, 0, 0),
    ("hba1c", "mmol/mol", "diabetic", 6, 5, 42, 90), ("hba1c", "mmol/mol", "at risk", 4, 5, 41.6, 47.4),
    ("hba1c", "mmol/mol", "others", 1, 5, 30, 41), ("prediabetes", "", "at risk", 0.8, 5, 0, 0),
    ("social_need", "", "need", 0.045, 2, 0, 0), ("adult_safeguarding", "", "need", 0.003, 2, 0, 0),
    ("social_prescribing", "referral", "need", 0.01, 1, 0, 0), ("frailty", "mild", "old", 0.06, 4, 0, 0),
    ("social_prescribing", "declined", "need", 0.003, 1, 0, 0), ("frailty", "severe", "old", 0.01, 4, 0, 0),
    ("care_home", "", "care_home", 0.7, 3, 0, 0), ("end_of_life", "", "old", 0.02, 1, 0, 0),
    ("type_1_opt_out", "dissent", "opted", 1, 8, 0, 0), ("type_1_opt_out", "withdrawn", "opted", 0.06, 1, 0, 0),
]  # fmt: skip
# What fills a record and is on no list, with a mean and a unit: codes that practices use most (NHS England,
# SNOMED code usage). The first three are noted of children too.
_FILLER = [
    ("386725007", 36.9, "Cel"), ("78564009", 78, "/min"), ("86198006", 0, ""), ("72313002", 132, "mmHg"),
    ("163020007", 0, ""), ("1091811000000102", 78, "mmHg"), ("27113001", 77, "kg"), ("60621009", 27.4, "kg/m2"),
    ("1000731000000107", 78, "umol/L"), ("1000661000000107", 140, "mmol/L"), ("182836005", 0, ""),
    ("1022431000000105", 136, "g/L"), ("1005671000000105", 4.9, "mmol/L"), ("266919005", 0, ""),
]  # fmt: skip
_UNITS = {code: unit for code, _, unit in _FILLER if unit}
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

    patients: all who are on the list or left it in the last year. years: how far contacts and medicines go back.
    One event in 2,000 has a code that a spreadsheet spoilt, so that validation has something to show.
    """
    rng = np.random.default_rng([seed, *ods.encode()])
    tables = _record(rng, *people_of(rng, ods, patients, on, newly=False), years)
    code = tables["event"]["code"]
    # A spreadsheet keeps fifteen digits, and shows them as 8.71731E+14.
    spoilt = {each: f"{int(each):.5E}" for each in code.unique() if len(each) >= 15}
    long = code.is_in(list(spoilt)).to_numpy()
    hit = pl.Series(long & (rng.random(code.len()) * long.mean() < 0.0005))
    event = tables["event"].with_columns(pl.when(hit).then(code.replace(spoilt)).otherwise(code).alias("code"))
    return {**tables, "event": event}


def next_night(tables: Tables, ods: str, seed: int, on: date) -> Tables:
    """The same practice a day later, on day `on`: its contacts, issues and readings, arrivals and departures.

    More people than in life are referred, decline, opt out, die, leave, or turn out to be lonely, alone or of
    low activation, and they are people of whom much is known: so the list of even a small practice changes.
    """
    rng = np.random.default_rng([seed, on.toordinal(), *ods.encode()])
    arrived = _record(rng, *people_of(rng, ods, 3, on, newly=True), 1)
    event, patient, lately = tables["event"], tables["patient"], pl.col("on_date") > on - timedelta(days=365)
    here = patient.filter(pl.col("deregistered_on").is_null(), pl.col("died_on").is_null())
    signs = _codes("social_need") + _codes("pam") + _codes("phq9") + _codes("living_status", "alone")
    done = event.filter(pl.col("code").is_in(_codes("social_prescribing") + _codes("type_1_opt_out")))
    evidence = [event.filter(lately, pl.col("code").is_in(signs)), tables["contact"].filter(lately)]
    known = (
        pl.concat(evidence, how="diagonal")
        .group_by("patient_id")
        .agg(pl.col("code", "kind").count())
        .join(here.filter(pl.col("birth_month") < on - timedelta(days=19 * 366)), on="patient_id", how="semi")
        .join(done, on="patient_id", how="anti")
        .sort("code", "kind", "patient_id", descending=True)["patient_id"]
    )
    few = max(1, here.height // 2500)
    listed, nearly = rng.permutation(known[: 15 * few]), rng.permutation(known[15 * few : 60 * few])
    facts = [
        (_codes("social_prescribing", "referral"), listed[:few], None),
        (_codes("social_prescribing", "declined"), listed[few : 2 * few], None),
        (_codes("type_1_opt_out", "dissent"), listed[2 * few : 3 * few], None),
        (_codes("pam", "level"), nearly[: 2 * few], 1.0),
        (_codes("living_status", "alone"), nearly[2 * few : 4 * few], None),
        (_codes("social_need", "loneliness"), nearly[4 * few : 6 * few], None),
    ]
    new = [pl.DataFrame({"patient_id": who, "code": codes[0], "value": value}) for codes, who, value in facts]
    usual = {
        name: frame.filter(lately).join(here, on="patient_id", how="semi")
        for name, frame in tables.items()
        if name != "patient"
    }
    usual["event"] = usual["event"].filter(pl.col("code").is_in([each[0] for each in _FILLER]))
    some = {name: frame[rng.choice(frame.height, frame.height // 365, replace=False)] for name, frame in usual.items()}
    some["event"] = pl.concat([some["event"], *new], how="diagonal_relaxed").with_columns(
        practice_id=pl.lit(ods), system=pl.lit("snomed"), recorded_on=on
    )
    ended = {"died_on": listed[3 * few : 4 * few], "deregistered_on": listed[4 * few : 5 * few]}
    gone = patient.with_columns(
        pl.when(pl.col("patient_id").is_in(who)).then(on).otherwise(day).alias(day) for day, who in ended.items()
    )
    return {"patient": pl.concat([gone, arrived["patient"]])} | {
        name: pl.concat([tables[name], frame.with_columns(on_date=on), arrived[name]]) for name, frame in some.items()
    }


def write_delivery(tables: Tables, folder: Path, ods: str, on: date) -> Path:
    """Write the tables as a delivery into `folder`/<on>, with a manifest that says that its people are invented."""
    days = [day for name in ("contact", "medicine") if (day := tables[name]["on_date"].min())]
    with new_folder(folder / str(on)) as aside:
        for name, frame in tables.items():
            frame.write_parquet(aside / f"{name}.parquet")
        write_text(aside / MANIFEST_FILE, _MANIFEST.format(ods=ods, on=on, covers_from=min(days, default=on)))
    return folder / str(on)


def _record(rng: Dice, patient: pl.DataFrame, people: People, years: int) -> Tables:
    on = people["last"].max()
    begin = np.minimum(np.maximum(people["since"], on - np.floor(years * YEAR)), people["last"])
    contact = _contacts(rng, people, begin)
    event = _events(rng, people, contact.filter(status="attended").select("who", "on_date"))
    late = np.where(rng.random(event.height) < 0.85, 0, rng.integers(1, 6, event.height))
    event = event.with_columns(
        recorded_on=pl.min_horizontal(pl.col("on_date") + late, on),
        unit=pl.col("code").replace_strict(_UNITS, default=None),
        system=pl.lit("snomed"),
    )
    rows = {"event": event, "contact": contact, "medicine": issues(rng, people, begin).with_columns(code=None)}
    keys = patient.select("practice_id", "patient_id")
    for name, frame in rows.items():
        types = [(column, kind.dtype.type) for column, kind in TABLES[name].columns.items()]
        once = frame.unique(maintain_order=True)
        whole = pl.concat([keys[once["who"]], once.drop("who")], how="horizontal")
        rows[name] = whole.select(
            (pl.col(column).cast(pl.Int32) if kind == pl.Date else pl.col(column)).cast(kind) for column, kind in types
        )
    return {"patient": patient, **rows}


def _contacts(rng: Dice, people: People, begin: Array) -> pl.DataFrame:
    who, day = when(rng, rng.poisson(people["contacts"] * (people["last"] - begin + 1) / YEAR), begin, people["last"])
    kind = rng.choice(5, who.size, p=[0.52, 0.24, 0.16, 0.06, 0.02])
    # Some miss far more than the usual one in twenty; nobody misses an emergency, or is open at weekends.
    misses, fate = np.minimum(rng.gamma(0.6, 0.09, begin.size), 0.5)[who], rng.random(who.size)
    status = np.where(
        (kind > 2) | ((fate > misses) & (fate < 0.95)), "attended", np.where(fate < misses, "missed", "cancelled")
    )
    weekday = np.maximum(day - np.maximum((day + 3) % 7 - 4, 0), begin[who])
    return pl.DataFrame(
        {
            "who": who,
            "on_date": np.where(kind < 3, weekday, day),
            "kind": np.array(["gp", "nurse", "other", "emergency", "admission"])[kind],
            "mode": np.array(["face to face", "telephone", "online"])[rng.choice(3, who.size, p=[0.65, 0.28, 0.07])],
            "status": status,
        }
    )


def _events(rng: Dice, people: People, attended: pl.DataFrame) -> pl.DataFrame:
    groups, last, rows = _groups(rng, people), people["last"], []
    for name, category, whom, each, years, low, high in _FACTS:
        who, day = when(rng, groups[whom] * each, np.maximum(people["birth"], last - years * YEAR), last)
        part = (people["pam"][who] - 1) / 3 if name == "pam" else rng.beta(2, 3, who.size)
        # Lists begin with what is said most; those of living status go on to homes and institutions.
        codes = _codes(name, category)[:2] if name == "living_status" else _codes(name, category)
        rows.append(_noted(rng, codes, who, day, np.rint(low + (high - low) * part) if high else None))
    for name in CONDITIONS:
        who = np.flatnonzero(people[name] < NEVER)
        rows.append(_noted(rng, _codes("long_term_condition", name), who, people[name][who]))
        if over := _codes("long_term_condition_resolved", name):
            rows.append(
                _noted(
                    rng,
                    over,
                    *when(rng, 0.1 * (people[name] < NEVER), np.where(people[name] < NEVER, people[name], last), last),
                )
            )
    who, day = attended["who"].to_numpy(), attended["on_date"].to_numpy()
    troubled = rng.random(who.size) < np.minimum(rng.gamma(0.8, 0.1, last.size), 0.8)[who]
    rows.append(_noted(rng, _codes("symptom"), who[troubled], day[troubled]))
    more = np.repeat(np.arange(who.size), rng.poisson(2.5, who.size))
    which = np.where(
        people["age"][who[more]] < 16, rng.integers(0, 3, more.size), rng.integers(0, len(_FILLER), more.size)
    )
    mean = np.array([each[1] for each in _FILLER])[which]
    value = np.where(mean > 0, np.round(mean * rng.normal(1, np.where(mean == 36.9, 0.01, 0.1)), 1), np.nan)
    filler = pl.Series([each[0] for each in _FILLER])[which]
    rows.append(pl.DataFrame({"who": who[more], "code": filler, "on_date": day[more], "value": value}))
    return pl.concat(rows).with_columns(pl.col("value").fill_nan(None))


def _groups(rng: Dice, people: People) -> dict[str, Array]:
    age = people["age"]
    dice = rng.random((3, age.size))
    known = np.where(age < 65, 0.05, 0.35) * (age >= 18)
    ill = np.min([people[name] for name in CONDITIONS], axis=0) < NEVER
    diabetic = people["diabetes"] < NEVER
    risk = ~diabetic & (age > 35) & (dice[0] < 0.09)
    need = people["need"] / max(people["need"][age >= 18].mean(), 1e-9)
    return {
        "alone": people["alone"] * known,
        "together": (1 - people["alone"]) * (1 - people["care_home"]) * known,
        "care_home": people["care_home"],
        "old": 1.0 * (age >= 70),
        "low": 1.0 * (people[LOW] < NEVER),
        "diabetic": 1.0 * diabetic,
        "at risk": 1.0 * risk,
        "others": 1.0 * ((age > 40) & ~diabetic & ~risk),
        "asked": 1.0 * (ill & (age >= 18) & (dice[1] < 0.08)),
        "need": need,
        "opted": 1.0 * (dice[2] < 0.03),
    }


def _noted(rng: Dice, codes: list[str], who: Array, day: Array, value: Array | None = None) -> pl.DataFrame:
    code = pl.Series(codes)[rng.integers(0, len(codes), who.size)]
    return pl.DataFrame(
        {"who": who, "code": code, "on_date": day, "value": np.full(who.size, np.nan) if value is None else value}
    )


@cache
def _codes(name: str, category: str = "") -> list[str]:
    codes = read(find_one("sql/codelists", name)).filter(pl.col("system") == "snomed")
    return codes.filter(pl.lit(not category) | (pl.col("category") == category))["code"].to_list()
