"""Drawn: chances that follow from a row's digest, so that a row has the same fate in every extract."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from reachwell.invent.formats.row_ids import Digests, mixed

# A working day by the minute, as HH:MM:SS.
_MINUTES = [f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(8 * 60, 18 * 60 + 30)]


def one_in(digests: Digests, many: float, salt: str) -> pl.Series:
    """Choose one row in so many."""
    return pl.Series(mixed(digests, salt) <= np.uint64((2**64 - 1) / many))


def below(digests: Digests, limit: int, salt: str) -> npt.NDArray[np.int64]:
    """Draw a whole number for each row: at least 0, below the limit."""
    return (mixed(digests, salt) >> np.uint64(16)).astype(np.int64) % limit


def one_of(digests: Digests, values: Sequence[str | None], salt: str) -> pl.Series:
    """Draw one of several texts for each row."""
    return pl.Series(values, dtype=pl.String).gather(below(digests, len(values), salt))


def times(digests: Digests, salt: str, later: int = 0) -> pl.Series:
    """Draw a time of a working day for each row, HH:MM:SS; later: so many minutes after it."""
    minutes = np.minimum(below(digests, len(_MINUTES), salt) + later, len(_MINUTES) - 1)
    return pl.Series(_MINUTES).gather(minutes)
