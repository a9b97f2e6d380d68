"""The slow twin, part two: the default programme's steps, routes and nine target groups, one patient at a time.

Written from reference/criteria.md, DESIGN.md sections 3 and 4 and what criteria/social_prescribing.toml means,
not from the SQL. Where the two disagree, one of them is wrong.
"""

from datetime import timedelta

from tests.reference.record import NEVER, Record, all_of, any_of, as_of, at_least, at_most, between, rounded, said_last

WORDS = {True: "met", False: "not_met", None: "not_known"}


def judge(practice, on):
    """By patient: step, route, each rule's result, points and points_if_known."""
    practice = as_of(practice, on)
    records = [Record(practice, patient, on) for patient in practice.patient]
    return {each.patient["patient_id"]: judge_one(each, records) for each in records}


def judge_one(record, records):
    results = {rule: judged(record, records) for rule, (_, judged) in RULES.items()}
    points = sum(RULES[rule][0] for rule, result in results.items() if result is True)
    unknown = sum(RULES[rule][0] for rule, result in results.items() if result is None)
    step, route = step_of(record), None
    if step == "eligible" and (route := route_of(record)):
        step = "another route"
    words = {rule: WORDS[result] for rule, result in results.items()}
    return {"step": step, "route": route, **words, "points": points, "points_if_known": points + unknown}


# Who can be on the list, and who needs somebody else. What is not known neither excludes nor routes.


def step_of(record):
    if record.died:
        return "died"
    if record.left:
        return "left the practice"
    if not record.joined:
        return "not registered yet"
    if record.age < 18:
        return "under the minimum age"
    if ("type_1_opt_out", "dissent") in said_last(record.of("type_1_opt_out")):
        return "type_1_opt_out"
    if record.has("social_prescribing", 12, "referral"):
        return "referred"
    if record.has("social_prescribing", 12, "declined"):
        return "declined"
    return "eligible"


def route_of(record):
    conditions = record.conditions()
    phq9 = record.score("phq9", 6, 0, 27)
    housebound = said_last(record.of("housebound")) == {("housebound", "housebound")}
    severely_frail = ("frailty", "severe") in said_last(record.of("frailty"))
    if record.has("end_of_life"):
        return "end_of_life"
    if record.has("self_harm", 12):
        return "self_harm"
    if record.has("adult_safeguarding", 24):
        return "adult_safeguarding"
    if "serious mental illness" in conditions or record.issues(12, "lithium"):
        return "serious_mental_illness"
    if phq9 is not None and phq9 >= 15:
        return "severe_depression"
    if "dementia" in conditions and (housebound or severely_frail):
        return "severe_dementia"
    if lives_in_care_home(record):
        return "care_home"
    return None


def lives_in_care_home(record):
    """The source's own mark, or the newest living status; how many live there says nothing of a care home."""
    told = [each for each in record.of("living_status") if each["category"] != "household size"]
    return bool(record.patient["care_home"]) or ("care_home", "") in said_last(told + record.of("care_home"))


# The nine target groups.


def long_term_conditions(record, _):
    return bool(record.conditions()) if record.practice.event else None


def low_activation(record, _):
    """The newest PAM level, or the level of the newest score; of one day the level counts, then the lowest."""
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


def medicine_cost(record, _):
    """At least 20 pounds a week over 12 weeks; an issue without a cost makes the sum a lower bound."""
    if all(row["cost_pence"] is None for row in record.practice.medicine):
        return None
    since = record.on - timedelta(weeks=12)
    costs = [row["cost_pence"] for row in record.medicines if row["on_date"] > since]
    pence = sum(cost for cost in costs if cost is not None)
    return at_least((pence, None not in costs and record.whole_since(since)), 20 * 100 * 12)


def frequent_attendance(record, records):
    """Among the tenth of their sex and age band with the most contact days in 12 months, and at least 10."""
    days = record.count(len(record.contact_days(12)), 12, record.practice.contact)
    return all_of(in_top_tenth(record, records), at_least(days, 10))


