"""Why: what each exclusion, route and rule found of one patient, from the same functions as the list."""

from datetime import date
from typing import Any

import polars as pl

from reachwell.area import Area
from reachwell.criteria import Criteria, Programme, wanted_by
from reachwell.decisions.standing import decided
from reachwell.errors import UsageError
from reachwell.last_good import last_good
from reachwell.match import ANOTHER_ROUTE, DECIDED, ELIGIBLE, MET, Matcher
from reachwell.measure import KEY
from reachwell.published import current_run, read_run
from reachwell.sentences import explained
from reachwell.state import State


def why(area: Area, ods: str, patient_id: str) -> list[dict[str, Any]]:
    """For each programme: answer (a sentence), step, points, rules. The patient may be anyone on record.

    The data and the day are those of the current run; the criteria are the area's as they stand now, and
    the answer says so where they have changed since. Raises UsageError where the patient is not known.
    """
    facts = read_run(area, current_run(area))
    criteria = Criteria.of(area)
    with last_good(area, [ods]) as data:
        extracted_on, on = data.snapshots[0].extracted_on, data.dates[ods]
        measured = data.measured(wanted_by(criteria.programmes, criteria.features).values())[0]
    matcher = Matcher([measured], decided(State(area.state), [ods], None))
    answers = []
    for programme in criteria.programmes:
        matches = matcher.match(programme).filter(pl.col("patient_id") == patient_id)
        if matches.is_empty():
            raise UsageError(
                f"no such patient in the extract of {ods} of {extracted_on}. Check the pseudonym; "
                "capital letters count."
            )
        rules = explained(measured, matches, programme)
        published = facts["programmes"].get(programme.id, {}).get("digest")
        changed = "" if published == programme.digest else " The criteria have changed since that list."
        answers.append(_answer(patient_id, on, matches.row(0, named=True), rules, programme, changed))
    return answers


def _answer(
    patient_id: str, on: date, found: dict[str, Any], rules: pl.DataFrame, programme: Programme, changed: str
) -> dict[str, Any]:
    threshold, points = programme.list.threshold, found["points"]
    because = {each.id: each.because for each in (*programme.exclusions, *programme.route)}
    on_list = found["step"] == ELIGIBLE and points >= threshold
    if on_list:
        text = f"{patient_id} is on the list of {on:%-d %b %Y}: {points} points, {threshold} needed."
    elif found["step"] == ELIGIBLE:
        text = f"{patient_id} is not on the list of {on:%-d %b %Y}: {points} points, {threshold} needed."
    elif found["step"] == ANOTHER_ROUTE:
        route = next(each for each in programme.route if each.id == found["route"])
        # The terminal is not only the clinicians'.
        reason = "reason for clinicians only" if route.private else because[found["route"]]
        text = f"{patient_id} needs another route ({route.to}): {reason}."
    elif found["step"] == DECIDED:
        text = f"{patient_id} is not on the list of {on:%-d %b %Y}: {found['decided']}."
    else:
        text = f"{patient_id} is not on the list: {because.get(found['step'], found['step'])}."
    labels = {rule.id: rule.label for rule in programme.rule}
    most = {rule.id: rule.most_points for rule in programme.rule}
    return {
        "programme": programme.id,
        "patient_id": patient_id,
        "index_date": on,
        "on_list": on_list,
        "step": found["step"],
        "points": points,
        "points_if_known": found["points_if_known"],
        "answer": text + changed,
        "rules": [
            {
                **row,
                "label": labels[row["rule"]],
                "would_add": 0 if row["result"] == MET else most[row["rule"]],
            }
            for row in rules.drop(*KEY).iter_rows(named=True)
        ],
    }
