"""Strangers: people in an extract who are not on the practice's list, made after some who are."""

import numpy as np
import polars as pl

from reachwell.invent.formats.drawn import below, one_in, one_of
from reachwell.invent.formats.row_ids import Digests, contents, mixed, texts
from reachwell.invent.formats.supplier import Tables

# One patient in so many has a stranger made after them, and one row in so many of theirs.
_PATIENTS, _ROWS = 60, 4
_SYMBOLS = np.frombuffer(b"ABCDFGHJKMNPQRSTVWXYZ0123456789", dtype=np.uint8)


def strangers(tables: Tables, kinds: list[str]) -> Tables:
    """The tables of the strangers among some patients; patient has one more column, `stranger`, of which kind."""
    patient = tables["patient"]
    seeds = contents(patient, ["patient_id"], "stranger")
    chosen = one_in(seeds, _PATIENTS, "chosen")
    few = seeds[chosen.to_numpy()]
    there = patient.filter(chosen).with_columns(
        stranger=one_of(few, kinds, "kind"), new=pseudonyms(mixed(few, "pseudonym"))
    )
    names = there.select("patient_id", "new")
    found = {"patient": there.with_columns(patient_id="new").drop("new")}
    for name in tables.keys() - {"patient"}:
        rows = tables[name].join(names, on="patient_id", how="inner", maintain_order="left")
        some = one_in(contents(rows, tables[name].columns, "stranger"), _ROWS, "row")
        found[name] = rows.filter(some).with_columns(patient_id="new").drop("new")
    return found


def pseudonyms(digests: Digests) -> pl.Series:
    """Pseudonyms of 12 characters, a letter first, that no patient has."""
    places = [below(digests, 21 if place == 0 else 31, f"place {place}") for place in range(12)]
    return texts(_SYMBOLS[np.stack(places, axis=1)])


def with_strangers(tables: Tables, others: Tables) -> Tables:
    """Two sets of tables as one; the patients of the first are of no kind of stranger."""
    return {name: pl.concat([tables[name], others[name]], how="diagonal") for name in tables}
