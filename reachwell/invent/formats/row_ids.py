"""Row ids: stable numbers that follow from what a row says, and the shapes in which suppliers write them.

An unchanged row has the same id in every extract, whichever rows stand around it.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

# 64 bits for each row.
Digests = npt.NDArray[np.uint64]
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_STEP, _NOTHING = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x5851F42D4C957F2D)
_HEX = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)


def word(text: str) -> np.uint64:
    """A text's digest."""
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little"))


def mixed(digests: Digests, salt: str) -> Digests:
    """Other digests of the same rows, one for each thing that is drawn of them."""
    return _scrambled(digests ^ word(salt))


def digests(frame: pl.DataFrame, columns: Sequence[str], salt: str) -> Digests:
    """A digest of each row: of a salt, of its values and of how many rows like it stand before it."""
    plain = contents(frame, columns, salt)
    rows = pl.DataFrame({"plain": plain})
    if rows["plain"].n_unique() == rows.height:
        return plain
    place = rows.select(pl.int_range(pl.len()).over("plain")).to_series().to_numpy()
    return np.where(place > 0, _scrambled(plain + place.astype(np.uint64) * _STEP), plain)


def contents(frame: pl.DataFrame, columns: Sequence[str], salt: str) -> Digests:
    """A digest of a salt and the values of each row; equal rows have equal ones."""
    result = np.full(frame.height, word(salt), dtype=np.uint64)
    for name in columns:
        result = _scrambled(result * np.uint64(31) + _words(frame[name]))
    return result


def guids(digests: Digests) -> pl.Series:
    """GUIDs of version 4, written in capitals."""
    halves = np.stack([digests, _scrambled(digests + _STEP)], axis=1).astype(">u8").view(np.uint8)
    halves[:, 6] = halves[:, 6] & 0x0F | 0x40
    halves[:, 8] = halves[:, 8] & 0x3F | 0x80
    hexes = np.stack([_HEX[halves >> 4], _HEX[halves & 0x0F]], axis=2).reshape(-1, 32)
    return texts(np.insert(hexes, (8, 12, 16, 20), ord("-"), axis=1))


def guid(text: str) -> str:
    """The GUID of a text."""
    return str(guids(np.array([word(text)]))[0])


def numbers(digests: Digests) -> pl.Series:
    """Row numbers, as text: of up to 18 digits, so that no spreadsheet and no float holds them."""
    return pl.Series(digests % np.uint64(10**18 - 1) + np.uint64(1)).cast(pl.String)


def _words(values: pl.Series) -> Digests:
    if values.dtype == pl.String:
        different = values.drop_nulls().unique()
        known = pl.Series([int(word(text)) for text in different], dtype=pl.UInt64)
        found = values.replace_strict(different, known, default=None, return_dtype=pl.UInt64)
        return found.fill_null(int(_NOTHING)).to_numpy()
    if values.dtype == pl.Float64:
        # Minus nothing is nothing.
        return np.where(values.is_null(), _NOTHING, (values.fill_null(0) + 0.0).to_numpy().view(np.uint64))
    if values.dtype == pl.UInt64:
        return values.to_numpy()
    whole = values.to_physical().cast(pl.Int64)
    return np.where(whole.is_null(), _NOTHING, whole.fill_null(0).to_numpy().view(np.uint64))


def _scrambled(values: Digests) -> Digests:
    # The last step of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def texts(letters: npt.NDArray[np.uint8]) -> pl.Series:
    """Texts of one length from a table of their ASCII letters."""
    width = letters.shape[1]
    return pl.Series(np.ascontiguousarray(letters).view(f"S{width}").ravel(), dtype=pl.Binary).cast(pl.String)
