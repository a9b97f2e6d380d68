"""Combinations: which conditions are met together. There are few of them however many patients there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A code of so many bits is looked up in a table; a longer one is made dense first.
_BITS = 16


@dataclass(frozen=True)
class Combinations:
    """met: a row per combination that occurs, a column per condition. of_patient: each patient's combination."""

    met: np.ndarray
    of_patient: np.ndarray

    def points(self, worth: Sequence[int]) -> np.ndarray:
        """The points of each combination, Int32. worth: what each condition gives."""
        return self.met.astype(np.int32) @ np.asarray(worth, dtype=np.int32)

    def among(self, patients: np.ndarray) -> "Members":
        """Some patients by their combinations. patients: whether each patient is one of them."""
        rows = np.flatnonzero(patients)
        mine = self.of_patient[rows]
        order = np.argsort(mine, kind="stable")
        return Members(rows[order], np.bincount(mine, minlength=len(self.met)))


@dataclass(frozen=True)
class Members:
    """Patients by their combinations. rows: their places, combination by combination. counts: how many each has."""

    rows: np.ndarray
    counts: np.ndarray

    def of(self, combinations: np.ndarray) -> np.ndarray:
        """The places of all who have one of some combinations. combinations: whether each is one of them."""
        theirs: np.ndarray = self.rows[np.repeat(combinations, self.counts)]
        return theirs


def combinations(met: Sequence[np.ndarray], patients: int) -> Combinations:
    """The combinations of conditions, in a fixed order. met: for each condition whether each patient meets it."""
    code = np.zeros(patients, dtype=np.int32)
    kinds = 1
    first = np.zeros(min(patients, 1), dtype=np.int64)
    for condition in met:
        code = code * 2 + condition
        kinds *= 2
        if kinds >= 1 << _BITS:
            code, first = _dense(code, kinds)
            kinds = len(first)
    code, first = _dense(code, kinds)
    # Small numbers are sorted in one pass, and looked up faster.
    small = code.astype(np.min_scalar_type(len(first)))
    return Combinations(np.array([each[first] for each in met]).T.reshape(len(first), len(met)), small)


def _dense(code: np.ndarray, kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes as 0, 1, 2 ... in their order, and the first patient of each."""
    there = np.flatnonzero(np.bincount(code, minlength=kinds))
    places = np.zeros(kinds, dtype=np.int32)
    places[there] = np.arange(len(there), dtype=np.int32)
    first = np.zeros(kinds, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return places[code], first[there]
