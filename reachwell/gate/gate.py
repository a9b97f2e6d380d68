"""The gate itself: every column of every file is looked at, and what is found is told in counts."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from reachwell.engine import Engine, engine
from reachwell.gate.files import files_of
from reachwell.gate.in_file import Identifier, look_at
from reachwell.gate.titles import search_titles, words_of
from reachwell.source import Source

# So many places are named in a message.
_NAMED = 6


def look(delivery: Path, source: Source | None, scratch: Path | None = None) -> tuple[Identifier, ...]:
    """Look for identifiers in every file of a delivery; returns what was found, the most first.

    source: the format, or None where it is not known. scratch: where the texts are put meanwhile, in a folder of their
    own; identities may be among them, so it must be as safe as the delivery.
    """
    with (
        tempfile.TemporaryDirectory(dir=scratch) as name,
        engine(delivery, writable=Path(name), scratch=Path(name)) as db,
    ):
        found = list(_look(db, delivery, source, Path(name)))
    return tuple(sorted(found, key=lambda each: (-each.cells, each.table, each.column)))


def refusal(delivery: str, found: Sequence[Identifier]) -> str:
    """Why a delivery that holds identifiers is rejected, in places and counts."""
    told = "; ".join(map(str, found[:_NAMED]))
    more = f"; and {len(found) - _NAMED} more columns" if len(found) > _NAMED else ""
    return (
        f"delivery {delivery} holds what tells who people are: {told}{more}. It is rejected whole, and nothing of it "
        "is kept. Remove it from the practice's place, and pseudonymise it there: reachwell pseudonymise."
    )


def _look(db: Engine, delivery: Path, source: Source | None, scratch: Path) -> Iterator[Identifier]:
    files = dict(enumerate(files_of(delivery), start=1))
    found: dict[int, list[Identifier]] = {}
    headers: dict[int, list[str]] = {}
    for number, file in files.items():
        # A folder for each file, so that no more of the disk is needed than for the largest.
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            found[number], headers[number] = look_at(db, file, source, Path(name))
    for number, what, cells in search_titles(db, headers):
        found[number].append(Identifier(files[number].stem, "the first line", what, cells))
    tell_tale = search_titles(db, {number: [words_of(file.relative_to(delivery))] for number, file in files.items()})
    for number, what, cells in tell_tale:
        found[number].append(Identifier("", "its name", what, cells))
    unnamed = {number for number, *_ in tell_tale}
    for number, in_file in found.items():
        yield from (replace(each, table=f"file {number}") if number in unnamed else each for each in in_file)
