"""Validate: which rows of an extract may be used, and why the others may not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context

from reachwell.codelists import is_snomed
from reachwell.errors import DeliveryRejected
from reachwell.extract import ROW, UNREADABLE, Tables
from reachwell.manifest import Manifest
from reachwell.row_rules import patient_rules, row_rules
from reachwell.staging import MOST_QUARANTINED, QUARANTINE_SCHEMA, Staged
from reachwell.tables import TABLES

_RULE = "_rule"
# A fall by fewer rows is told and stops nothing.
_FEW = 100
REPEATED = "repeats another row; counted once"
UNDATED = "date not known; not used inside a look-back"


@dataclass(frozen=True)
class Finding:
    """So many rows of a table break a rule; or, where it is only worth knowing, are named in a note."""

    table: str
    rule: str
    rows: int
    bad: bool = True


@dataclass
class Checked:
    """What was found in a delivery: counts by table and rule, and the rows that may not be used.

    rows: of our tables, by table, bad ones included. sent: of the supplier's tables, where it sends its own.
    held_back: the patients of bad rows. of_practice: of changes, the rows of the practice they are part of.
    """

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    good: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    sent: int = 0
    sent_bad: int = 0
    quarantined: list[pl.DataFrame] = field(default_factory=list)
    held_back: set[str] = field(default_factory=set)
    of_practice: int = 0
    counts: Counter[tuple[str, str, bool]] = field(default_factory=Counter)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, table by table, the faults first."""
        places = {name: place for place, name in enumerate(TABLES)}
        found = sorted(self.counts.items(), key=lambda each: (places.get(each[0][0], 9), not each[0][2], each[0]))
        return tuple(Finding(table, rule, rows, bad) for (table, rule, bad), rows in found)

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows that may not be used, the first MOST_QUARANTINED of them: table, rule, row and content."""
        return pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *self.quarantined])

    @property
    def bad_rows(self) -> int:
        """Rows in quarantine, and lines that could not be split into columns."""
        return sum(finding.rows for finding in self.findings if finding.bad)

    @property
    def bad_share(self) -> float:
        """Bad rows as a share of all rows, of the supplier's tables or of ours, whichever is worse.

        With changes all bad rows of a practice are looked at again, so that they are a share of all its rows; and
        of a handful of rows sent one bad one says nothing of the rest.
        """
        total, bad = max(sum(self.rows.values()), self.of_practice), self.bad_rows - self.sent_bad
        of_ours, of_theirs = bad / total if total else 0.0, self.sent_bad / self.sent if self.sent else 0.0
        is_chance = self.of_practice > 0 and self.sent_bad < 10 and of_theirs <= 0.1
        return of_ours if is_chance else max(of_ours, of_theirs)

    def add_staged(self, staged: Staged) -> None:
        """Count what could not be read of the supplier's files."""
        for file, lines in staged.broken_lines.items():
            self.counts[file, "line does not split into the header's columns", True] += lines
        for (table, rule), rows in staged.bad.items():
            self.counts[table, rule, True] += rows
        self.sent = sum(staged.rows.values()) + sum(staged.broken_lines.values())
        self.sent_bad = sum(staged.bad.values()) + sum(staged.broken_lines.values())
        self.quarantine_rows(staged.quarantined)

    def quarantine_rows(self, rows: pl.DataFrame) -> None:
        """Keep rows for the quarantine, as long as there is room."""
        self.quarantined.append(rows.head(max(0, MOST_QUARANTINED - sum(each.height for each in self.quarantined))))

    def note(self, table: str, rule: str, rows: int = 0) -> None:
        """Count something that is no fault and worth knowing."""
        self.counts[table, rule, False] += rows

    def add_notes(self, good: Mapping[str, int], before: Mapping[str, int]) -> None:
        """Note which tables are empty or have shrunk. good, before: rows in use now and by the last extract."""
        for table, rows in good.items():
            if not rows:
                self.note(table, "is empty: what depends on it is not known")
            elif rows < 0.8 * before.get(table, 0):
                fallen = f"has fallen by {1 - rows / before[table]:.0%} since the last extract"
                self.note(table, fallen, before[table] - rows)


