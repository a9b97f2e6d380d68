"""Pseudonyms: spoilt by neither a spreadsheet nor a telephone."""

import numpy as np

from reachwell.invent.arrays import Array, Dice

# A letter first, and never E, I, L, O or U.
_SYMBOLS = np.array(list("ABCDFGHJKMNPQRSTVWXYZ0123456789"))
_LETTERS = 21


def pseudonyms(rng: Dice, count: int) -> Array:
    """So many pseudonyms of 12 characters. Of 5e17 no two among thousands will be alike."""
    drawn = rng.integers(0, [_LETTERS] + [_SYMBOLS.size] * 11, (count, 12))
    return _SYMBOLS[drawn].view("U12").ravel()
