"""What is wrong with a code that comes from somewhere else, in words: most have been through a spreadsheet."""

import re

from reachwell.codelists import is_snomed

# A spreadsheet keeps 15 digits of a number and writes zeros for the rest.
_DIGITS_KEPT = 15
_READ_LENGTH = 5
_SHOWN = 40
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+\d+|\d+[.,]\d+[eE]\d+")
_A_DECIMAL = re.compile(r"\d+[.,]0+")
_ASK = "Was it opened in a spreadsheet?"
# The two digits before the check digit say what a SNOMED CT identifier is of. Source: SNOMED CT Release File
# Specification, "Partition identifier".
_OF_NO_CONCEPT = {"01": "a description", "11": "a description", "02": "a relationship", "12": "a relationship"}


def fault_of(code: str, system: str) -> str | None:
    """Why a text can be no code of its system, or None where it can."""
    # What cannot be seen, such as a space of no width, is shown all the same.
    shown = ascii(code[:_SHOWN])
    if _SCIENTIFIC.fullmatch(code):
        return f"{shown} is a number in scientific notation, and its digits are lost. {_ASK}"
    if _A_DECIMAL.fullmatch(code):
        return f"{shown} is a number with decimals, not a code. {_ASK}"
    if system in ("snomed", "dmd"):
        return _fault_of_snomed(code, shown)
    if system in ("ctv3", "read2") and len(code) != _READ_LENGTH:
        return (
            f"{shown} has {len(code)} characters, and a Read code has {_READ_LENGTH} with the dots that fill it up "
            f"(9Nu0.). A zero in front may be lost. {_ASK}"
        )
    return None


def _fault_of_snomed(code: str, shown: str) -> str | None:
    part = _OF_NO_CONCEPT.get(code[-3:-1])
    if is_snomed(code):
        # A long identifier has a namespace, and then 1 in front of what it is of.
        if len(code) > _DIGITS_KEPT and code[-3:-1] == "00":
            return f"{shown} ends in zeros that no code of its length has. {_ASK}"
        return f"{shown} is the id of {part}, not of a concept. Take the column of concepts" if part else None
    if len(code) > _DIGITS_KEPT and code.isdigit() and not code[_DIGITS_KEPT:].strip("0"):
        return f"{shown} is no SNOMED CT code: its last digits are zeros and its check digit does not fit. {_ASK}"
    if code.isascii() and code.isdigit():
        return f"{shown} is no SNOMED CT code: its check digit does not fit. {_ASK}"
    return f"{shown} is no SNOMED CT code. Where it is of another code system, say which with --system"
