"""A delivery whose pseudonyms were made with another key is held, until the area says that the new key is meant."""

from datetime import date, timedelta

import pytest

ODS, DAY, NEXT = "B83001", date(2026, 11, 20), date(2026, 11, 21)


def test_another_key_is_held_and_the_data_stay(settled) -> None:
    settled.send(ODS, key_id="5b1c")
    outcome = settled.night(practices=[ODS], lists=False)
    assert outcome.exit_code == 4
    for words in ("key 5b1c", "3f9a", "It is held", 'key_id = "5b1c"', "The extract of 2026-11-19 stays in use"):
        assert words in outcome.fates[ODS].detail


def test_the_new_key_is_taken_once_the_area_accepts_it(settled) -> None:
    settled.send(ODS, key_id="5b1c")
    path = settled.folder / "reachwell.toml"
    path.write_text(path.read_text().replace(f'ods          = "{ODS}"', f'ods = "{ODS}"\nkey_id = "5b1c"'))
    assert settled.night(practices=[ODS], lists=False).exit_code == 0


@pytest.mark.parametrize(("known", "code"), [(0, 4), (1, 4), (3, 0), (25, 0)])
def test_an_extract_in_which_nobody_is_known_is_held_whatever_its_key_is_called(town, known: int, code: int) -> None:
    before = {f"ZQ7KBEFORE{number:02}": "lonely" for number in range(25)}
    after = {**dict(list(before.items())[:known]), **{f"ZQ7KAFTER{number:02}": "lonely" for number in range(25)}}
    town.send(ODS, DAY, people=before)
    assert town.night(DAY, practices=[ODS], lists=False).exit_code == 0
    town.send(ODS, NEXT, people=after)
    outcome = town.night(NEXT, practices=[ODS], lists=False)
    assert outcome.exit_code == code
    if code:
        assert f"of 25 patients of the data in use {known} are in it" in outcome.fates[ODS].detail
        assert town.night(NEXT + timedelta(days=1), practices=[ODS], lists=False).exit_code == 4
