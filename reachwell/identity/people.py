"""People: which pseudonym each patient of a delivery gets, by the NHS number and what the map already says."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import nhs_number

from reachwell.errors import UsageError
from reachwell.identity import pseudonym
from reachwell.identity.key import Key
from reachwell.identity.patient_map import Person

# So many rows are named of those that are wrong.
_NAMED = 5


@dataclass(frozen=True)
class Sent:
    """A row of the patients' own table: its number in the file, the system's id, the NHS number as written, if any,
    and whether it says that the patient is gone."""

    row: int
    system_id: str
    nhs_number: str | None
    is_deleted: bool


def checked(sent: Iterable[Sent], column: str) -> dict[str, str | None]:
    """The NHS number, if any, of each patient who is there, by the system's id.

    column: what to call it in messages. Raises UsageError where numbers fail their check digit, or one is of several
    patients; it names rows, never a number.
    """
    rows = [each for each in sent if not each.is_deleted]
    if bad := [each.row for each in rows if each.nhs_number and not _is_valid(each.nhs_number)]:
        named = ", ".join(map(str, bad[:_NAMED])) + (" and others" if len(bad) > _NAMED else "")
        raise UsageError(
            f"{column}: {len(bad):,} NHS numbers fail their check digit (rows {named} of the file). Correct them in "
            "the practice's system and export anew. Nothing was written."
        )
    found = {each.system_id: _ten_digits(each.nhs_number) for each in rows}
    shared = [number for number, count in Counter(filter(None, found.values())).items() if count > 1]
    if shared:
        raise UsageError(
            f"{column}: {len(shared):,} NHS numbers are each of two or more patients. Who is who cannot be told: "
            "correct it in the practice's system and export anew. Nothing was written."
        )
    return found


def everybody(
    key: Key,
    known: Mapping[str, Person],
    there: Mapping[str, str | None],
    mentioned: Iterable[str],
    deleted: Iterable[str],
    is_full: bool,
) -> dict[str, Person]:
    """The map after a delivery, by the system's id: who was in it, and everybody whom the delivery names.

    known: the map before. there: the patients' own table, as checked() gives it. mentioned: the ids of all rows.
    deleted: who is gone. Whoever is in the map keeps the pseudonym. Raises UsageError where two people would share one.
    """
    people = _without_predecessors(known, there, set(deleted), is_full)
    taken = set(filter(None, there.values()))
    for system_id, number in there.items():
        if had := people.get(system_id):
            people[system_id] = replace(had, nhs_number=number or (None if had.nhs_number in taken else had.nhs_number))
    holders = {each.pseudonym: each for each in people.values()}
    # The rest are named by rows only: patients who are not in the extract, or whose own row is gone.
    for system_id in [*sorted(there), *sorted(set(mentioned) - there.keys())]:
        if system_id not in people:
            made = _new(key, system_id, there.get(system_id), holders)
            people[system_id] = holders[made.pseudonym] = made
    return people


def _is_valid(number: str) -> bool:
    # Digits of other scripts are digits to the library too.
    return number.isascii() and nhs_number.is_valid(number)


def _ten_digits(number: str | None) -> str | None:
    return nhs_number.standardise_format(number) if number else None


def _without_predecessors(
    known: Mapping[str, Person], there: Mapping[str, str | None], deleted: set[str], is_full: bool
) -> dict[str, Person]:
    """The map without those whose NHS number now is another id's: a patient who left and was registered anew."""
    now = {number: system_id for system_id, number in there.items() if number}
    absent = [each for each in known.values() if each.system_id not in there]
    before = [each for each in absent if each.nhs_number in now]
    if still := [each for each in before if not is_full and each.system_id not in deleted]:
        raise UsageError(
            f"{len(still):,} patients have an NHS number that the map has for another patient, whom these changes do "
            "not delete. Correct it in the practice's system, or send a full extract. Nothing was written."
        )
    gone = {each.system_id for each in before}
    return {system_id: each for system_id, each in known.items() if system_id not in gone}


def _new(key: Key, system_id: str, number: str | None, holders: Mapping[str, Person]) -> Person:
    ways: list[Callable[[], str]] = [lambda: pseudonym.of_system_id(key, system_id)]
    if number:
        ways.insert(0, lambda: pseudonym.of_nhs_number(key, number))
    for way in ways:
        made = way()
        holder = holders.get(made)
        if holder is None:
            return Person(system_id, number, made)
        # Somebody keeps the pseudonym of a number that was corrected since; no other two may share one.
        if made in (
            pseudonym.of_system_id(key, holder.system_id),
            pseudonym.of_nhs_number(key, holder.nhs_number or ""),
        ):
            break
    raise UsageError(
        "two patients would get the same pseudonym, which happens once in 20 million million pairs. Nothing was "
        "written. Make a new key for the practice with 'reachwell new-key', and a new map, and send a full extract."
    )
