"""Clinical codes of the shipped lists, as places in one vocabulary: numbers are quicker to draw than texts."""

from functools import cache

import numpy as np
import polars as pl

from reachwell.codelists import read_all
from reachwell.invent.arrays import Array

# What fills a record and is on no list, with a value's mean, spread and unit: codes that practices use most
# (NHS England, SNOMED code usage). The first three are noted of children too.
FILLER = [
    ("386725007", 36.9, 0.5, "Cel"), ("78564009", 78, 10, "/min"), ("86198006", 0, 0, ""),
    ("72313002", 132, 14, "mmHg"), ("1091811000000102", 78, 9, "mmHg"), ("163020007", 0, 0, ""),
    ("27113001", 78, 15, "kg"), ("60621009", 27.4, 5, "kg/m2"), ("1000731000000107", 78, 15, "umol/L"),
    ("1000661000000107", 140, 3, "mmol/L"), ("1022431000000105", 136, 13, "g/L"), ("266919005", 0, 0, ""),
    ("1005671000000105", 4.9, 1, "mmol/L"),
]  # fmt: skip
OF_CHILDREN = 3
# A spreadsheet holds fifteen digits, and shows longer codes as 8.71731E+14.
_LONG = 15


@cache
def _lists() -> pl.DataFrame:
    return read_all().filter(pl.col("system") == "snomed")


@cache
def vocabulary() -> pl.Series:
    """Every code that an invented record may hold, FILLER's first; then the long ones, as a spreadsheet spoils them."""
    filler = pl.Series("code", [code for code, *_ in FILLER], dtype=pl.String)
    codes = pl.concat([filler, _lists()["code"]]).unique(maintain_order=True)
    return pl.concat([codes, pl.Series("code", [f"{int(each):.5E}" for each in codes if len(each) >= _LONG])])


@cache
def units() -> pl.Series:
    """For each place of the vocabulary the unit of its values, or null."""
    own = {code: unit for code, *_, unit in FILLER if unit}
    own |= dict.fromkeys(listed("hba1c"), "mmol/mol") | dict.fromkeys(listed("fasting_glucose"), "mmol/L")
    return vocabulary().replace_strict(own, default=None, return_dtype=pl.String)


@cache
def spoilt() -> Array:
    """For each place of the vocabulary the place of its code as a spreadsheet spoils it, or -1."""
    long = (vocabulary().str.len_chars() >= _LONG).to_numpy()
    return np.where(long, vocabulary().len() - long.sum() + np.cumsum(long) - 1, -1)


@cache
def listed(name: str, category: str = "", term: str = "") -> list[str]:
    """The SNOMED CT codes of a list, or those of one category, or those whose terms contain a text."""
    own = _lists().filter(pl.col("list") == name, (pl.col("category") == category) | (category == ""))
    return own.filter(pl.col("term").str.contains(term, literal=True))["code"].to_list()


@cache
def places(name: str, category: str = "", term: str = "") -> Array:
    """The places in the vocabulary of what `listed` lists."""
    return np.array([vocabulary().index_of(code) for code in listed(name, category, term)], dtype=np.int64)
