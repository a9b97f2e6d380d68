"""The catalogue as people read it: features and rules in rows, for commands and the reference page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from reachwell.criteria import Programme, read_programme
from reachwell.features import UNKNOWN, Feature, catalogue
from reachwell.plugs import find
from reachwell.sentences import described


def feature_rows(area: Path | None = None) -> list[dict[str, Any]]:
    """One row per feature: name, title, unit, look-back, what no row means, settings, source."""
    return [_feature_row(feature) for feature in catalogue(area).values()]


def rule_rows(area: Path | None = None, programmes: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """One row per exclusion, route and rule of the programmes: what it asks for in words, and its points."""
    features = catalogue(area)
    names = programmes or list(find("criteria", area))
    return [row for name in names for row in _programme_rows(read_programme(name, features, area), features)]


def _feature_row(feature: Feature) -> dict[str, Any]:
    absent = UNKNOWN if feature.absent is None else ("no" if feature.is_flag else f"{feature.absent:g}")
    return {
        "feature": feature.name,
        "title": feature.title,
        "unit": feature.unit,
        "within": str(feature.within or "ever"),
        "no row means": absent,
        "settings": ", ".join(f"{name} = {value:g}" for name, value in feature.settings.items()),
        "source": feature.file.header.get("source", ""),
    }


def _programme_rows(programme: Programme, features: dict[str, Feature]) -> list[dict[str, Any]]:
    rows = []
    for kind, entries in (
        ("exclude", programme.exclusions),
        ("route", programme.route),
        ("rule", programme.rule),
    ):
        for each in entries:
            worth = {
                "exclude": "",
                "route": f"to {getattr(each, 'to', '')}",
                "rule": f"{getattr(each, 'most_points', '')}",
            }
            rows.append(
                {
                    "programme": programme.id,
                    "kind": kind,
                    "id": each.id,
                    "label": getattr(each, "label", None) or getattr(each, "because", ""),
                    "who": described(each, features),
                    "points": worth[kind],
                }
            )
    return rows


def rows_table(rows: Sequence[dict[str, Any]], title: str) -> Table:
    """Rows as a table for the terminal."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name.capitalize(), overflow="fold")
    for row in rows:
        # As it stands: a term may have [square brackets], which would be taken for a style.
        table.add_row(*[Text(str(value)) for value in row.values()])
    return table
