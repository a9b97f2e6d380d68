"""Pseudonyms: the same for the same person and key, fit for Excel and the telephone, and mistypings are found."""

import hashlib
import hmac
import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reachwell.identity import pseudonym
from reachwell.identity.key import Key
from reachwell.identity.pseudonym import is_pseudonym, of_address, of_nhs_number, of_system_id

ALPHABET = "2346789HKMPQRWXYZ"
KEY, OTHER = Key(bytes(range(32))), Key(bytes(32))
numbers = st.integers(9_990_000_000, 9_999_999_999).map(str)


def test_a_pseudonym_stays_what_it_is() -> None:
    # Worked out anew from the description in docs/identity.md: a change here makes everybody in use a stranger.
    letters, number = "HKMPQRWXYZ", int(hmac.new(KEY.secret, b"nhs:9990000018", hashlib.sha256).hexdigest(), 16)
    number, first = divmod(number, 10)
    told = letters[first] + "".join(ALPHABET[number // 17**place % 17] for place in range(10))
    told += ALPHABET[sum(place * ALPHABET.index(each) for place, each in enumerate(told, start=1)) % 17]
    assert of_nhs_number(KEY, "9990000018") == told == "X883HMQQ6H4K"
    assert of_system_id(KEY, "9990000018") == "ZRP2P36PY384"


@given(numbers)
def test_pseudonyms_have_a_shape_that_excel_and_the_telephone_leave_alone(number: str) -> None:
    made = of_nhs_number(KEY, number)
    assert re.fullmatch(rf"[HKMPQRWXYZ][{ALPHABET}]{{11}}", made)
    assert is_pseudonym(made)
    assert made != of_nhs_number(OTHER, number)
    assert number not in made


@given(numbers, st.integers(0, 11))
def test_one_wrong_character_is_found(number: str, place: int) -> None:
    made = of_nhs_number(KEY, number)
    for wrong in set(ALPHABET) - {made[place]}:
        assert not is_pseudonym(made[:place] + wrong + made[place + 1 :])


@given(numbers)
def test_two_characters_exchanged_are_found(number: str) -> None:
    made = of_nhs_number(KEY, number)
    for left, right in combinations(range(12), 2):
        if made[left] != made[right]:
            letters = list(made)
            letters[left], letters[right] = letters[right], letters[left]
            assert not is_pseudonym("".join(letters))


def test_why_that_is_so() -> None:
    # A sum over weights that are not 0 and differ, counted by a prime: one change, or one exchange, cannot cancel out.
    weights = [*range(1, 12), 16]
    assert len(ALPHABET) == 17
    assert all(weight % 17 for weight in weights)
    assert all((one - other) % 17 for one, other in combinations(weights, 2))
    # The check character's own weight is -1, so that all twelve together come to nothing.
    made = of_nhs_number(KEY, "9990000018")
    assert sum(weight * ALPHABET.index(each) for weight, each in zip(weights, made, strict=True)) % 17 == 0


def test_what_is_no_pseudonym() -> None:
    made = of_nhs_number(KEY, "9990000018")
    for text in ("", made[:-1], made + "2", "9" + made[1:], "9990000018", "ANNABEL", made.lower()):
        assert not is_pseudonym(text), text


def test_a_number_and_a_systems_id_of_one_text_are_two_people() -> None:
    assert of_nhs_number(KEY, "9990000018") != of_system_id(KEY, "9990000018")


@pytest.mark.parametrize(
    ("parts", "postcode"),
    [
        (["Flat 1", "12 High St", "", "Ambridge"], "ZQ1 2AB"),
        (["FLAT 1", "12  high st.", None, "ambridge"], "zq12ab"),
        (["Flat 1, 12", "High St", "Ambridge", ""], " ZQ1-2AB "),
        # Full-width letters and digits.
        (["Flat １", "１２ High St", "Ambridge"], "ＺＱ１ ２ＡＢ"),
    ],
)
def test_a_home_is_the_same_however_it_is_written(parts: list[str | None], postcode: str) -> None:
    token = of_address(KEY, parts, postcode)
    assert token == of_address(KEY, ["Flat 1", "12 High St", "Ambridge"], "ZQ1 2AB")
    assert is_pseudonym(token or "")


def test_letters_with_accents_may_be_written_in_two_ways() -> None:
    one, other = "1 Caf\u00e9 Row", "1 CAFE\u0301 ROW"
    assert of_address(KEY, [one], "ZQ1 2AB") == of_address(KEY, [other], "ZQ1 2AB")
    assert of_address(KEY, ["St Mary's"], "ZQ1 2AB") == of_address(KEY, ["St. Marys"], "ZQ1 2AB")


def test_other_homes_are_others() -> None:
    homes = [
        (["Flat 1", "12 High St"], "ZQ1 2AB"),
        (["Flat 11", "2 High St"], "ZQ1 2AB"),
        (["Flat 2", "12 High St"], "ZQ1 2AB"),
        (["Flat 1", "12 High St"], "ZQ1 2AC"),
        (["Flat 1", "12 High St"], None),
    ]
    tokens = [of_address(KEY, parts, postcode) for parts, postcode in homes]
    assert len({*tokens}) == len(homes)
    assert None not in tokens


def test_an_address_that_says_too_little_is_no_home() -> None:
    for parts in ([], [None, ""], [" ", "--"], ["Ambridge"]):
        assert of_address(KEY, parts) is None
    # A postcode is of many homes, and everybody without one has the same.
    assert of_address(KEY, [None], "ZQ1 2AB") is None
    assert of_address(KEY, ["No fixed abode", "Ambridge"], "ZZ99 3VZ") is None


def test_the_arithmetic_of_the_docs() -> None:
    count = 10 * 17**10
    assert f"{count:.1e}" == "2.0e+13"
    assert f"{1 / count:.0e}" == "5e-14"
    assert f"{10_000 * 9_999 / 2 / count:.1e}" == "2.5e-06"
    assert pseudonym.LENGTH == 12
