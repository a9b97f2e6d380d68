"""The mistakes of a criteria file that its structure alone does not show, in words that name the rule."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reachwell.features import Feature
from reachwell.mistakes import nearest


def unknown_names(raw: Any, catalogue: Mapping[str, Feature]) -> list[str]:
    """The names that no feature has, each with the nearest that one has."""
    found = []
    for kind in ("exclude", "route", "rule"):
        entries = raw.get(kind, [])
        for each in entries if isinstance(entries, list) else []:
            label = f"{kind} '{each.get('id', '?')}'" if isinstance(each, dict) else kind
            for name in _names_in(each):
                if name not in catalogue:
                    found.append(
                        f"{label}: no feature is called '{name}'.{nearest(name, catalogue)} "
                        f"'reachwell features' lists all {len(catalogue)}."
                    )
    return found


def _names_in(raw: Any) -> Iterator[str]:
    if isinstance(raw, dict):
        if isinstance(raw.get("feature"), str):
            yield raw["feature"]
        for part in ("all", "any"):
            for each in raw.get(part, []) if isinstance(raw.get(part), list) else []:
                yield from _names_in(each)


def named(mistake: str, raw: dict[str, Any]) -> str:
    """A mistake with its rule named instead of numbered."""
    # "rule.3.pionts: ..." reads better as "rule 'low_activation': pionts: ...".
    kind, _, rest = mistake.partition(".")
    number, _, what = rest.partition(":") if "." not in rest.split(":")[0] else rest.partition(".")
    entries = raw.get(kind)
    if isinstance(entries, list) and number.isdigit() and isinstance(entries[int(number) - 1], dict):
        return f"{kind} '{entries[int(number) - 1].get('id', number)}': {what.strip()}"
    return mistake


def same_ids(ids: Iterable[str]) -> list[str]:
    """The ids that are used more than once."""
    ids = list(ids)
    return [f"id '{each}' is used more than once" for each in sorted({each for each in ids if ids.count(each) > 1})]
