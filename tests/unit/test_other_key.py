"""An extract whose pseudonyms were made with another key is held until the area accepts the key."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from reachwell import lake

DAY = date(2026, 11, 20)
ODS, OTHER = "B83001", "B83017"
MANY = [f"ZQ7KLA{number:02}" for number in range(25)]
AGAIN = [f"ZQ7KNW{number:02}" for number in range(25)]


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def send(town, on: date, people: Iterable[str], ods: str = ODS, **manifest: object) -> None:
    town.send(ods, on, people=dict.fromkeys(people, "lonely alone"), **manifest)


def night(town, today: date, ods: str = ODS) -> int:
    """The exit code of a night for one practice, without lists."""
    return town.night(today, practices=[ods], lists=False).exit_code


def in_use(town, ods: str = ODS) -> tuple[date, str]:
    snapshot = lake.current(town.area.lake, ods)
    return snapshot.extracted_on, snapshot.key_id


def accept(town, key: str, ods: str = ODS) -> None:
    """Accept a new key of one practice in reachwell.toml."""
    path = town.folder / "reachwell.toml"
    head, line, tail = path.read_text(encoding="utf-8").partition(f'ods          = "{ods}"\n')
    assert line
    path.write_text(f'{head}{line}key_id = "{key}"\n{tail}', encoding="utf-8")


@pytest.fixture(scope="module")
def once(new_town):
    """An area of two practices with people of the same pseudonyms after a night."""
    town = new_town()
    for ods in (ODS, OTHER):
        send(town, DAY, MANY, ods)
        assert night(town, DAY, ods) == 0
    return town


@pytest.fixture
def town(once, copy_of):
    return copy_of(once)


def test_another_key_is_held_until_the_area_accepts_it(town) -> None:
    files = town.kept()
    for ods in (ODS, OTHER):
        send(town, after(1), AGAIN, ods, key_id="5b1c")
    assert night(town, after(1)) == 4
    told = str(town.errors[ODS])
    assert "its pseudonyms were made with key 5b1c, and those of the data in use with 3f9a" in told
    assert "It is held, and the data in use stay." in told
    assert 'set key_id = "5b1c" in its [[practice]] of reachwell.toml' in told
    assert "The extract of 2026-11-20 stays in use." in told
    assert town.kept() == files
    # It is told each night; another key that is accepted, or this one of another practice, changes nothing.
    accept(town, "5b1c", OTHER)
    accept(town, "0000")
    assert night(town, after(1)) == 4
    assert str(town.errors[ODS]) == told
    assert night(town, after(1), OTHER) == 0
    assert (in_use(town), in_use(town, OTHER)) == ((DAY, "3f9a"), (after(1), "5b1c"))
    town.set("key_id", "5b1c")
    assert night(town, after(1)) == 0
    assert in_use(town) == (after(1), "5b1c")
    # From then on the old key is another one; the setting may stay.
    send(town, after(2), MANY, key_id="3f9a")
    assert night(town, after(2)) == 4
    assert in_use(town) == (after(1), "5b1c")


def test_pseudonyms_that_are_all_new_under_the_old_keys_id_are_held_whatever_is_accepted(town) -> None:
    accept(town, "3f9a")
    send(town, after(1), AGAIN)
    assert night(town, after(1)) == 4
    told = "of 25 patients of the data in use 0 are in it. Its pseudonyms were made with another key"
    assert told in str(town.errors[ODS])
    assert in_use(town) == (DAY, "3f9a")
    # One that is right makes up for it.
    send(town, after(2), MANY)
    assert night(town, after(2)) == 0
    assert in_use(town) == (after(2), "3f9a")


@pytest.mark.parametrize(("stay", "code"), [(2, 4), (3, 0)])
def test_where_a_tenth_of_the_people_stay_it_is_the_same_key(town, stay: int, code: int) -> None:
    send(town, after(1), [*MANY[:stay], *AGAIN[stay:]])
    assert night(town, after(1)) == code


def test_of_few_people_all_may_have_changed_and_who_has_opted_out_is_none_of_them(new_town) -> None:
    town = new_town({ODS: ("Elm Tree Surgery", 0.16)})
    town.send(ODS, DAY, people={who: "opted_out" if who in MANY[:6] else "lonely" for who in MANY})
    assert night(town, DAY) == 0
    send(town, after(1), AGAIN)
    assert night(town, after(1)) == 0
    assert set(lake.opted_out(lake.current(town.area.lake, ODS))) == set(MANY[:6])