def in_top_tenth(record, records):
    def group(each):
        return each.patient["sex"], sum(each.age >= first for first in (18, 45, 65))

    ranked = [each for each in records if each.whole_since(each.since(12))]
    if not record.practice.contact or record not in ranked:
        return None
    peers = [each for each in ranked if group(each) == group(record)]
    more = [each for each in peers if len(each.contact_days(12)) > len(record.contact_days(12))]
    return (len(more) + 1) * 10 <= len(peers)


def social_need(record, _):
    loneliness = record.score("loneliness_score", 24, 3, 9)
    lonely = [] if loneliness is None else [loneliness >= 6]
    return any_of(record.has("social_need", 24), *lonely, diffuse_symptoms(record))


def diffuse_symptoms(record):
    """Six contact days with symptoms, of four kinds, and no new condition that explains them."""
    events, contacts = record.practice.event, record.practice.contact
    symptoms = record.of("symptom", 24)
    days = {event["on_date"] for event in symptoms} & record.contact_days(24)
    kinds = {event["category"] for event in symptoms}
    new = [name for name, (first, _) in record.conditions().items() if first > record.since(24)]
    return all_of(
        at_least(record.count(len(days), 24, events, contacts), 6),
        at_least(record.count(len(kinds), 24, events), 4),
        at_most(record.count(len(new), 24, events), 0),
    )


def mental_health(record, _):
    """Depression or anxiety, or treated for it; and mild to moderate by one of the scores, where there is one."""
    _, last = record.conditions().get("depression or anxiety", (NEVER, NEVER))
    recorded = last > record.since(12) if record.practice.event else None
    named = any(row["name"] is not None for row in record.practice.medicine)
    treated = at_least(record.count(record.issues(12, "antidepressant", "anxiolytic"), 12, named), 4)
    scores = [record.score("phq9", 6, 0, 27), record.score("gad7", 6, 0, 21)]
    moderate = [between(score, 5, 14) for score in scores if score is not None]
    return all_of(any_of(recorded, treated), *([any_of(*moderate)] if moderate else []))


def not_using_services(record, _):
    contacts = record.practice.contact
    days = record.count(len(record.contact_days(12)), 12, contacts)
    missed = [row for row in record.contacts if row["status"] == "missed" and row["on_date"] > record.since(36)]
    seldom = any_of(at_most(days, 0), at_least(record.count(len(missed), 36, contacts), 7))
    return all_of(long_term_conditions(record, _), seldom)


def lives_alone(record, _):
    """What the newest living status says; where one day says both, the person does not live alone."""
    said = []
    for event in record.of("living_status"):
        if event["category"] != "household size":
            said.append((event["on_date"], event["category"] == "alone"))
        elif event["value"] is not None and event["value"] >= 1:
            said.append((event["on_date"], event["value"] == 1))
    last = max((day for day, _ in said), default=None)
    return all(alone for day, alone in said if day == last) if said else None


def at_risk(record, _):
    raised = any_of(
        between(record.newest("hba1c", 12, mmol_per_mol), 42, 47),
        between(record.newest("fasting_glucose", 12, mmol_per_litre), 5.5, 6.9),
        record.has("prediabetes"),
    )
    return all_of("diabetes" not in record.conditions() if record.practice.event else None, raised)


def mmol_per_mol(event):
    value = event["value"]
    if value is None or value <= 0:
        return None
    return rounded((value - 2.15) * 10.929 if event["category"] == "percent" or event["unit"] == "%" else value)


def mmol_per_litre(event):
    value = event["value"]
    if value is None or value <= 0:
        return None
    return rounded(value / 18.016 if (event["unit"] or "").lower() == "mg/dl" else value, 1)


RULES = {
    "long_term_conditions": (1, long_term_conditions),
    "low_activation": (3, low_activation),
    "medicine_cost": (1, medicine_cost),
    "frequent_attendance": (2, frequent_attendance),
    "social_need": (3, social_need),
    "mental_health": (2, mental_health),
    "not_using_services": (2, not_using_services),
    "lives_alone": (2, lives_alone),
    "at_risk": (1, at_risk),
}
