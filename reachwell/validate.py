"""Validate: which rows of an extract may be used, and why the others may not."""

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context

from reachwell.codelists import is_snomed
from reachwell.errors import DeliveryRejected
from reachwell.extract import UNREADABLE, Extract
from reachwell.manifest import Manifest
from reachwell.row_rules import patient_rules, row_rules
from reachwell.tables import TABLES

_ROW = "_row"
_RULE = "_rule"
QUARANTINE_SCHEMA = {"table": pl.String, "rule": pl.String, "row": pl.Int64, "content": pl.String}


@dataclass(frozen=True)
class Finding:
    """So many rows of a table break a rule; or, where it is only worth knowing, are named in a note."""

    table: str
    rule: str
    rows: int
    bad: bool = True


@dataclass(frozen=True)
class Checked:
    """A checked extract: the rows that may be used, the others with reasons, and the counts."""

    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    findings: tuple[Finding, ...]
    rows: dict[str, int]

    @property
    def bad_rows(self) -> int:
        """Rows in quarantine, and lines that could not be split into columns."""
        return sum(finding.rows for finding in self.findings if finding.bad)

    @property
    def bad_share(self) -> float:
        """Bad rows as a share of all rows of the delivery."""
        total = sum(self.rows.values())
        return self.bad_rows / total if total else 0.0


def check(
    extract: Extract, manifest: Manifest, codelists: pl.DataFrame, before: dict[str, int] | None = None
) -> Checked:
    """Check every row against the tables' schemas and against each other.

    before: the good rows a table of the practice had last time, to tell a fall in volume.
    Each bad row is counted once, under the first rule it breaks. Rows that repeat another in
    every column count once; that is noted, and is no fault.
    """
    rows = {name: frame.height for name, frame in extract.tables.items()}
    findings = [
        Finding(file, "line does not split into the header's columns", lines)
        for file, lines in extract.broken_lines.items()
    ]
    good: dict[str, pl.DataFrame] = {}
    bad: list[pl.DataFrame] = []
    for name in TABLES:
        frame = extract.tables[name].with_row_index(_ROW, offset=1)
        marked = _mark(name, frame, manifest, codelists, extract.tables["patient"], good.get("patient"))
        wrong = marked.filter(pl.col(_RULE).is_not_null())
        findings += [Finding(name, rule, count) for rule, count in wrong[_RULE].value_counts().sort(_RULE).rows()]
        bad.append(_quarantined(name, wrong))
        kept = marked.filter(pl.col(_RULE).is_null()).select(*TABLES[name].columns)
        once = kept.unique()
        if kept.height > once.height:
            findings.append(Finding(name, "repeats another row; counted once", kept.height - once.height, bad=False))
        # One order whatever order the rows came in; by day, so that a look-back reads few pieces of the file.
        good[name] = once.sort(_sort_key(name), nulls_last=False)
        findings += _notes(name, good[name], (before or {}).get(name))
    return Checked(good, pl.concat(bad), tuple(findings), rows)


def refuse_if_unfit(checked: Checked, max_bad_rows: float, delivery: str) -> None:
    """Raise DeliveryRejected where no patient is left, or too large a share of the rows is bad."""
    worst = sorted((each for each in checked.findings if each.bad), key=lambda each: -each.rows)[:3]
    what = "; ".join(f"{each.table}: {each.rows:,} rows: {each.rule}" for each in worst)
    if checked.tables["patient"].is_empty():
        raise DeliveryRejected(
            f"delivery {delivery}: no usable patient. {what or 'The patient table is empty'}. Send it again."
        )
    if checked.bad_share > max_bad_rows:
        share = f"{checked.bad_share:.1%} of its rows are bad, the limit is {max_bad_rows:.1%}"
        raise DeliveryRejected(f"delivery {delivery}: {share}. {what}.")


def _mark(
    table: str,
    frame: pl.DataFrame,
    manifest: Manifest,
    codelists: pl.DataFrame,
    sent: pl.DataFrame,
    patients: pl.DataFrame | None,
) -> pl.DataFrame:
    # The rules in the order in which they are told; a later one may rely on those before it.
    unreadable = pl.when(pl.col(UNREADABLE).is_not_null()).then(
        pl.format("{} cannot be read as its type", pl.col(UNREADABLE))
    )
    by_schema = _breaks_schema(table, frame)
    frame = frame.join(by_schema, on=_ROW, how="left").with_columns(pl.coalesce(unreadable, "_schema").alias(_RULE))
    if patients is None:
        rules = patient_rules(manifest)
    else:
        known = patients.select("patient_id", "birth_month", _known=pl.lit(True))
        frame = frame.join(known, on="patient_id", how="left")
        held = sent.select("patient_id", _sent=pl.lit(True)).unique()
        if frame["_known"].null_count():
            frame = frame.join(held, on="patient_id", how="left")
        else:
            frame = frame.with_columns(_sent=pl.lit(True))
        if table == "event":
            frame = _with_code_facts(frame, codelists)
        rules = row_rules(table, manifest)
    cases = [pl.when(condition).then(pl.lit(rule)) for rule, condition in rules]
    return frame.with_columns(pl.coalesce(_RULE, *cases).alias(_RULE))


def _breaks_schema(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    none = pl.DataFrame(schema={_ROW: frame.schema[_ROW], "_schema": pl.String})
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            TABLES[table].validate(frame.drop(_ROW, UNREADABLE), lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        told = pl.when(pl.col("check") == "not_nullable").then(pl.lit("is missing")).otherwise("check")
        return (
            cases.filter(pl.col("index").is_not_null())
            .with_columns(_schema=pl.format("{} {}", "column", told), **{_ROW: pl.col("index") + 1})
            .group_by(_ROW)
            .agg(pl.col("_schema").sort().first())
            .cast({_ROW: frame.schema[_ROW]})
        )
    return none


def _with_code_facts(frame: pl.DataFrame, codelists: pl.DataFrame) -> pl.DataFrame:
    snomed = frame.filter(pl.col("system") == "snomed")["code"].unique().drop_nulls()
    spoilt = [code for code in snomed if not is_snomed(code)]
    bounds = codelists.filter(pl.col("lowest").is_not_null()).unique(
        ["code", "system"], keep="first", maintain_order=True
    )
    return frame.with_columns(_spoilt=(pl.col("system") == "snomed") & pl.col("code").is_in(spoilt)).join(
        bounds.select("code", "system", "lowest", "highest"), on=["code", "system"], how="left"
    )


def _quarantined(table: str, wrong: pl.DataFrame) -> pl.DataFrame:
    return wrong.select(
        table=pl.lit(table),
        rule=pl.col(_RULE),
        row=pl.col(_ROW).cast(pl.Int64),
        content=pl.struct(*TABLES[table].columns).struct.json_encode(),
    ).cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]


def _sort_key(table: str) -> list[str]:
    columns = list(TABLES[table].columns)
    first = "patient_id" if table == "patient" else "on_date"
    return [first, *[name for name in columns if name != first]]


def _notes(table: str, frame: pl.DataFrame, before: int | None) -> list[Finding]:
    if frame.is_empty():
        return [Finding(table, "is empty: what depends on it is not known", 0, bad=False)]
    notes = []
    if before and frame.height < 0.8 * before:
        rule = f"has fallen by {1 - frame.height / before:.0%} since the last extract"
        notes.append(Finding(table, rule, before - frame.height, bad=False))
    if table == "event" and (undated := frame["on_date"].null_count()):
        notes.append(Finding(table, "date not known; not used inside a look-back", undated, bad=False))
    return notes
