"""EMIS Web bulk extract: issues of medicines, their drugs and costs."""

from datetime import date
from pathlib import Path

import pytest

from reachwell.errors import DeliveryRejected
from tests.sources.emis_delivery import SALBUTAMOL, Inbox, by, days_of, issue
from tests.sources.raw_delivery import PRACTICE


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_an_issue(inbox: Inbox) -> None:
    assert inbox.full(Prescribing_IssueRecord=[issue()]).taken.medicine == [
        {
            "practice_id": PRACTICE,
            "patient_id": "ann",
            "on_date": date(2020, 5, 5),
            "code": "39113611000001102",
            "name": "Salbutamol 100micrograms/dose inhaler",
            "cost_pence": 150,
        }
    ]


def test_a_cost_is_in_pounds_and_may_be_blank(inbox: Inbox) -> None:
    costs = {"1.5": 150, "12": 1200, "0": 0, "0.0449": 4, "1.0050": 101, "": None, "n/a": None, "NaN": None}
    days = days_of(costs)
    found = inbox.full(
        Prescribing_IssueRecord=[
            issue(f"of {cost}", EstimatedNhsCost=cost, EffectiveDate=str(day)) for cost, day in days.items()
        ]
    ).taken
    assert by("on_date", found.medicine, "cost_pence") == {days[cost]: pence for cost, pence in costs.items()}
    assert found.left_out == {"issues whose cost is no number": 2}


def test_an_issue_may_leave_its_drug_to_the_drug_record_or_name_none(inbox: Inbox) -> None:
    record = {"DrugRecordGuid": "d1", "PatientGuid": "ann", "CodeId": SALBUTAMOL["CodeId"]}
    another = {"DrugRecordGuid": "d2", "PatientGuid": "ann", "CodeId": "7"}
    cells = {
        "from its record": {"CodeId": "", "DrugRecordGuid": "d1"},
        "its own": {"DrugRecordGuid": "d2"},
        "no record": {"DrugRecordGuid": ""},
        "neither": {"CodeId": "", "DrugRecordGuid": ""},
        "of an unknown record": {"CodeId": "", "DrugRecordGuid": "d9"},
    }
    days = days_of(cells)
    found = inbox.full(
        Prescribing_DrugRecord=[record, another],
        Coding_DrugCode=[SALBUTAMOL, {"CodeId": "7", "Term": "Something else", "DmdProductCodeId": "7"}],
        Prescribing_IssueRecord=[issue(what, EffectiveDate=str(days[what]), **each) for what, each in cells.items()],
    ).taken
    names = by("on_date", found.medicine, "name")
    assert {what: names[day] for what, day in days.items()} == {
        **dict.fromkeys(["from its record", "its own", "no record"], SALBUTAMOL["Term"]),
        **dict.fromkeys(["neither", "of an unknown record"]),
    }
    assert found.left_out == {"issues that name no drug": 2}


def test_an_issue_may_come_before_its_drugs_code(inbox: Inbox) -> None:
    inbox.full(Prescribing_IssueRecord=[issue(EstimatedNhsCost="?")], Coding_DrugCode=[])
    assert [(row["code"], row["name"], row["cost_pence"]) for row in inbox.taken.medicine] == [(None, None, None)]
    assert inbox.taken.left_out == {
        "issues whose drug code has not arrived yet": 1,
        "issues whose cost is no number": 1,
    }
    inbox.delta(Coding_DrugCode=[SALBUTAMOL])
    assert [row["code"] for row in inbox.taken.medicine] == [SALBUTAMOL["DmdProductCodeId"]]
    assert inbox.taken.left_out == {"issues whose cost is no number": 1}


def test_a_drug_may_have_a_name_and_no_code(inbox: Inbox) -> None:
    drug = {"CodeId": SALBUTAMOL["CodeId"], "Term": "Emollient cream"}
    found = inbox.full(Coding_DrugCode=[drug], Prescribing_IssueRecord=[issue()]).taken
    assert [(row["code"], row["name"]) for row in found.medicine] == [(None, "Emollient cream")]
    assert found.left_out == {}


def test_costs_that_can_only_be_pence_are_refused(inbox: Inbox) -> None:
    inbox.full(Prescribing_IssueRecord=[issue(f"{n}", EstimatedNhsCost="150") for n in range(1000)])
    with pytest.raises(DeliveryRejected, match="look like pence"):
        _ = inbox.taken


def test_a_few_dear_medicines_are_no_pence(inbox: Inbox) -> None:
    inbox.full(
        Prescribing_IssueRecord=[
            issue(f"{n}", EstimatedNhsCost="150", EffectiveDate=f"2020-05-{n:02}") for n in range(1, 20)
        ]
    )
    assert len(inbox.taken.medicine) == 19
