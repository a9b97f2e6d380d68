"""Small practices, drawn at random, whose facts lie where rules change their minds.

Days cluster round the edges of the look-backs, values round the cut points; some rows are undated, written late,
out of range, of unknown codes, or of the future. Hypothesis gives the seed and no more: shrinking a practice by
running a night for each attempt takes minutes, and what a failure tells is one patient's rows anyway.
"""

from datetime import date, timedelta
from random import Random

from tests.practice import Practice
from tests.reference.record import MEANINGS, months_before

INDEX_DATES = [date(2026, 11, 21), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 31)]
LEAP_DAYS = [date(2020, 2, 29), date(2024, 2, 29)]
LONG_AGO = date(2001, 5, 1)
ONE_DAY = timedelta(days=1)

# By list and category: values, each with the unit it may come in.
VALUES = {
    "pam score": [0, 47.0, 47.04, 47.05, 55.1, 55.14, 55.15, 72.4, 72.45, 100, -1, 101, None],
    "pam level": [1, 2, 3, 4, 0, 5, 1.5, None],
    "phq9 ": [0, 4, 5, 14, 14.5, 15, 27, -1, 28, None],
    "gad7 ": [0, 4, 5, 14, 15, 21, -1, 22, None],
    "loneliness_score ": [3, 5, 6, 9, 2, 10, None],
    "hba1c mmol/mol": [41, 41.4, 41.5, 42, 47, 47.4, 47.5, 48, 0, None, (5.95, "%"), (6.0, "%"), (6.5, "%")],
    "hba1c percent": [5.9, 5.947, 5.95, 6.0, 6.4, 6.5, -1, None, (48, "mmol/mol"), (6.0, "%")],
    "fasting_glucose ": [5.4, 5.44, 5.45, 5.5, 6.9, 6.94, (6.95, "mmol/L"), 7.0, 0, None]
    + [(value, unit) for value in (98, 98.15, 99, 125, 126) for unit in ("mg/dL", "MG/DL")],
    "living_status household size": [1, 2, 0, 1.5, None],
}
NOISE = [("271737000", "snomed"), ("XaZ89", "snomed"), ("44054006", "read2")]

CODES = {}
for (code, system), meanings in sorted(MEANINGS.items()):
    for list_name, category in meanings:
        CODES.setdefault(list_name, []).append((code, system, category))
for name in ("dementia", "diabetes", "depression or anxiety"):
    CODES[name] = [each for each in CODES["long_term_condition"] if each[2] == name]
SUBSTANCES = [code for code, *_ in CODES.pop("psychotropic_medicine")]
SYMPTOMS = {category: code for code, _, category in CODES["symptom"]}

# Lists that speak of the same thing, so that one patient's events contradict, repeat and outdate each other; and the
# look-backs in months they are asked about.
THEMES = [
    (24, ["pam"]),
    (24, ["pam"]),
    (6, ["phq9", "gad7", "depression or anxiety"]),
    (6, ["phq9", "gad7"]),
    (12, ["depression or anxiety", "long_term_condition_resolved"]),
    (12, ["hba1c"]),
    (12, ["hba1c", "fasting_glucose", "diabetes"]),
    (12, ["fasting_glucose"]),
    (12, ["fasting_glucose", "prediabetes"]),
    (60, ["living_status"]),
    (60, ["living_status", "care_home"]),
    (24, ["social_need"]),
    (24, ["loneliness_score"]),
    (24, ["loneliness_score", "symptom"]),
    (24, ["long_term_condition", "long_term_condition_resolved"]),
    (60, ["dementia", "housebound", "housebound"]),
    (60, ["dementia", "frailty", "frailty"]),
    (12, ["self_harm", "self_harm", "end_of_life"]),
    (24, ["adult_safeguarding"]),
    (60, ["type_1_opt_out"]),
    (12, ["social_prescribing"]),
]


