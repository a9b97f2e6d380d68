"""SystmOne: issues of medicines, with a quantity in words and without a cost."""

import polars as pl

from reachwell.invent.formats.drawn import one_of, times
from reachwell.invent.formats.oddities import with_oddities
from reachwell.invent.formats.products import with_products
from reachwell.invent.formats.row_ids import contents, digests, numbers
from reachwell.invent.formats.supplier import RawTables
from reachwell.invent.formats.systmone.cells import dated, sent

# Issues beside the plain ones: recorded but issued elsewhere; written now for a fortnight later; sold by the bottle.
_ODD, _ONE_IN = ["hospital", "dental", "other", "ahead", "bottle"], 400


def medicines(medicine: pl.DataFrame, ods: str) -> RawTables:
    """SRPrimaryCareMedication."""
    rows = with_oddities(medicine, _ODD, _ONE_IN)
    ids = digests(rows, rows.columns, "issue")
    rows = with_products(rows)
    odd = pl.col("oddity")
    starts = pl.when(odd == "ahead").then(pl.col("on_date").dt.offset_by("14d")).otherwise("on_date")
    rows = rows.with_columns(starts=starts, ends=starts.dt.offset_by("28d"))
    time = times(ids, "time")
    rows = rows.with_columns(
        RowIdentifier=numbers(ids),
        DateEventRecorded=dated("on_date", time),
        DateEvent=dated("on_date", time),
        IDDoneBy=one_of(ids, ["10011", "10012", "10013"], "staff"),
        IDOrganisationDoneAt=pl.lit(ods),
        IDMultiLexProduct=pl.Series(contents(rows, ["name"], "product") % 10**6).cast(pl.String),
        IDMultiLexDMD="code",
        NameOfMedication="name",
        DateMedicationStart=dated("starts", time),
        DateMedicationEnd=dated("ends", time),
        MedicationDosage=pl.lit("As directed"),
        MedicationQuantity=pl.when(odd == "bottle").then(pl.lit("1 bottle"))
        .otherwise(pl.concat_str("quantity", "form", separator=" ")),
        IsRepeatMedication=odd.is_null(),
        IsOtherMedication=(odd == "other").fill_null(False),
        IsDentalMedication=(odd == "dental").fill_null(False),
        IsHospitalMedication=(odd == "hospital").fill_null(False),
        IDPatient="patient_id",
        IDOrganisationRegisteredAt=pl.lit(ods),
    )  # fmt: skip
    return {"SRPrimaryCareMedication": sent("SRPrimaryCareMedication", rows, ods)}
