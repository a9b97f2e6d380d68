"""Order: who comes first on a list, in full and the same way each time."""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl


def in_order(practice: np.ndarray, points: np.ndarray, flagged: np.ndarray, lot: np.ndarray) -> np.ndarray:
    """The places of people in the order of their lists: practice by practice, most points first, then longest on the
    list, then by lot. practice and flagged (the day each was first flagged on) are numbers, lot is one of 64 bits.
    """
    if not len(points):
        return np.zeros(0, dtype=np.intp)
    # One number is sorted in half the time of four keys: what room the first three leave, the lot's first bits take.
    code, used = np.zeros(len(points), dtype=np.uint64), 0
    for part in (practice, points.max() - points, flagged - flagged.min()):
        bits = int(part.max()).bit_length()
        code, used = code << np.uint64(bits) | part.astype(np.uint64), used + bits
    together = code << np.uint64(64 - used) | lot >> np.uint64(used)
    order = np.argsort(together)
    # Two whom these bits do not tell apart, one in many millions, need the whole lot.
    return np.lexsort((lot, code)) if np.any(np.diff(together[order]) == 0) else order


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
