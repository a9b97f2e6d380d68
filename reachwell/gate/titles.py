"""Titles: names of files and of columns, in which somebody may be named too.

A file without a header line has its first row there.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from reachwell.engine import Engine
from reachwell.gate.columns import column
from reachwell.gate.files import Texts
from reachwell.gate.search import search

# What stands between the words of a file's name; and an hour, 2026112109, which may pass for an NHS number.
_BETWEEN_WORDS = re.compile(r"_|(?<=[A-Za-z])\.|(?<=[A-Za-z])-(?=[A-Za-z])")
_HOUR = re.compile(r"\b20\d{8}\b")


def words_of(file: Path) -> str:
    """The words that the name and the folders of a file, a path in its delivery, are made of."""
    return _HOUR.sub("", " ".join(_BETWEEN_WORDS.sub(" ", part) for part in file.parts))


def search_titles(db: Engine, titles: Mapping[int, Sequence[str]]) -> list[tuple[int, str, int]]:
    """What tells who somebody is in titles, by whatever number they come under: number, what it is, how many."""
    if not titles:
        return []
    longest = max(map(len, titles.values()))
    cells = {f"c{place}": [*texts, *[None] * (longest - len(texts))] for place, texts in enumerate(titles.values())}
    db.offer("titles", pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)))
    of, columns = list(titles), [column("title", "titles", None)] * len(titles)
    found = search(db, Texts(Path("titles"), "titles", tuple(cells)), columns)
    return [(of[place], what, count) for place, what, count in found]
