"""SystmOne: coded entries, and the referrals that some of them are."""

import polars as pl

from reachwell.invent.formats.drawn import one_in, one_of, times
from reachwell.invent.formats.oddities import Code, with_odd_events
from reachwell.invent.formats.row_ids import digests, mixed, numbers
from reachwell.invent.formats.supplier import RawTables
from reachwell.invent.formats.systmone.cells import NO_ID, dated, sent
from reachwell.invent.formats.systmone.codes import OWN_CODES, ctv3, translations

# The odd entries and what their codes are: TPP's own, one that has no translation, and none.
_ODD: dict[str, Code] = {f"own {code}": (code, "local") for code in OWN_CODES}
_ODD |= {"no translation": ("XE0zz", "ctv3"), "no code": (None, None)}
_ONE_IN = 80
# Of coded entries one in so many has only a CTV3 code.
_CTV3_ONLY = 10
_REFERRALS = ["871731000000106"]


def record(event: pl.DataFrame, links: pl.DataFrame, ods: str) -> RawTables:
    """The tables of the coded record.

    links: the event of a patient on a day, with patient_id, on_date and IDEvent.
    """
    rows = with_odd_events(event, _ODD, _ONE_IN)
    ids = digests(rows, rows.columns, "entry")
    rows = rows.with_columns(
        IDPatient="patient_id",
        IDProfileEnteredBy=one_of(ids, ["20011", "20012", "20013"], "profile"),
        IDDoneBy=one_of(ids, ["10011", "10012", "10013"], "staff"),
        IDOrganisationDoneAt=pl.lit(ods),
        IDOrganisationRegisteredAt=pl.lit(ods),
        DateEvent=dated("on_date", times(ids, "time")),
        DateEventRecorded=dated("recorded_on", times(ids, "entered")),
    )
    rows = rows.with_columns(ctv3=ctv3(rows)).join(
        links, on=["patient_id", "on_date"], how="left", maintain_order="left"
    )
    snomed = pl.when(~one_in(ids, _CTV3_ONLY, "ctv3") & (rows["system"] == "snomed")).then("code")
    rows = rows.with_columns(
        RowIdentifier=numbers(ids),
        digest=pl.Series(ids),
        CTV3Code=pl.col("ctv3").fill_null(NO_ID),
        SNOMEDCode=pl.coalesce(snomed, one_of(ids, [None, NO_ID], "blank")),
    )
    is_referral = pl.col("code").is_in(_REFERRALS) & pl.col("on_date").is_not_null()
    alone = pl.lit(one_in(ids, 4, "alone"))
    return {
        "SRCode": sent("SRCode", _entries(rows.filter(~(is_referral & alone).fill_null(False))), ods),
        "SRReferralOut": sent("SRReferralOut", _referrals(rows.filter(is_referral)), ods),
        "SRCtv3ToSnomed": translations(rows.select("code", "system", "ctv3").unique(), ods),
    }


def _entries(rows: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("value").cast(pl.String)
    return rows.with_columns(
        CTV3Text=pl.when(pl.col("oddity").str.starts_with("own")).then(pl.lit("Café visit – practice’s own code")),
        IsNumeric=pl.col("value").is_not_null(),
        # What is no number has a number all the same.
        NumericValue=pl.coalesce(value, one_of(rows["digest"].to_numpy(), [None, "0", "0.0", "-1", "-1.0"], "nothing")),
        NumericUnit="unit",
        EpisodeType=pl.lit("0"),
    )


def _referrals(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        RowIdentifier=numbers(mixed(rows["digest"].to_numpy(), "referral")),
        TypeOfReferral=pl.lit("Social prescribing"),
        Urgency=pl.lit("Routine"),
        ReReferral=False,
        PrimaryDiagnosis="CTV3Code",
        SNOMEDPrimaryDiagnosis="SNOMEDCode",
    )
