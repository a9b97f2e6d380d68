"""SystmOne: CTV3 codes, invented for SNOMED CT codes, and the table that translates them."""

from functools import cache

import numpy as np
import polars as pl

from reachwell.invent.formats.row_ids import contents, numbers, word
from reachwell.invent.formats.systmone.cells import sent

# Those that our lists know; the others are invented. CTV3 codes differ by the size of their letters.
_CTV3 = {"871731000000106": "XaaEC", "827241000000103": "XaZ89"}
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# What nobody's record is meant by: a code that differs from another by the size of its letters alone, and one of
# TPP's own, which translates to nothing whatever the table says.
_DECOY = "163020007"
OWN_CODES = ["Y1a2b", "Y1A2b", "Y03f9"]


def ctv3(rows: pl.DataFrame) -> pl.Series:
    """The CTV3 code of each coded row, by its code and system; of other rows none."""
    codes = rows.select("code", "system").unique().drop_nulls()
    known = [(code, system, _ctv3(code, system)) for code, system in codes.rows()]
    there = pl.DataFrame(known, schema=dict.fromkeys(("code", "system", "ctv3"), pl.String), orient="row")
    return rows.join(there, on=["code", "system"], how="left", maintain_order="left")["ctv3"]


def translations(codes: pl.DataFrame, ods: str) -> pl.DataFrame:
    """SRCtv3ToSnomed for rows with ctv3, code and system."""
    known = codes.filter(pl.col("system") == "snomed").select(Ctv3Code="ctv3", SnomedCode="code").unique()
    others = known.select(pl.col("Ctv3Code").map_elements(str.swapcase, return_dtype=pl.String))
    others = others.filter(~pl.col("Ctv3Code").is_in(known["Ctv3Code"].implode())).unique()
    own = pl.DataFrame({"Ctv3Code": OWN_CODES[-1:]})
    decoys = pl.concat([others, own]).with_columns(SnomedCode=pl.lit(_DECOY))
    rows = pl.concat([known, decoys])
    ids = numbers(contents(rows, ["Ctv3Code", "SnomedCode"], "translation"))
    return sent("SRCtv3ToSnomed", rows.with_columns(RowIdentifier=ids), ods)


@cache
def _ctv3(code: str, system: str) -> str:
    if system == "ctv3" or (system == "local" and code.startswith("Y")):
        return code
    if code in _CTV3:
        return _CTV3[code]
    number, letters = int(word(f"{code} {system}") >> np.uint64(8)), "Y" if system == "local" else "X"
    for _ in range(4):
        number, place = divmod(number, len(_LETTERS))
        letters += _LETTERS[place]
    return letters
