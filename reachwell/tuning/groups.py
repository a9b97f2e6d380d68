"""Groups: the ways in which an area looks at who is on a list: practice, age, sex, deprivation, ethnicity."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

AGES = (0, 18, 30, 45, 65, 80)
NOT_KNOWN = "not known"
# A value that few have is told among others: the value alone may say who they are.
_FEWEST, _OTHERS = 100, "other"
_MOST_DEPRIVED = 1


@dataclass(frozen=True)
class Grouping:
    """labels: the groups' names in order. of_patient: each patient's group, as a place among the labels.

    Small numbers, as many patients' are looked up here and there.
    """

    labels: tuple[str, ...]
    of_patient: np.ndarray

    def count(self, rows: np.ndarray) -> np.ndarray:
        """How many of some patients are in each group. rows: their places, or whether each patient is one of them."""
        counted: np.ndarray = np.bincount(self.of_patient[rows], minlength=len(self.labels))
        return counted


def groupings(patients: pl.DataFrame) -> Mapping[str, Grouping]:
    """Every way of grouping patients, by name. patients: as measured."""
    return {
        "practice": _by_value(patients["practice_id"]),
        "age": _by_age(patients["age"]),
        "sex": _by_value(patients["sex"]),
        "deprivation fifth": _by_fifth(patients["imd_decile"]),
        "ethnicity": _by_value(_common(patients["ethnicity"])),
    }


def _by_value(values: pl.Series) -> Grouping:
    told = values.fill_null(NOT_KNOWN)
    labels = [each for each in told.unique().sort() if each != NOT_KNOWN] + [NOT_KNOWN] * (NOT_KNOWN in told)
    return Grouping(tuple(labels), _places(told, labels))


def _by_age(ages: pl.Series) -> Grouping:
    labels = [f"{low} to {high - 1}" for low, high in pairwise(AGES)] + [f"{AGES[-1]} and over"]
    labels[0] = f"under {AGES[1]}"
    place = np.searchsorted(np.asarray(AGES[1:]), ages.fill_null(0).to_numpy(), side="right")
    return Grouping(tuple(labels), place.astype(np.uint8))


def _by_fifth(deciles: pl.Series) -> Grouping:
    labels = ("1, most deprived", "2", "3", "4", "5, least deprived", NOT_KNOWN)
    fifth = ((deciles.cast(pl.Int32) + 1) // 2 - _MOST_DEPRIVED).fill_null(len(labels) - 1)
    return Grouping(labels, fifth.cast(pl.UInt8).to_numpy())


def _common(values: pl.Series) -> pl.Series:
    counts = values.value_counts(name="people")
    common = counts.filter(pl.col("people") >= _FEWEST)[values.name]
    kept = pl.when(pl.col(values.name).is_in(common.implode()) | pl.col(values.name).is_null())
    return values.to_frame().select(kept.then(pl.col(values.name)).otherwise(pl.lit(_OTHERS)))[values.name]


def _places(values: pl.Series, labels: list[str]) -> np.ndarray:
    places: np.ndarray = values.cast(pl.Enum(labels)).to_physical().to_numpy()
    return places
