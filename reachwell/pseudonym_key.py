"""Pseudonym keys: a delivery made with another key than the data in use is held, as nobody in it would be known."""

from collections.abc import Mapping

import polars as pl

from reachwell.chain import Received
from reachwell.engine import engine
from reachwell.errors import DeliveryRejected
from reachwell.lake import Snapshot, rows_of
from reachwell.manifest import Manifest

# Fewer patients may all have changed; and of more, some always stay.
_FEWEST = 20
_LEAST_KNOWN = 0.1
_HELD = "It is held, and the data in use stay. Ask the practice which key it used."


def refuse_if_other_key(each: Received, before: Snapshot, accepted: Mapping[str, str]) -> None:
    """Raise DeliveryRejected where a full extract names another key than the data in use, unless that is accepted."""
    key = each.manifest.key_id
    if key not in (before.key_id, accepted.get(each.manifest.practice)):
        raise DeliveryRejected(
            f"delivery {each.path.name}: its pseudonyms were made with key {key}, and those of the data in use with "
            f"{before.key_id}, so that everybody in it would be new. {_HELD} If the new one is meant, set "
            f'key_id = "{key}" in its [[practice]] of reachwell.toml: everybody is then listed as new.'
        )


class KnownPatients:
    """How many of the patients of the data in use are in a full extract, counted as its parts are read."""

    def __init__(self, before: Snapshot | None) -> None:
        self._before = before
        self._left = _patients(before) if before else set()
        self._total = len(self._left)

    def add(self, patients: pl.DataFrame) -> None:
        """Count a part's patients."""
        self._left.difference_update(patients["patient_id"])

    def refuse_if_all_are_new(self, manifest: Manifest, delivery: str, accepted: Mapping[str, str]) -> None:
        """Raise DeliveryRejected where hardly any patient of the data in use is in it: another key or practice."""
        known = self._total - len(self._left)
        if self._before is None or self._total < _FEWEST or known >= _LEAST_KNOWN * self._total:
            return
        is_accepted = manifest.key_id != self._before.key_id and manifest.key_id == accepted.get(manifest.practice)
        if not is_accepted:
            raise DeliveryRejected(
                f"delivery {delivery}: of {self._total:,} patients of the data in use {known:,} are in it. Its "
                f"pseudonyms were made with another key, or it is another practice's. {_HELD}"
            )


def _patients(before: Snapshot) -> set[str]:
    with engine(before.path) as db:
        return set(db.frame(f"SELECT patient_id FROM ({rows_of([before.path], 'patient')})")["patient_id"])
