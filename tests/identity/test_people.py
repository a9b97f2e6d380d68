"""Who gets which pseudonym, night after night: whoever is in the map keeps it, and nobody gets another's."""

from collections.abc import Iterable, Mapping

import pytest

from reachwell.errors import UsageError
from reachwell.identity import pseudonym
from reachwell.identity.key import Key
from reachwell.identity.patient_map import Person
from reachwell.identity.people import Sent, checked, everybody
from reachwell.identity.pseudonym import of_nhs_number, of_system_id
from tests.identity.surgery import NUMBERS

KEY = Key(bytes(32))
ANN, BEN, CAT = NUMBERS[:3]
# Ten digits whose last does not fit, and ten of another script.
MISTYPED = f"{ANN[:-1]}{(int(ANN[-1]) + 1) % 10}"
FULL_WIDTH = "".join(chr(0xFF10 + int(digit)) for digit in ANN)
People = Mapping[str, Person]


def full(known: People | None = None, mentioned: Iterable[str] = (), **numbers: str | None) -> People:
    """The map after a full extract of patients with these NHS numbers."""
    return everybody(KEY, known or {}, checked(_rows(numbers), "x"), {*numbers, *mentioned}, [], is_full=True)


def delta(known: People, mentioned: Iterable[str] = (), deleted: Iterable[str] = (), **numbers: str | None) -> People:
    """The map after a night's changes."""
    return everybody(KEY, known, checked(_rows(numbers), "x"), {*numbers, *mentioned}, deleted, is_full=False)


def _rows(numbers: Mapping[str, str | None]) -> list[Sent]:
    return [Sent(row, name, number, is_deleted=False) for row, (name, number) in enumerate(numbers.items(), start=2)]


def test_a_person_is_known_by_the_number_and_otherwise_by_the_systems_id() -> None:
    assert full(ann=ANN, baby=None) == {
        "ann": Person("ann", ANN, of_nhs_number(KEY, ANN)),
        "baby": Person("baby", None, of_system_id(KEY, "baby")),
    }


@pytest.mark.parametrize("written", ["{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", " {0}{1}{2} "])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert full(ann=written.format(ANN[:3], ANN[3:6], ANN[6:])) == full(ann=ANN)


def test_a_baby_keeps_the_pseudonym_when_the_number_comes() -> None:
    first = full(baby=None)
    made = first["baby"].pseudonym
    second = delta(first, baby=ANN)
    assert second == {"baby": Person("baby", ANN, made)}
    # And if the number is not sent again, what is known stays.
    assert delta(second, baby=None) == second
    assert full(second, baby=None) == second


def test_whoever_is_not_in_a_delivery_stays_in_the_map() -> None:
    known = full(ann=ANN, ben=BEN)
    assert full(known, ann=ANN) == known
    assert delta(known, deleted=["ann"], mentioned=["ann"]) == known


def test_a_corrected_number_changes_nobodys_pseudonym() -> None:
    first = full(ann=ANN)
    # Ann had Ben's number; now it is his.
    second = full(first, ann=BEN, ben=ANN)
    assert second["ann"] == Person("ann", BEN, first["ann"].pseudonym)
    assert second["ben"] == Person("ben", ANN, of_system_id(KEY, "ben"))
    # In the same way where she has none any more.
    assert delta(first, ann=None, ben=ANN)["ann"] == Person("ann", None, first["ann"].pseudonym)
    assert delta(first, ann=None, ben=ANN)["ben"] == second["ben"]


def test_whoever_was_registered_anew_is_the_same_person() -> None:
    first = full(ann=ANN)
    again = {"again": Person("again", ANN, first["ann"].pseudonym)}
    assert full(first, again=ANN) == again
    assert delta(first, deleted=["ann"], again=ANN) == again
    # Rows that still name the old id are somebody else's, rather than hers in part.
    assert full(first, again=ANN, mentioned=["ann"])["ann"].pseudonym == of_system_id(KEY, "ann")


def test_changes_that_give_a_number_to_a_second_person_are_refused() -> None:
    with pytest.raises(UsageError, match="1 patients have an NHS number that the map has for another patient"):
        delta(full(ann=ANN), new=ANN)


def test_people_who_are_named_by_rows_only_stay_who_they_are_when_their_own_row_comes() -> None:
    first = full(ann=ANN, mentioned=["stranger"])
    assert first["stranger"] == Person("stranger", None, of_system_id(KEY, "stranger"))
    assert delta(first, stranger=BEN)["stranger"] == Person("stranger", BEN, first["stranger"].pseudonym)


def test_the_order_of_rows_makes_no_difference() -> None:
    assert full(ann=ANN, ben=BEN, cat=CAT, mentioned=["x", "y"]) == full(
        cat=CAT, ben=BEN, ann=ANN, mentioned=["y", "x"]
    )


def test_numbers_that_fail_their_check_digit_are_told_by_their_rows() -> None:
    rows = _rows({"ann": ANN, "ben": MISTYPED, "cat": FULL_WIDTH, "dan": "12345", "eve": None})
    with pytest.raises(UsageError, match=r"^Admin_Patient.NhsNumber: 3 NHS numbers .* \(rows 3, 4, 5 of") as refused:
        checked(rows, "Admin_Patient.NhsNumber")
    assert not [each for each in (MISTYPED, FULL_WIDTH, "12345") if each in str(refused.value)]
    with pytest.raises(UsageError, match=r"7 NHS numbers .* \(rows 2, 3, 4, 5, 6 and others of"):
        checked(_rows(dict.fromkeys("abcdefg", MISTYPED)), "x")


def test_two_people_with_one_number_are_refused_unless_one_is_gone() -> None:
    rows = [*_rows({"ann": ANN}), Sent(3, "again", f" {ANN}", is_deleted=False)]
    with pytest.raises(UsageError, match="1 NHS numbers are each of two or more patients") as refused:
        checked(rows, "x")
    assert ANN not in str(refused.value)
    rows[1] = Sent(3, "again", MISTYPED, is_deleted=True)
    assert checked(rows, "x") == {"ann": ANN}


def test_the_later_row_of_a_person_counts() -> None:
    rows = [Sent(2, "ann", BEN, is_deleted=False), Sent(3, "ann", ANN, is_deleted=False)]
    assert checked(rows, "x") == {"ann": ANN}


def test_two_people_who_would_get_one_pseudonym_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(key: Key, number: str) -> str:
        return of_nhs_number(key, ANN if number == BEN else number)

    monkeypatch.setattr(pseudonym, "of_nhs_number", alike)
    for known in ({}, full(ann=ANN)):
        with pytest.raises(UsageError, match="two patients would get the same pseudonym"):
            full(known, ann=ANN, ben=BEN)
    monkeypatch.setattr(pseudonym, "of_system_id", lambda key, name: of_nhs_number(key, ANN))
    with pytest.raises(UsageError, match="two patients would get the same pseudonym"):
        full(ann=ANN, baby=None)
