"""Hypothesis strategies: small practices whose facts lie where rules change their minds.

Days cluster round the edges of the look-backs, values round the cut points; some rows are undated, written late,
out of range, of unknown codes, or of the future.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.practice import Practice
from tests.reference.record import MEANINGS, months_before

INDEX_DATES = [date(2026, 11, 21), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 31)]
LEAP_DAYS = [date(2020, 2, 29), date(2024, 2, 29)]
LONG_AGO = date(2001, 5, 1)

CODES = {}
for (code, system), meanings in sorted(MEANINGS.items()):
    for list_name, category in meanings:
        CODES.setdefault(list_name, []).append((code, system, category))
SUBSTANCES = [code for code, _, _ in CODES.pop("psychotropic_medicine")]

NOISE = [("271737000", "snomed"), ("XaZ89", "snomed"), ("44054006", "read2"), ("UCLA-3", "snomed")]
VALUES = {
    "pam score": [0, 47.0, 47.04, 47.05, 55.1, 55.14, 55.15, 72.4, 72.45, 100, -1, 101, None],
    "pam level": [1, 2, 3, 4, 0, 5, 1.5, None],
    "phq9 ": [0, 4, 5, 14, 14.5, 15, 27, -1, 28, None],
    "gad7 ": [0, 4, 5, 14, 15, 21, -1, 22, None],
    "loneliness_score ": [3, 5, 6, 9, 2, 10, None],
    "hba1c mmol/mol": [41, 41.4, 41.5, 42, 47, 47.5, 48, 6.0, 0, None],
    "hba1c percent": [5.9, 5.95, 6.0, 6.4, 6.5, 48, -1, None],
    "fasting_glucose ": [5.4, 5.44, 5.45, 5.5, 6.9, 6.94, 6.95, 7.0, 98, 99, 125, 126, 0, None],
    "living_status household size": [1, 2, 0, 1.5, None],
}
UNITS = {"hba1c": [None, "mmol/mol", "%"], "fasting_glucose": [None, "mmol/L", "mg/dL"]}


def edges(on):
    """The days at which a look-back begins, and those beside them."""
    firsts = [months_before(on, months) for months in (6, 12, 24, 36)] + [on - timedelta(weeks=12)]
    return [first + timedelta(days=beside) for first in firsts for beside in (0, 1)]


def days(on):
    """Mostly days inside the look-backs, then those at their edges, then the far past and the future."""
    inside = st.integers(0, 60).map(lambda ago: on - timedelta(days=ago))
    beyond = st.sampled_from([*LEAP_DAYS, LONG_AGO, on + timedelta(days=1)])
    return st.one_of(inside, inside, st.sampled_from(edges(on)), beyond)


@st.composite
def events(draw, on, patient_id, lists):
    name = draw(st.sampled_from(lists))
    code, system, category = draw(st.sampled_from(CODES[name]))
    if draw(st.integers(0, 19)) == 0:
        code, system = draw(st.sampled_from(NOISE))
    return {
        "patient_id": patient_id,
        "code": code,
        "system": system,
        "on_date": draw(st.one_of(days(on), days(on), days(on), st.none())),
        "recorded_on": draw(st.sampled_from([None, None, None, LONG_AGO, on, on + timedelta(days=1)])),
        "value": draw(st.sampled_from(VALUES.get(f"{name} {category}", [None]))),
        "unit": draw(st.sampled_from(UNITS.get(name, [None]))),
    }


@st.composite
def contacts(draw, on, patient_id):
    """A run of days with a contact each, the first of them twice."""
    last, many = draw(days(on)), draw(st.sampled_from([0, 1, 6, 7, 9, 10, 11]))
    status = draw(st.sampled_from(["attended", "attended", "missed", "cancelled"]))
    ago = [*range(many), 0] if many else []
    run = [last - timedelta(days=each) for each in ago]
    return [{"patient_id": patient_id, "on_date": day, "kind": "gp", "status": status} for day in run]


@st.composite
def symptoms(draw, on, patient_id):
    """Symptoms of several kinds on a run of days, most of them with a contact."""
    last = draw(days(on))
    kinds = sorted({category for _, _, category in CODES["symptom"]})[: draw(st.sampled_from([3, 4, 6]))]
    run = [last - timedelta(days=each) for each in range(draw(st.sampled_from([5, 6, 8])))]
    seen = run[draw(st.sampled_from([0, 0, 1, 2])) :]
    code_of = {category: code for code, _, category in CODES["symptom"]}
    told = [
        {"patient_id": patient_id, "code": code_of[kinds[place % len(kinds)]], "system": "snomed", "on_date": day,
         "recorded_on": None, "value": None, "unit": None}
        for place, day in enumerate(run)
    ]  # fmt: skip
    return told, [{"patient_id": patient_id, "on_date": day, "kind": "nurse", "status": "attended"} for day in seen]


@st.composite
def medicines(draw, on, patient_id):
    """A run of issues of one medicine, a day apart."""
    last, many = draw(days(on)), draw(st.sampled_from([1, 3, 4]))
    substance = draw(st.sampled_from(["lithium", "lithiumcarb", "", "amlodipine", *SUBSTANCES]))
    name = draw(st.sampled_from([None, substance, f"{substance.title()} 50mg tablets", f"generic {substance}"]))
    pence = st.sampled_from([None, 0, 5999, 6000, 8000, 24000])
    return [
        {"patient_id": patient_id, "on_date": last - timedelta(days=each), "name": name, "cost_pence": draw(pence)}
        for each in range(many)
    ]


@st.composite
def patients(draw, on, patient_id, alike):
    """A patient. alike: of one sex and age, and long registered, so that a tenth of them can be told."""
    ends = st.sampled_from([None] * 12 + [on - timedelta(days=1), on, on + timedelta(days=1)])
    since = st.sampled_from([LONG_AGO] * 8 + [None, *edges(on), on, on + timedelta(days=1)])
    ages = [months_before(on.replace(day=1), 12 * 18 + month) for month in (-1, 0, 1)]
    births = [date(1950, 1, 1)] * 6 + [date(1979, 2, 1), *ages, on.replace(day=1), (on + timedelta(days=31)).replace(day=1)]
    return {
        "patient_id": patient_id,
        "sex": "female" if alike else draw(st.sampled_from(["female", "male", "unknown"])),
        "birth_month": date(1950, 1, 1) if alike else draw(st.sampled_from(births)),
        "registered_on": LONG_AGO if alike else draw(since),
        "deregistered_on": draw(ends),
        "died_on": draw(ends),
        "care_home": draw(st.sampled_from([None] * 9 + [False, True])),
    }


@st.composite
def practices(draw, on, ods):
    """A practice of 1 to 12 patients; sometimes it sends a table empty, or no costs, or no names."""
    alike = draw(st.booleans())
    many = draw(st.integers(10, 12) if alike else st.integers(1, 12))
    old = st.sampled_from([LONG_AGO] * (20 if alike else 9) + edges(on))
    made = Practice(ods=ods, covers_from=draw(old), migrated_on=draw(st.one_of(st.none(), old)))
    for number in range(many):
        one = f"p{number}"
        made.patient.append(draw(patients(on, one, alike)))
        # Two kinds of fact a patient, so that several events speak of the same thing.
        kinds = draw(st.lists(st.sampled_from(sorted(CODES)), min_size=1, max_size=2))
        made.event += draw(st.lists(events(on, one, kinds), max_size=4))
        for run in draw(st.lists(contacts(on, one), max_size=2)):
            made.contact += run
        for run in draw(st.lists(medicines(on, one), max_size=2)):
            made.medicine += run
        if draw(st.integers(0, 5)) == 0:
            told, seen = draw(symptoms(on, one))
            made.event += told
            made.contact += seen
    silent = draw(st.sampled_from([None] * 8 + ["event", "contact", "medicine", "cost_pence", "name"]))
    if silent in ("event", "contact", "medicine"):
        setattr(made, silent, [])
    elif silent:
        made.medicine = [{**row, silent: None} for row in made.medicine]
    return made


@st.composite
def batches(draw):
    """An index date, and one or two practices to be measured together."""
    on = draw(st.sampled_from(INDEX_DATES))
    return on, [draw(practices(on, ods)) for ods in ["A81001", "B82002"][: draw(st.integers(1, 2))]]