def edges(on):
    """The days round which a look-back begins."""
    lasts = [months_before(on, months) for months in (6, 12, 24, 36)] + [on - timedelta(weeks=12)]
    return [last + beside * ONE_DAY for last in lasts for beside in (0, 1, 2)]


def month_at_age(on, years, months=0):
    """The month of birth of somebody who is so many years and months old."""
    return months_before(on.replace(day=1), 12 * years + months)


def some_day(random, on, since, many=1):
    """A day inside the look-backs, far off, or the last of so many of which all or all but one are after `since`."""
    inside = on - timedelta(days=random.choice([0, 1, 30, 60]))
    edge = since + timedelta(days=many - random.choice([0, 1]))
    return random.choice([inside, inside, edge, edge, random.choice([*LEAP_DAYS, LONG_AGO, on + ONE_DAY, *edges(on)])])


def patient(random, on, one, alike):
    """alike: the months of birth of people of one sex who have long been here, so that a tenth of them can be told."""
    born = [month_at_age(on, *age) for age in [(17, 11), (18, 0), (18, 1), (47, 0), (0, 0), (0, -1)]]
    ends = [None] * 20 + [on - ONE_DAY, on, on + ONE_DAY]
    return {
        "patient_id": one,
        "sex": "female" if alike else random.choice(["female", "male", "unknown"]),
        "birth_month": random.choice(alike or [month_at_age(on, 70)] * 12 + born),
        "registered_on": random.choice([LONG_AGO] * 8 + [None, on, on + ONE_DAY, *random.sample(edges(on), 2)]),
        "deregistered_on": random.choice(ends),
        "died_on": random.choice(ends),
        "care_home": random.choice([None] * 18 + [False, True]),
    } | ({"registered_on": LONG_AGO, "deregistered_on": None, "died_on": None} if alike else {})  # fmt: skip


def events(random, on, one, months, lists):
    since = months_before(on, months)
    focus = some_day(random, on, since)
    for _ in range(random.randint(1, 4)):
        name = random.choice(lists)
        code, system, category = random.choice(CODES[name])
        if random.random() < 0.05:
            code, system = random.choice(NOISE)
        value = random.choice(VALUES.get(f"{name} {category}", [None]))
        days = [focus, focus, some_day(random, on, since), some_day(random, on, since), None]
        yield {
            "patient_id": one,
            "code": code,
            "system": system,
            "on_date": random.choice(days),
            "recorded_on": random.choice([None] * 6 + [LONG_AGO, on, on + ONE_DAY]),
            "value": value[0] if isinstance(value, tuple) else value,
            "unit": value[1] if isinstance(value, tuple) else None,
        }


def contacts(random, on, one):
    """A run of days with a contact each, the last of them sometimes twice."""
    months, many, status = random.choice(
        [(12, 1, "attended"), (12, 9, "attended"), (12, 10, "attended"), (12, 10, "attended"), (12, 12, "attended"),
         (36, 6, "missed"), (36, 7, "missed"), (36, 7, "missed"), (36, 8, "missed"), (12, 11, "cancelled")]
    )  # fmt: skip
    last = some_day(random, on, months_before(on, months), many)
    for ago in [*range(many), *random.choice([[], [0]])]:
        yield {"patient_id": one, "on_date": last - timedelta(days=ago), "kind": "gp", "status": status}


def medicines(random, on, one):
    """A run of issues of one medicine, a day apart. 24000 pence in 12 weeks are 20 pounds a week."""
    substance = random.choice([*SUBSTANCES, "lithium", "lithium"])
    name = random.choice([f"{substance.title()} 50mg", f"{substance}, as tablets", f"{substance}x",
                          f"generic {substance}", "", None])  # fmt: skip
    runs = [[24000], [23999], [6000] * 4, [5999, 6000, 6000, 6000], [None, 24000], [0, None, 8000], [9] * 3, [9] * 4]
    run = random.choice(runs)
    last = some_day(random, on, random.choice([on - timedelta(weeks=12), months_before(on, 12)]), len(run))
    for ago, pence in enumerate(run):
        yield {"patient_id": one, "on_date": last - timedelta(days=ago), "name": name, "cost_pence": pence}


