"""The chain: which full extract and which changes after it make up a practice's data, from what its inbox holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from reachwell.errors import DeliveryLate, DeliveryRejected, ReachwellError
from reachwell.manifest import Manifest


@dataclass(frozen=True)
class Received:
    """A delivery in the inbox whose manifest can be read and fits the practice."""

    path: Path
    manifest: Manifest
    digest: str

    @property
    def on(self) -> date:
        """The day its extract speaks for."""
        return self.manifest.extracted_on


@dataclass(frozen=True)
class Refusal:
    """Why a delivery is not used. A newer good one makes up for it, unless the two contradict each other.

    extracted_on: its extract's day; where that is not known, received says when it came, in seconds.
    """

    message: str
    extracted_on: date | None = None
    received: float = 0.0
    stands: bool = False
    is_gap: bool = False

    @property
    def error(self) -> type[ReachwellError]:
        """What it is to the user: a delivery that is missing, or one that is wrong."""
        return DeliveryLate if self.is_gap else DeliveryRejected


def of_kind(received: Iterable[Received], kind: str) -> list[Received]:
    """The full extracts or the deltas, by day; what was sent twice counts once."""
    once = {each.digest: each for each in reversed(list(received)) if each.manifest.kind == kind}
    return sorted(once.values(), key=lambda each: (each.on, each.path.name))


def by_day(received: Sequence[Received]) -> Iterator[tuple[date, list[Received]]]:
    """Deliveries, in the order given, day by day."""
    for on, group in groupby(received, key=lambda each: each.on):
        yield on, list(group)


def contradiction(ods: str, on: date, group: Sequence[Received]) -> Refusal:
    """Different deliveries of one day: neither can be chosen by a program."""
    names = " and ".join(sorted(each.path.name for each in group))
    what = f"{ods}: two deliveries speak for {on}: {names}. Remove the wrong one from the inbox "
    return Refusal(what + "and from the practice's place.", on, stands=True)


def gap(ods: str, deltas: Sequence[Received], state: date | None) -> Refusal | None:
    """Why none of a day's deltas continues a state, or None where one does.

    state: the day it speaks for; None where there is no full extract to begin with.
    """
    first = deltas[0]
    if state is None:
        told = f"delivery {first.path.name} holds changes only, and there is no full extract of {ods} before it."
        return Refusal(f"{told} Ask for one.", first.on, is_gap=True)
    if any(continues(each, state) for each in deltas):
        return None
    told = (
        f"{ods}: the changes from {state} to {first.manifest.changes_since} are missing. Delivery {first.path.name} "
        "cannot be used before they come. Ask for the missing delivery, or for a full extract."
    )
    return Refusal(told, first.on, is_gap=True)


def continues(delta: Received, state: date) -> bool:
    """Whether a delta holds all that changed since a state. One that reaches further back does no harm."""
    since = delta.manifest.changes_since
    return since is not None and since <= state < delta.on
