"""Order: who comes first on a list, in full and the same way each time."""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl


def in_order(practice: np.ndarray, points: np.ndarray, flagged: np.ndarray, lot: np.ndarray) -> np.ndarray:
    """The places of people in the order of their lists: practice by practice, most points first, then longest on the
    list, then by lot. flagged: the day each was first flagged on, as a number.
    """
    if not len(points):
        return np.zeros(0, dtype=np.intp)
    # Three small numbers in one, as two keys are sorted in half the time of four.
    first = practice.astype(np.int64) << 42 | (points.max() - points).astype(np.int64) << 21 | flagged - flagged.min()
    return np.lexsort((lot, first))


def ranks(practice: np.ndarray) -> np.ndarray:
    """The rank of each within a practice, 1 first. practice: of people in the order of their lists."""
    starts = np.flatnonzero(np.diff(practice, prepend=-1))
    lengths = np.diff(np.append(starts, len(practice)))
    return np.arange(1, len(practice) + 1, dtype=np.int32) - np.repeat(starts, lengths).astype(np.int32)


def lots(programme: str, people: Iterable[tuple[str, str, date]]) -> list[int]:
    """The lot of each: of practice_id, patient_id and index date."""
    # Drawn anew each month, so that nobody is last for ever, and alike each night of it.
    return [_lot(f"{programme} {on:%Y-%m}".encode()[:64], f"{ods} {patient}".encode()) for ods, patient, on in people]


def _lot(key: bytes, person: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(person, key=key, digest_size=16).digest()[:8])


def place_in_practice() -> pl.Expr:
    """The place of a row among those of its practice, 1 first, as the rows are ordered."""
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("practice_id")
