"""Prevalence: what share of registered people is published to have something on record, by code list and category."""

import csv
from pathlib import Path

import polars as pl

from reachwell import codelists
from reachwell.errors import FileMistakes
from reachwell.mistakes import nearest
from reachwell.plugs import find

PUBLISHED = {
    "list": pl.String, "category": pl.String, "share": pl.Float64, "people": pl.Int64, "source": pl.String,
}  # fmt: skip


def read_all(area: Path | None = None) -> pl.DataFrame:
    """Every published figure as rows of PUBLISHED, the area's files in place of those they name.

    category: null for a whole list. people: of how many the share was counted. FileMistakes names every mistake.
    """
    lists = codelists.read_all(area)
    known = {(name, None) for name in lists["list"]} | set(lists.select("list", "category").rows())
    rows = [row for path in find("sql/prevalence", area).values() for row in _read(path, known)]
    return pl.DataFrame(rows, schema=PUBLISHED, orient="row")


def _read(path: Path, known: set[tuple[str, str | None]]) -> list[tuple[str, str | None, float, int, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns, rows = reader.fieldnames or (), list(reader)
    except OSError as error:
        raise FileMistakes(str(path), [f"cannot be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, csv.Error):
        raise FileMistakes(path.name, ["is not CSV in UTF-8"]) from None
    if list(columns) != list(PUBLISHED):
        raise FileMistakes(path.name, [f"should have the columns {','.join(PUBLISHED)}"])
    mistakes = [f"line {line}: {each}" for line, row in enumerate(rows, start=2) for each in _mistakes_of(row, known)]
    if mistakes:
        raise FileMistakes(path.name, mistakes)
    return [
        (row["list"], row["category"] or None, float(row["share"]), int(row["people"]), row["source"]) for row in rows
    ]


def _mistakes_of(row: dict[str, str], known: set[tuple[str, str | None]]) -> list[str]:
    if None in row or None in row.values():
        return ["has another number of columns than the header"]
    found = []
    name, category = row["list"], row["category"] or None
    lists = {each for each, _ in known}
    if name not in lists:
        found.append(f"no code list is called '{name}'.{nearest(name, lists)}")
    elif (name, category) not in known:
        categories = {each for of, each in known if of == name and each}
        found.append(f"the list {name} has no category '{category}'.{nearest(str(category), categories)}")
    if not _is_share(row["share"]):
        found.append("share should be more than 0 and less than 1: write 13.3% as 0.133")
    if not row["people"].isdecimal() or not int(row["people"]):
        found.append("people should be a whole number: of how many the share was counted")
    if not row["source"].strip():
        found.append("source is empty")
    return found


def _is_share(text: str) -> bool:
    try:
        return 0 < float(text) < 1
    except ValueError:
        return False
