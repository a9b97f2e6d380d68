"""pydantic's findings in the words of someone who does not program."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a known setting",
    "string_type": "should be text in quotes",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
    "date_type": "should be a date such as 2026-11-21",
    "date_from_datetime_parsing": "should be a date such as 2026-11-21",
    "list_type": "should be a list in [square brackets]",
    "tuple_type": "should be a list in [square brackets]",
}


def in_words(error: ValidationError, prefix: str = "", names: Iterable[str] = ()) -> list[str]:
    """Each mistake as "where: what"; names are the keys that might have been meant."""
    found = error.errors(include_url=False)
    # A list whose entries are wrong is also told to be too short; the entries' own mistakes say it better.
    inner = [each["loc"] for each in found]
    told = [
        each
        for each in found
        if each["type"] != "too_short" or not any(loc[: len(each["loc"])] == each["loc"] != loc for loc in inner)
    ]
    return [_one(dict(each), prefix, list(names)) for each in told]


def nearest(name: str, names: Iterable[str]) -> str:
    """ " Did you mean 'x'?" where a name is near enough, otherwise nothing."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _one(each: dict[str, Any], prefix: str, names: list[str]) -> str:
    path = [part for part in each["loc"] if not str(part).startswith(("function-", "tagged-"))]
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in path)
    where = ".".join(part for part in (prefix, where) if part)
    what = _WORDS.get(each["type"])
    if what is None:
        what = each["msg"].removeprefix("Value error, ")
        what = what[0].lower() + what[1:] if what.startswith(("Input", "String", "List", "Tuple")) else what
        what = what.replace("input should", "should").replace("string should", "should")
    if each["type"] == "extra_forbidden" and path:
        what += "." + nearest(str(path[-1]), names) if nearest(str(path[-1]), names) else ""
    return f"{where}: {what}" if where else what
