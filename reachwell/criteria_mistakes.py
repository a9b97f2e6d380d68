"""The mistakes of a criteria file that its structure alone does not show, in words that name the rule.

They are looked for in the text as it was parsed, so that they are told beside the mistakes of structure.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from reachwell.features import Feature
from reachwell.mistakes import nearest

_KINDS = ("exclude", "route", "rule")
_NUMBERS = ("at_least", "at_most", "more_than", "less_than", "between", "is_one_of", "is")
# The form of the file that this version reads.
FORMAT = 1


def mistakes_in(raw: Mapping[str, Any], catalogue: Mapping[str, Feature]) -> list[str]:
    """Every mistake of names, ids, periods, bands and numbers. raw: the file's text as TOML."""
    found = _same_ids(raw)
    for label, entry in _entries(raw):
        found += [f"{label}: {each}" for each in _in_bands(entry)]
        for leaf in _leaves(entry):
            name = leaf["feature"]
            told = _in_leaf(leaf, catalogue[name]) if name in catalogue else [_unknown(name, catalogue)]
            found += [f"{label}: {each}" for each in told]
    return found


def of_a_newer_form(raw: Mapping[str, Any]) -> str | None:
    """Why nothing else of a file should be judged: it was written for a later version; None otherwise."""
    form = raw.get("format", FORMAT)
    if isinstance(form, int) and form > FORMAT:
        return f"is of format {form}, and this version of reachwell reads {FORMAT}. Use a newer reachwell"
    return None


def named(mistake: str, raw: Mapping[str, Any]) -> str:
    """A mistake with its rule named instead of numbered."""
    # "rule.3.pionts: ..." reads better as "rule 'low_activation': pionts: ...".
    kind, _, rest = mistake.partition(".")
    number, _, what = rest.partition(":") if "." not in rest.split(":")[0] else rest.partition(".")
    entries = raw.get(kind)
    if isinstance(entries, list) and number.isdigit() and isinstance(entries[int(number) - 1], dict):
        return f"{kind} '{entries[int(number) - 1].get('id', number)}': {what.strip()}"
    return mistake


def _entries(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind in _KINDS:
        entries = raw.get(kind, [])
        for each in entries if isinstance(entries, list) else []:
            yield (f"{kind} '{each.get('id', '?')}'" if isinstance(each, dict) else kind), each


def _leaves(raw: Any) -> Iterator[dict[str, Any]]:
    if isinstance(raw, dict):
        if isinstance(raw.get("feature"), str):
            yield raw
        for part in ("all", "any"):
            for each in raw.get(part, []) if isinstance(raw.get(part), list) else []:
                yield from _leaves(each)


def _same_ids(raw: Mapping[str, Any]) -> list[str]:
    ids = [str(each["id"]) for _, each in _entries(raw) if isinstance(each, dict) and "id" in each]
    # The exclusion that follows from hide_for has this id.
    ids.append("declined")
    return [f"id '{each}' is used more than once" for each in sorted({each for each in ids if ids.count(each) > 1})]


def _unknown(name: str, catalogue: Mapping[str, Feature]) -> str:
    return f"no feature is called '{name}'.{nearest(name, catalogue)} 'reachwell features' lists all {len(catalogue)}."


def _in_bands(entry: Any) -> Iterator[str]:
    bands = entry.get("bands") if isinstance(entry, dict) else None
    starts = [each.get("at_least") for each in bands if isinstance(each, dict)] if isinstance(bands, list) else []
    numbers = [each for each in starts if isinstance(each, int | float)]
    if any(here >= following for here, following in pairwise(numbers)):
        yield f"bands are out of order: {', '.join(f'{each:g}' for each in numbers)}. Write the lowest first, each once"


def _in_leaf(leaf: Mapping[str, Any], feature: Feature) -> Iterator[str]:
    if "within" in leaf and feature.within is None:
        yield f"{feature.name} looks at the whole record: leave out within"
    for name in _NUMBERS:
        values = leaf[name] if isinstance(leaf.get(name), list) else [leaf[name]] if name in leaf else []
        is_flags = [isinstance(each, bool) for each in values]
        if feature.is_flag and not all(is_flags):
            yield f"{feature.name} is yes or no: write is = true or is = false"
        elif not feature.is_flag and any(is_flags):
            yield f"{feature.name} is a number ({feature.unit}): write at_least, at_most or another comparison"
        elif feature.unit == "share" and any(isinstance(each, int | float) and not 0 <= each <= 1 for each in values):
            yield f"{name}: {feature.name} is a share: write 10% as 0.10"
