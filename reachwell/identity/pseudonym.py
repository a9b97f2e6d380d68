"""Pseudonyms: twelve characters made of an NHS number and the practice's key, fit for Excel, e-mail and the telephone.

HMAC-SHA-256 (RFC 2104), cut to a letter and ten characters of an alphabet of 17, and a check character. 10 x 17^10 =
2.0e13 pseudonyms: two given people share one with a chance of 5.0e-14, and any two of 10,000 with one of 2.5e-6.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable

from reachwell.identity.key import Key

LENGTH = 12
# No vowels, so that no word or month comes about and no number in scientific notation; of what looks or sounds alike
# (0 and O; 1, I and L; 5, S and F; 8 and A; B, C, D, E, G, P, T, V; M and N; J and K) at most one.
_LETTERS = "HKMPQRWXYZ"
_ALPHABET = "2346789" + _LETTERS
_SIZE = len(_ALPHABET)
# Postcodes of the NHS for whoever has none: no fixed abode, not known, abroad.
_NO_HOME = "ZZ99"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def of_nhs_number(key: Key, nhs_number: str) -> str:
    """The pseudonym of a person with an NHS number. nhs_number: ten digits."""
    return _encoded(key, b"nhs:" + nhs_number.encode("ascii"))


def of_system_id(key: Key, system_id: str) -> str:
    """The pseudonym of a person without an NHS number, from the id that the practice's system gave them."""
    return _encoded(key, b"own:" + system_id.encode())


def of_address(key: Key, parts: Iterable[str | None], postcode: str | None = None) -> str | None:
    """A household's token from the parts of its address; None where these say too little to tell homes apart.

    The words count, however they are written and wherever one part ends: "Flat 1, 2 High St." and "FLAT 1 2 HIGH ST"
    are one home, "Flat 11, 2 High St" and "Flat 1, 12 High St" are two.
    """
    words, code = [each for part in parts if (each := _words(part))], "".join(_words(postcode).split())
    if len(words) + bool(code) < 2 or code.startswith(_NO_HOME):
        return None
    return _encoded(key, f"home:{' '.join(words)}|{code}".encode())


def is_pseudonym(text: str) -> bool:
    """Whether a text is a pseudonym with the right check character: none that was mistyped in one place, or in which
    two characters were exchanged, is."""
    if len(text) != LENGTH or text[0] not in _LETTERS or any(character not in _VALUES for character in text):
        return False
    return text[-1] == _check(text[:-1])


def _words(text: str | None) -> str:
    plain = re.sub("['’.]", "", unicodedata.normalize("NFKC", text or "").upper())
    return " ".join(re.findall(r"[^\W_]+", plain))


def _encoded(key: Key, message: bytes) -> str:
    number = int.from_bytes(hmac.digest(key.secret, message, "sha256"))
    number, first = divmod(number, len(_LETTERS))
    characters = [_LETTERS[first]]
    for _ in range(LENGTH - 2):
        number, next_one = divmod(number, _SIZE)
        characters.append(_ALPHABET[next_one])
    return "".join(characters) + _check("".join(characters))


def _check(characters: str) -> str:
    # 17 is prime and the weights differ, so that one wrong character, or two exchanged, always changes the sum: the
    # check character itself has the weight 16 (that is, -1).
    return _ALPHABET[sum(weight * _VALUES[each] for weight, each in enumerate(characters, start=1)) % _SIZE]
