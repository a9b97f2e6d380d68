"""Our tables: the one definition that every source fills and every feature reads.

A person is (practice_id, patient_id); nothing joins people across practices. Dates are days.
The reference page and the checks of `validate` are both made from these schemas.
"""

import re

import pandera.polars as pa
import polars as pl

# "held" is no code system: the row of the code table that says what the code is has not come yet.
SYSTEMS = ("snomed", "ctv3", "read2", "loinc", "rxnorm", "dmd", "local", "held")
SEXES = ("female", "male", "indeterminate", "unknown")
CONTACT_KINDS = ("gp", "nurse", "other", "emergency", "admission")
CONTACT_STATUSES = ("attended", "missed", "cancelled")

# What a spreadsheet makes of a code of 15 digits and more: 8.71731E+14. "7E086" is a Read code.
_SPOILT = re.compile(r"^\d+(\.\d+)?[eE]\+\d+$|^\d+\.\d+[eE]\d+$")


def _not_spoilt(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(~pl.col(data.key).str.contains(_SPOILT.pattern))


def _first_of_month(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col(data.key).dt.day() == 1)


_NOT_SPOILT = pa.Check(_not_spoilt, error="spoilt by a spreadsheet")
_FIRST_OF_MONTH = pa.Check(_first_of_month, error="is not the first day of a month")


def _one_of(values: tuple[str, ...]) -> pa.Check:
    return pa.Check.isin(values, error=f"is none of {', '.join(values)}")


def _between(low: int, high: int) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"is outside {low} to {high}")


def _at_least_zero() -> pa.Check:
    return pa.Check.ge(0, error="is below 0")


def _filled() -> pa.Check:
    return pa.Check.str_length(1, 64, error="is empty or longer than 64 characters")


def _key() -> dict[str, pa.Column]:
    return {
        "practice_id": pa.Column(pl.String, _filled(), description="the practice's ODS code"),
        "patient_id": pa.Column(pl.String, _filled(), description="the patient's pseudonym"),
    }


TABLES: dict[str, pa.DataFrameSchema] = {
    "patient": pa.DataFrameSchema(
        {
            **_key(),
            "sex": pa.Column(pl.String, _one_of(SEXES), description=", ".join(SEXES)),
            "birth_month": pa.Column(pl.Date, _FIRST_OF_MONTH, description="first day of the month of birth"),
            "registered_on": pa.Column(pl.Date, nullable=True, description="null: not given"),
            "deregistered_on": pa.Column(pl.Date, nullable=True, description="null: still registered"),
            "died_on": pa.Column(pl.Date, nullable=True, description="null: alive"),
            "imd_decile": pa.Column(
                pl.Int32, _between(1, 10), nullable=True, description="deprivation, 1 most deprived"
            ),
            "ethnicity": pa.Column(pl.String, nullable=True, description="as the source groups it"),
            "household_id": pa.Column(pl.String, nullable=True, description="keyed token of the address"),
            "care_home": pa.Column(pl.Boolean, nullable=True, description="lives in a care home"),
        },
        strict=True,
        description="One row per patient and practice: everybody ever on the practice's list",
    ),
    "event": pa.DataFrameSchema(
        {
            **_key(),
            "code": pa.Column(pl.String, [_filled(), _NOT_SPOILT], description="a clinical code, as text"),
            "system": pa.Column(pl.String, _one_of(SYSTEMS), description=", ".join(SYSTEMS)),
            "on_date": pa.Column(pl.Date, nullable=True, description="when it was so; null: not known"),
            "recorded_on": pa.Column(pl.Date, nullable=True, description="when it was written; null: not given"),
            "value": pa.Column(pl.Float64, nullable=True, description="a score or measurement"),
            "unit": pa.Column(pl.String, nullable=True, description="the value's unit, as sent"),
        },
        strict=True,
        description="One row per coded fact of a patient's record",
    ),
    "contact": pa.DataFrameSchema(
        {
            **_key(),
            "on_date": pa.Column(pl.Date, description="the day of the contact"),
            "kind": pa.Column(pl.String, _one_of(CONTACT_KINDS), description=", ".join(CONTACT_KINDS)),
            "mode": pa.Column(pl.String, nullable=True, description="face to face, telephone, home, online"),
            "status": pa.Column(pl.String, _one_of(CONTACT_STATUSES), description=", ".join(CONTACT_STATUSES)),
        },
        strict=True,
        description="One row per appointment or encounter",
    ),
    "medicine": pa.DataFrameSchema(
        {
            **_key(),
            "on_date": pa.Column(pl.Date, description="the day of issue"),
            "code": pa.Column(pl.String, _NOT_SPOILT, nullable=True, description="the product's code, as text"),
            "name": pa.Column(pl.String, nullable=True, description="the product's name"),
            "cost_pence": pa.Column(
                pl.Int64, _at_least_zero(), nullable=True, description="pence; null: not given in pounds"
            ),
        },
        strict=True,
        description="One row per issue of a medicine",
    ),
}

SQL_TYPES = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
}


def columns(table: str) -> dict[str, str]:
    """A table's columns in order, each with its SQL type."""
    return {name: SQL_TYPES[column.dtype.type] for name, column in TABLES[table].columns.items()}


def empty(table: str) -> pl.DataFrame:
    """A table with its columns and no rows."""
    return pl.DataFrame(schema={name: column.dtype.type for name, column in TABLES[table].columns.items()})
