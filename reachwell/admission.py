"""Admission: a practice's deliveries are looked through at the gate before they are in the inbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reachwell.errors import DeliveryRejected, ReachwellError
from reachwell.gate import Identifier, look, refusal
from reachwell.log import tell
from reachwell.manifest import Manifest, read
from reachwell.place import Place
from reachwell.source import Source


@dataclass
class Admission:
    """Lets the deliveries of a practice in, or not. refused: why, for each that was not let in."""

    place: Place
    refused: list[str] = field(default_factory=list)

    def admits(self, delivery: Path, name: str) -> bool:
        """Whether a delivery may come in. name: what to call it.

        One whose manifest cannot be read is looked at without knowing its format: its copy would stay otherwise.
        """
        manifest, source = self._read(delivery)
        self.place.scratch.mkdir(parents=True, exist_ok=True)
        found = look(delivery, source, self.place.scratch)
        if found and manifest and manifest.invented:
            cells = sum(each.cells for each in found)
            tell("identifiers of invented people", delivery=name, columns=len(found), cells=cells)
            return True
        if found:
            self.refused.append(refusal(name, found))
        return not found

    def _read(self, delivery: Path) -> tuple[Manifest | None, Source | None]:
        try:
            manifest = read(delivery)
        except DeliveryRejected:
            return None, None
        try:
            return manifest, self.place.source(manifest.format)
        except ReachwellError:
            return manifest, None


def counted(found: Sequence[Identifier]) -> list[tuple[str, int]]:
    """What the gate found of invented people, for a table of notes: what, and how many cells."""
    return [
        (f"{each.table}.{each.column}: {each.what} of invented people, which are let in", each.cells) for each in found
    ]