def diffuse(random, on, one, made):
    """Symptoms of several kinds on a run of days, most of them with a contact; perhaps a condition explains them."""
    many, unseen = random.choice([(5, 0), (6, 0), (6, 0), (6, 1), (8, 0), (8, 2)])
    last, kinds = some_day(random, on, months_before(on, 24), many), sorted(SYMPTOMS)[: random.choice([3, 4, 4, 6])]
    # The oldest days have a kind each, so that a day at the edge can decide.
    told = [(SYMPTOMS[kinds[max(0, ago + len(kinds) - many)]], last - timedelta(days=ago)) for ago in range(many)]
    told += random.choice([[], told[:1]])
    new = months_before(on, 24) + random.choice([0, 1]) * ONE_DAY
    told += random.choice([[], [], [("195967001", new)], [("195967001", last), ("195967001", None)]])
    made.event += [{"patient_id": one, "code": code, "system": "snomed", "on_date": when, "recorded_on": None,
                    "value": None, "unit": None} for code, when in told]  # fmt: skip
    made.contact += [{"patient_id": one, "on_date": last - timedelta(days=ago), "kind": "nurse", "status": "attended"}
                     for ago in range(unseen, many)]  # fmt: skip


def seldom_seen(random, on, one, made):
    """A condition, a contact lately, and a run of missed appointments."""
    many = random.choice([6, 7, 7, 8])
    last = some_day(random, on, months_before(on, 36), many)
    made.event.append({"patient_id": one, "code": "195967001", "system": "snomed", "on_date": LONG_AGO,
                       "recorded_on": None, "value": None, "unit": None})  # fmt: skip
    made.contact.append({"patient_id": one, "on_date": on - 9 * ONE_DAY, "kind": "gp", "status": "attended"})
    made.contact += [{"patient_id": one, "on_date": last - timedelta(days=ago), "kind": "gp", "status": "missed"}
                     for ago in range(many)]  # fmt: skip


def practice(random, on, ods):
    """A practice of 1 to 12 patients; sometimes it sends a table empty, or no costs, or no names."""
    pairs = [[month_at_age(on, age), month_at_age(on, age, -1)] for age in (18, 45, 65)]
    alike = random.choice([None, None, None, [month_at_age(on, 70)], [month_at_age(on, 70)], random.choice(pairs)])
    begins = [LONG_AGO] if alike else [LONG_AGO] * 20 + edges(on)
    made = Practice(
        ods=ods, covers_from=random.choice(begins), migrated_on=random.choice([None, random.choice(begins)])
    )
    for number in range(random.randint(10, 12) if alike else random.randint(1, 12)):
        one = f"p{number}"
        made.patient.append(patient(random, on, one, alike))
        for months, lists in random.sample(THEMES, random.randint(1, 3)):
            made.event += events(random, on, one, months, lists)
        for _ in range(random.choice([0, 0, 1, 2])):
            made.contact += contacts(random, on, one)
        for _ in range(random.randint(0, 2)):
            made.medicine += medicines(random, on, one)
        for more in (diffuse, seldom_seen):
            if random.random() < 0.15:
                more(random, on, one, made)
    silent = random.choice([None] * 10 + ["event", "contact", "medicine", "cost_pence", "name"])
    if silent in ("event", "contact", "medicine"):
        setattr(made, silent, [])
    elif silent:
        made.medicine = [{**row, silent: None} for row in made.medicine]
    return made


def batch(seed):
    """An index date, and two practices to be measured together; the same for the same seed."""
    random = Random(seed)
    on = random.choice(INDEX_DATES)
    return on, [practice(random, on, ods) for ods in ("A81001", "B82002")]