def check(tables: Tables, manifest: Manifest, codelists: pl.DataFrame, checked: Checked) -> Tables:
    """Check every row of a part against the tables' schemas and against each other; returns the good rows.

    tables: as reachwell.extract gives them. checked: what was found is added to it.
    Each bad row is counted once, under the first rule it breaks. Rows that repeat another in
    every column count once; that is noted, and is no fault.
    """
    good: Tables = {}
    for name in TABLES:
        marked = _mark(name, tables[name], manifest, codelists, tables["patient"], good.get("patient"))
        wrong = marked.filter(pl.col(_RULE).is_not_null())
        for rule, count in wrong[_RULE].value_counts().rows():
            checked.counts[name, rule, True] += count
        checked.quarantine_rows(_quarantined(name, wrong.head(MOST_QUARANTINED)))
        checked.held_back.update(wrong["patient_id"].drop_nulls().unique())
        kept = marked.filter(pl.col(_RULE).is_null()).select(*TABLES[name].columns)
        good[name] = kept.unique()
        if kept.height > good[name].height:
            checked.note(name, REPEATED, kept.height - good[name].height)
        if name == "event" and (undated := good[name]["on_date"].null_count()):
            checked.note(name, UNDATED, undated)
        checked.rows[name] += tables[name].height
        checked.good[name] += good[name].height
    return good


def refuse_if_fallen(good: Mapping[str, int], before: Mapping[str, int], most: float, delivery: str) -> None:
    """Raise DeliveryRejected where a full extract has lost so much that it cannot be whole.

    good, before: rows by table now and by the extract in use. most: the share that a table may lose.
    """
    for table, rows in good.items():
        had = before.get(table, 0)
        if had - rows >= _FEW and rows < (1 - most) * had:
            raise DeliveryRejected(
                f"delivery {delivery}: {table} has {rows:,} rows, and the extract in use has {had:,}. It looks "
                "incomplete: ask for it again. If it is right, raise max_fall in reachwell.toml for this night."
            )


def refuse_if_unfit(checked: Checked, max_bad_rows: float, delivery: str, is_full: bool = True) -> None:
    """Raise DeliveryRejected where a full extract leaves no patient, or too large a share of the rows is bad."""
    worst = sorted((each for each in checked.findings if each.bad), key=lambda each: -each.rows)[:3]
    what = "; ".join(f"{each.table}: {each.rows:,} rows: {each.rule}" for each in worst)
    if is_full and not checked.good["patient"]:
        raise DeliveryRejected(
            f"delivery {delivery}: no usable patient. {what or 'The patient table is empty'}. Send it again."
        )
    if checked.bad_share > max_bad_rows:
        share = f"{checked.bad_share:.1%} of its rows are bad, the limit is {max_bad_rows:.1%}"
        raise DeliveryRejected(
            f"delivery {delivery}: {share}. {what}. Send it again, or ask the supplier what has changed."
        )


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
    frame = frame.join(by_schema, on=ROW, how="left").with_columns(pl.coalesce(unreadable, "_schema").alias(_RULE))
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
    none = pl.DataFrame(schema={ROW: frame.schema[ROW], "_schema": pl.String})
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            TABLES[table].validate(frame.drop(ROW, UNREADABLE), lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        told = pl.when(pl.col("check") == "not_nullable").then(pl.lit("is missing")).otherwise("check")
        return (
            cases.filter(pl.col("index").is_not_null())
            .with_columns(
                pl.lit(frame[ROW]).gather(pl.col("index")).alias(ROW), _schema=pl.format("{} {}", "column", told)
            )
            .group_by(ROW)
            .agg(pl.col("_schema").sort().first())
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
        row=pl.col(ROW).cast(pl.Int64),
        content=pl.struct(*TABLES[table].columns).struct.json_encode(),
    ).cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]
