"""Sweep: one number of a criteria file over a range of values, as the analyst writes it.

frequent_attendance.contact_days=8..20:2     list.threshold=3..8     lives_alone.points=1..3
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reachwell.errors import UsageError
from reachwell.mistakes import nearest

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_FORM = re.compile(rf"(?P<name>[a-z0-9_.]+)=(?P<first>{_NUMBER})\.\.(?P<last>{_NUMBER})(?::(?P<step>{_NUMBER}))?")
_COMPARISONS = ("at_least", "at_most", "more_than", "less_than")
_WHOLE_FILE = {"list": ("threshold", "caseload_per_year"), "population": ("minimum_age",)}
_HOW = "write RULE.FIELD=FROM..TO or RULE.FIELD=FROM..TO:STEP, such as frequent_attendance.contact_days=8..20:2"
MOST = 100


@dataclass(frozen=True)
class Sweep:
    """name: RULE.FIELD as written. values: in order."""

    name: str
    values: tuple[float, ...]


def sweep_of(text: str) -> Sweep:
    """Read a sweep; UsageError says how one is written, or that it has too many values."""
    found = _FORM.fullmatch(text.strip())
    if not found or "." not in found["name"]:
        raise UsageError(f"'{text}' is no range of values: {_HOW}")
    first, last, step = (Decimal(found[name] or 1) for name in ("first", "last", "step"))
    if step <= 0 or last < first:
        raise UsageError(f"'{text}' has no values: FROM comes before TO, and STEP is more than 0")
    count = int((last - first) / step) + 1
    if count > MOST:
        raise UsageError(f"'{text}' has {count:,} values; {MOST} at most. Take a larger step: {_HOW}")
    values = [first + step * place for place in range(count)]
    return Sweep(found["name"], tuple(int(each) if each == int(each) else float(each) for each in values))


def now_of(raw: Mapping[str, Any], name: str) -> float | None:
    """The number as the file has it; None where the file leaves it to its default. raw: the file's text as TOML."""
    place, key = _place(deepcopy(dict(raw)), name)
    value: float | None = place.get(key)
    return value


def changed(raw: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    """The file's text as TOML with numbers changed. values: by RULE.FIELD; UsageError where there is no such number."""
    copy = deepcopy(dict(raw))
    for name, value in values.items():
        place, key = _place(copy, name)
        place[key] = value
    return copy


def _place(raw: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The table of the file that holds the number, and its key there."""
    owner, _, field = name.partition(".")
    if owner in _WHOLE_FILE:
        if field not in _WHOLE_FILE[owner]:
            raise UsageError(f"{owner} has no number '{field}' to change; there are: {', '.join(_WHOLE_FILE[owner])}")
        table: dict[str, Any] = raw.setdefault(owner, {})
        return table, field
    entries = {each["id"]: each for kind in ("exclude", "route", "rule") for each in raw.get(kind, [])}
    if owner not in entries:
        known = [*entries, *_WHOLE_FILE]
        raise UsageError(f"no rule is called '{owner}'.{nearest(owner, known)} There are: {', '.join(known)}")
    places = dict(_numbers(entries[owner]))
    if field not in places:
        told = f"There are: {', '.join(places)}" if places else "It asks for no number"
        raise UsageError(f"'{owner}' has no number '{field}' to change.{nearest(field, places)} {told}")
    if len(places[field]) > 1:
        raise UsageError(f"'{owner}' has more than one {field}: change the file and use criteria plan")
    return places[field][0]


def _numbers(entry: dict[str, Any]) -> dict[str, list[tuple[dict[str, Any], str]]]:
    """The numbers of a rule by what they may be called: points, a comparison, a feature, or feature.comparison."""
    found: dict[str, list[tuple[dict[str, Any], str]]] = {}
    if "points" in entry:
        found["points"] = [(entry, "points")]
    for leaf in _leaves(entry):
        for key in (each for each in _COMPARISONS if each in leaf):
            names = [leaf["feature"], f"{leaf['feature']}.{key}", *([key] if leaf is entry else [])]
            for name in names:
                found.setdefault(name, []).append((leaf, key))
    return found


def _leaves(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "feature" in entry:
        yield entry
    for part in ("all", "any"):
        for each in entry.get(part, []):
            yield from _leaves(each)
