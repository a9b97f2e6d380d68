"""EMIS: drug records, their issues, and the code table of drugs."""

import polars as pl

from reachwell.invent.formats.drawn import one_in, one_of, times
from reachwell.invent.formats.emis.layout import LAYOUT
from reachwell.invent.formats.emis.staff import clinicians, organisation
from reachwell.invent.formats.oddities import with_oddities
from reachwell.invent.formats.products import with_products
from reachwell.invent.formats.row_ids import contents, digests, guids, numbers
from reachwell.invent.formats.supplier import RawTables, laid_out

_TYPES = ["Repeat", "Repeat", "Repeat", "Repeat Dispensing", "Automatic", "Acute"]
_ODD, _ONE_IN = ["no cost", "confidential", "year"], 300


def medicines(medicine: pl.DataFrame, ods: str) -> RawTables:
    """The tables of prescribing. A drug record is all that a patient had of one product."""
    rows = with_oddities(medicine, _ODD, _ONE_IN)
    ids = digests(rows, rows.columns, "issue")
    rows = with_products(rows)
    drug = ["patient_id", "name", "code"]
    rows = rows.with_columns(
        PatientGuid="patient_id",
        OrganisationGuid=pl.lit(organisation(ods)),
        DrugRecordGuid=guids(contents(rows, drug, "drug record")),
        CodeId=numbers(contents(rows, ["name", "code"], "drug")),
        ClinicianUserInRoleGuid=clinicians(ods, rows["name"], contents(rows, drug, "prescriber")),
        Dosage=pl.lit("As directed"),
        QuantityUnit="form",
        Deleted=False,
    )
    found = {
        "Prescribing_IssueRecord": rows.with_columns(
            IssueRecordGuid=guids(ids),
            # A few issues name no drug record, and a few leave the drug to it.
            DrugRecordGuid=pl.when(~one_in(ids, 400, "alone")).then("DrugRecordGuid"),
            CodeId=pl.when(one_in(ids, 400, "alone") | ~one_in(ids, 500, "no drug")).then("CodeId"),
            EffectiveDate=pl.when(pl.col("oddity") == "year").then(pl.col("on_date").dt.truncate("1y"))
            .otherwise("on_date"),
            EffectiveDatePrecision=pl.when(pl.col("oddity") == "year").then(pl.lit("Y")).otherwise(pl.lit("YMD")),
            EnteredDate="on_date",
            EnteredTime=times(ids, "entered"),
            EnteredByUserInRoleGuid="ClinicianUserInRoleGuid",
            Quantity="quantity",
            CourseDurationInDays=28,
            EstimatedNhsCost=_pounds(),
            IsConfidential=(pl.col("oddity") == "confidential").fill_null(False),
        ),
        "Prescribing_DrugRecord": _drug_records(rows, drug),
        "Coding_DrugCode": rows.select("CodeId", Term="name", DmdProductCodeId="code").unique("CodeId"),
    }  # fmt: skip
    return {name: laid_out(frame, LAYOUT[name]) for name, frame in found.items()}


def _pounds() -> pl.Expr:
    pence = pl.when(pl.col("oddity").is_null() | (pl.col("oddity") != "no cost")).then("cost_pence")
    return pl.concat_str(pence // 100, pl.lit("."), (pence % 100).cast(pl.String).str.zfill(2))


def _drug_records(rows: pl.DataFrame, drug: list[str]) -> pl.DataFrame:
    once = [name for name in rows.columns if name not in (*drug, "on_date")]
    records = rows.group_by(drug, maintain_order=True).agg(
        pl.col(once).first(),
        EffectiveDate=pl.col("on_date").min(),
        last=pl.col("on_date").max(),
        NumberOfIssues=pl.len(),
    )
    ids = contents(records, drug, "drug record")
    # Most that are over have no date of it, and a few that go on have one.
    is_active, has_date = one_in(ids, 1.3, "active"), one_in(ids, 10, "cancelled")
    return records.with_columns(
        EffectiveDatePrecision=pl.lit("YMD"),
        EnteredDate="EffectiveDate",
        EnteredTime=times(ids, "entered"),
        EnteredByUserInRoleGuid="ClinicianUserInRoleGuid",
        Quantity="quantity",
        PrescriptionType=one_of(ids, _TYPES, "type"),
        IsActive=is_active,
        CancellationDate=pl.when(has_date).then("last"),
        NumberOfIssuesAuthorised=99,
        IsConfidential=False,
    )
