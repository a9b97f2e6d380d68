"""EMIS: the code table, by whose internal numbers the record names everything."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl

from reachwell import codelists
from reachwell.invent.formats.drawn import one_in
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.row_ids import contents, numbers
from reachwell.invent.formats.supplier import laid_out

# Which Read term EMIS has for what our lists know by both.
_READ = {"871731000000106": "8T09", "827241000000103": "9Nu0"}
# Of a code's rows of one day, one in so many such groups names it by a number that EMIS had not used before. Such
# a number reaches the code table a night later than the rows.
_NEW = 40


def with_code_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Coded rows with CodeId, and `since`: the day from which the number is used, if it was a new one."""
    known = contents(rows, ["code", "system"], "code")
    newly = contents(rows, ["code", "system", "recorded_on"], "new code")
    is_new = (
        one_in(newly, _NEW, "chosen")
        & rows["recorded_on"].is_not_null()
        & (rows["system"] == "snomed").fill_null(False)
    )
    ids = numbers(np.where(is_new.to_numpy(), newly, known))
    return rows.with_columns(CodeId=ids, since=pl.when(is_new).then("recorded_on"))


def code_table(rows: pl.DataFrame, on: date) -> pl.DataFrame:
    """Coding_ClinicalCode as sent on a day, for rows with code, system, CodeId and since."""
    codes = rows.select("CodeId", "code", "system", "since").unique("CodeId")
    codes = codes.filter(pl.col("since").is_null() | (pl.col("since") < on))
    is_snomed, code = pl.col("system") == "snomed", pl.col("code")
    terms = code.replace_strict(_terms(), default="Clinical finding")
    frame = codes.select(
        "CodeId",
        Term=terms,
        ReadTermId=pl.when(is_snomed)
        .then(code.replace_strict(_READ, default=None, return_dtype=pl.String))
        # Read codes come without the dots that fill them up.
        .otherwise(pl.when(pl.col("system") == "read2").then(code.str.replace(r"\.+", "")).otherwise(code)),
        SnomedCTConceptId=pl.when(is_snomed).then(code),
        EmisCodeCategoryDescription=pl.lit("Clinical"),
    )
    return laid_out(frame, LAYOUT["Coding_ClinicalCode"])


@cache
def _terms() -> dict[str, str]:
    return dict(codelists.read_all().select("code", "term").rows())
