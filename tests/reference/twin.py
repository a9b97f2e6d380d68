"""The slow twin, part two: the default programme's steps, routes and nine target groups, one patient at a time.

Written from reference/criteria.md, DESIGN.md sections 3 and 4 and what criteria/social_prescribing.toml means,
not from the SQL. Where the two disagree, one of them is wrong.
"""

from datetime import timedelta

from tests.reference.record import (
    NEVER,
    Record,
    all_of,
    any_of,
    at_least,
    at_most,
    between,
    is_not,
    rounded,
    where_known,
)

WORDS = {True: "met", False: "not_met", None: "not_known"}
POINTS = {
    "long_term_conditions": 1,
    "low_activation": 3,
    "medicine_cost": 1,
    "frequent_attendance": 2,
    "social_need": 3,
    "mental_health": 2,
    "not_using_services": 2,
    "lives_alone": 2,
    "at_risk": 1,
}


def judge(practice, on):
    """By patient: step, route, each rule's result, points and points_if_known."""
    records = [Record(practice, patient, on) for patient in practice.patient]
    return {each.patient["patient_id"]: judge_one(each, records) for each in records if each.born()}


def judge_one(record, records):
    results = {
        "long_term_conditions": has_conditions(record),
        "low_activation": low_activation(record),
        "medicine_cost": medicine_cost(record),
        "frequent_attendance": frequent_attendance(record, records),
        "social_need": social_need(record),
        "mental_health": mental_health(record),
        "not_using_services": not_using_services(record),
        "lives_alone": lives_alone(record),
        "at_risk": at_risk(record),
    }
    points = sum(POINTS[rule] for rule, result in results.items() if result is True)
    open_points = sum(POINTS[rule] for rule, result in results.items() if result is None)
    step, route = step_of(record), None
    if step == "eligible" and (route := route_of(record)):
        step = "another route"
    words = {rule: WORDS[result] for rule, result in results.items()}
    return {"step": step, "route": route, **words, "points": points, "points_if_known": points + open_points}


# Who can be on the list, and who needs somebody else. What is not known neither excludes nor routes.


def step_of(record):
    if record.died():
        return "died"
    if record.left():
        return "left the practice"
    if not record.joined():
        return "not registered yet"
    if record.age() < 18:
        return "under the minimum age"
    if record.of("type_1_opt_out"):
        last = max(event["on_date"] for event in record.of("type_1_opt_out"))
        said = [event["category"] for event in record.of("type_1_opt_out") if event["on_date"] == last]
        if "dissent" in said:
            return "type_1_opt_out"
    if record.has("social_prescribing", 12, "referral"):
        return "referred"
    if record.has("social_prescribing", 12, "declined"):
        return "declined"
    return "eligible"


def route_of(record):
    conditions = record.conditions()
    phq9 = score(record, "phq9", 6, 0, 27)
    if record.has("end_of_life"):
        return "end_of_life"
    if record.has("self_harm", 12):
        return "self_harm"
    if record.has("adult_safeguarding", 24):
        return "adult_safeguarding"
    if "serious mental illness" in conditions or record.issues(record.since(12), "lithium"):
        return "serious_mental_illness"
    if phq9 is not None and phq9 >= 15:
        return "severe_depression"
    if "dementia" in conditions and (housebound(record) or severely_frail(record)):
        return "severe_dementia"
    if care_home(record):
        return "care_home"
    return None


def housebound(record):
    events = record.of("housebound")
    last = max((event["on_date"] for event in events), default=NEVER)
    said = {event["category"] for event in events if event["on_date"] == last}
    return said == {"housebound"}


def severely_frail(record):
    events = record.of("frailty")
    last = max((event["on_date"] for event in events), default=NEVER)
    return any(event["category"] == "severe" for event in events if event["on_date"] == last)


def care_home(record):
    if record.patient["care_home"]:
        return True
    living = [event for event in record.of("living_status") if event["category"] != "household size"]
    homes = record.of("care_home")
    last = max((event["on_date"] for event in living + homes), default=NEVER)
    return any(event["on_date"] == last for event in homes)


# The nine target groups.


def has_conditions(record):
    return bool(record.conditions()) if record.practice.event else None


def low_activation(record):
    """The newest PAM level, or the level of the newest score; of one day the level counts."""
    levels = []
    for event in record.of("pam", 24):
        value = event["value"]
        if event["category"] == "level" and value in (1, 2, 3, 4):
            levels.append((event["on_date"], 1, -value))
        if event["category"] == "score" and value is not None and 0 <= value <= 100:
            tenths = rounded(value, 1)
            level = 1 if tenths <= 47.0 else 2 if tenths <= 55.1 else 3 if tenths <= 72.4 else 4
            levels.append((event["on_date"], 0, -level))
    return -max(levels)[2] in (1, 2) if levels else None


