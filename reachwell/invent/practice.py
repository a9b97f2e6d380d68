"""Invent a practice: its tables as of one extract."""

from datetime import date

import numpy as np

from reachwell.invent.arrays import number
from reachwell.invent.history import Tables, history

# Codes on no list that are noted at an attended contact, at most as many as FILLER has. With 11 of them five years of
# 10,000 patients come to 2.2 m events, about what a system holds of them; so many as this are enough to try things.
NOTED_EACH = 3.5


def invent_practice(
    ods: str, patients: int, seed: int, on: date, years: float = 5, noted_each: float = NOTED_EACH
) -> Tables:
    """Invent a practice: our four tables as its extract of day `on`; the same arguments give the same frames.

    patients: all who are on the list or left it within the years. years: how far contacts and medicines go back.
    noted_each: how many codes on no list are noted at a contact, in the mean. One event in 2,000 has a code that a
    spreadsheet spoilt, so that validation has something to show.
    """
    rng = np.random.default_rng([seed, *ods.encode()])
    return history(rng, ods, patients, number(on), years, noted_each)
