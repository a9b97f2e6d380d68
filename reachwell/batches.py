"""Batches: which practices are measured together."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from reachwell.lake import Snapshot

# Few enough to keep memory flat, enough to make good the cost of a batch.
BATCH = 10


def batches(snapshots: Sequence[Snapshot], dates: Mapping[str, date]) -> Iterator[list[Snapshot]]:
    """Snapshots whose practices have the same index date, at most BATCH at a time, by date and practice."""
    ordered = sorted(snapshots, key=lambda each: (dates[each.practice_id], each.practice_id))
    for _, group in groupby(ordered, key=lambda each: dates[each.practice_id]):
        together = list(group)
        for start in range(0, len(together), BATCH):
            yield together[start : start + BATCH]