def medicine_cost(record):
    """At least 20 pounds a week over 12 weeks; issues without a cost make it a lower bound."""
    if all(row["cost_pence"] is None for row in record.practice.medicine):
        return None
    since = record.on - timedelta(weeks=12)
    issues = [row for row in record.medicines if row["on_date"] > since]
    pence = sum(row["cost_pence"] or 0 for row in issues)
    all_told = all(row["cost_pence"] is not None for row in issues)
    return at_least((pence, all_told and record.whole_since(since)), 20 * 100 * 12)


def frequent_attendance(record, records):
    """Among the tenth of their sex and age band with the most contact days, and at least 10 of them."""
    days = record.counted(len(record.contact_days(12)), 12, record.practice.contact)
    return all_of(in_the_top_tenth(record, records), at_least(days, 10))


def in_the_top_tenth(record, records):
    def ranked(each):
        return each.whole_since(each.since(12))

    def band(each):
        return each.patient["sex"], sum(each.age() >= first for first in (18, 45, 65))

    if not record.practice.contact or not ranked(record):
        return None
    peers = [each for each in records if ranked(each) and band(each) == band(record)]
    more = [each for each in peers if len(each.contact_days(12)) > len(record.contact_days(12))]
    return (len(more) + 1) * 10 <= len(peers)


def social_need(record):
    lonely = at_least_score(score(record, "loneliness_score", 24, 3, 9), 6)
    return any_of(record.has("social_need", 24), *where_known(lonely), diffuse_symptoms(record))


def diffuse_symptoms(record):
    """Six contact days with symptoms, of four kinds, and no new condition that explains them."""
    events, contacts = record.practice.event, record.practice.contact
    symptoms = record.of("symptom", 24)
    days = {event["on_date"] for event in symptoms} & record.contact_days(24)
    kinds = {event["category"] for event in symptoms}
    new = [name for name, (first, _) in record.conditions().items() if first > record.since(24)]
    return all_of(
        at_least(record.counted(len(days), 24, events, contacts), 6),
        at_least(record.counted(len(kinds), 24, events), 4),
        at_most(record.counted(len(new), 24, events), 0),
    )


def mental_health(record):
    _, last = record.conditions().get("depression or anxiety", (NEVER, NEVER))
    recorded = last > record.since(12) if record.practice.event else None
    named = [row for row in record.practice.medicine if row["name"] is not None]
    issues = record.issues(record.since(12), "antidepressant", "anxiolytic")
    treated = at_least(record.counted(len(issues), 12, named), 4)
    scores = where_known(
        between(score(record, "phq9", 6, 0, 27), 5, 14),
        between(score(record, "gad7", 6, 0, 21), 5, 14),
    )
    return all_of(any_of(recorded, treated), *([any_of(*scores)] if scores else []))


def not_using_services(record):
    contacts = record.practice.contact
    days = record.counted(len(record.contact_days(12)), 12, contacts)
    missed = [row for row in record.contacts if row["status"] == "missed" and row["on_date"] > record.since(36)]
    often_missed = at_least(record.counted(len(missed), 36, contacts), 7)
    return all_of(has_conditions(record), any_of(at_most(days, 0), often_missed))


def lives_alone(record):
    """What the newest living status says; if one day says both, the person does not live alone."""
    said = []
    for event in record.of("living_status"):
        if event["category"] != "household size":
            said.append((event["on_date"], event["category"] == "alone"))
        elif event["value"] is not None and event["value"] >= 1:
            said.append((event["on_date"], event["value"] == 1))
    if not said:
        return None
    last = max(day for day, _ in said)
    return all(alone for day, alone in said if day == last)


def at_risk(record):
    raised = any_of(
        between(record.newest("hba1c", 12, mmol_per_mol), 42, 47),
        between(record.newest("fasting_glucose", 12, mmol_per_litre), 5.5, 6.9),
        record.has("prediabetes"),
    )
    diabetes = "diabetes" in record.conditions() if record.practice.event else None
    return all_of(is_not(diabetes), raised)


# Measurements.


def score(record, list_name, months, lowest, highest):
    def valid(event):
        return event["value"] if event["value"] is not None and lowest <= event["value"] <= highest else None

    return record.newest(list_name, months, valid)


def at_least_score(value, bound):
    return None if value is None else value >= bound


def mmol_per_mol(event):
    value = event["value"]
    if value is None or value <= 0:
        return None
    if event["category"] == "percent" or event["unit"] == "%":
        return rounded((value - 2.15) * 10.929)
    return rounded(value)


def mmol_per_litre(event):
    value = event["value"]
    if value is None or value <= 0:
        return None
    return rounded(value / 18.016 if (event["unit"] or "").lower() == "mg/dl" else value, 1)
