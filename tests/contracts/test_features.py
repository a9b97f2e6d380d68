"""The contract of a feature: one SQL file in features/, tried on invented practices that leave nothing out."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp

from reachwell.engine import Engine
from reachwell.errors import FileMistakes, RunFailed
from reachwell.features import Feature, read
from reachwell.lake import Snapshot
from reachwell.measure import KEY, Measured, measure
from reachwell.plugs import find
from reachwell.tables import TABLES

FILES = find("features")
READABLE = {*TABLES, *find("sql/tables"), "codelist", "practice"}
OPTIONAL = {"on_date": pl.Date, "detail": pl.String, "at_least": pl.Boolean}
NOTHING = "SELECT NULL AS practice_id, NULL AS patient_id, NULL AS value WHERE false"
every_feature = pytest.mark.parametrize("name", FILES)


@dataclass(frozen=True)
class Answers:
    """What each feature's SQL gave, by the feature's name, and what was measured by it."""

    frames: Mapping[str, pl.DataFrame]
    errors: Mapping[str, str]
    measured: Measured

    def rows(self, name: str) -> pl.DataFrame:
        """What a feature's SQL gave."""
        if name in self.errors:
            pytest.fail(f"features/{name}.sql cannot be measured: {self.errors[name]}")
        return self.frames[name]

    def values(self, name: str) -> pl.DataFrame:
        """A feature's value of each patient, and whether it is a lower bound, in the order of the people."""
        self.rows(name)
        key = self._key(name)
        own = [column for column in self.measured.values.columns if column in (key, f"{key} at least")]
        return self.measured.values.select(*KEY, *own).sort(KEY)

    def evidence(self, name: str) -> pl.DataFrame:
        """The evidence of a feature, in the order of the people."""
        self.rows(name)
        return self.measured.evidence(self._key(name)).sort(KEY)

    def _key(self, name: str) -> str:
        return next(key for key, feature in self.measured.features.items() if feature.name == name)


@cache
def _feature(name: str) -> Feature:
    return read(FILES[name])


@cache
def _well_formed() -> list[Feature]:
    found = []
    for name in FILES:
        with suppress(FileMistakes):
            found.append(_feature(name))
    return found


def _answers(snapshots: list[Snapshot], on: date) -> Answers:
    """Measure every feature at once; one that fails or gives what it may not leaves the others alone."""
    features = _well_formed()
    frames: dict[str, pl.DataFrame] = {}
    errors = dict.fromkeys(FILES, "its header is wrong")
    run = Engine.frame

    def frame(engine: Engine, sql: str, **parameters: Any) -> pl.DataFrame:
        feature = max((each for each in features if each.file.sql in sql), key=_length, default=None)
        if feature is None:
            return run(engine, sql, **parameters)
        errors.pop(feature.name, None)
        instead = NOTHING
        try:
            found = frames[feature.name] = run(engine, feature.file.sql, **parameters)
            if {*KEY, "value"} <= {*found.columns}:
                instead = f"SELECT DISTINCT ON (practice_id, patient_id) * FROM ({feature.file.sql})"
        except RunFailed as error:
            errors[feature.name] = str(error)
        return run(engine, sql.replace(feature.file.sql, instead), **(parameters if instead != NOTHING else {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "frame", frame)
        measured = measure(snapshots, on, [(each, each.within) for each in features], {})
    return Answers(frames, errors, measured)


def _length(feature: Feature) -> int:
    return len(feature.file.sql)


@pytest.fixture(scope="module")
def base(snapshot: Snapshot, on: date) -> Answers:
    return _answers([snapshot], on)


@pytest.fixture(scope="module")
def with_later(later_snapshot: Snapshot, on: date) -> Answers:
    return _answers([later_snapshot], on)


@pytest.fixture(scope="module")
def shuffled(practice: Any, store: Callable[..., Snapshot], on: date) -> Answers:
    snapshot = store(practice.shuffled)
    # Also what was derived in an order of its own: no answer may rest on that order.
    for path in snapshot.path.glob("*.parquet"):
        if path.stem not in TABLES:
            pl.read_parquet(path).sample(fraction=1, shuffle=True, seed=7).write_parquet(path)
    return _answers([snapshot], on)


@pytest.fixture(scope="module")
def together_and_apart(
    rich: Callable[..., Any], store: Callable[..., Snapshot], snapshot: Snapshot, base: Answers, on: date
) -> tuple[Answers, list[Answers]]:
    other = store(rich(on, "B20002").tables, practice="B20002")
    return _answers([other, snapshot], on), [base, _answers([other], on)]


@pytest.fixture(scope="module")
def patients_only(practice: Any, store: Callable[..., Snapshot], on: date) -> Answers:
    return _answers([store({"patient": _unmarked(practice.tables)})], on)


@pytest.fixture(scope="module")
def only_later_rows(practice: Any, store: Callable[..., Snapshot], on: date) -> Answers:
    rows = {
        name: frame.filter(pl.any_horizontal(pl.col("^(on_date|recorded_on)$") > on))
        for name, frame in practice.with_later.items()
        if name != "patient"
    }
    assert all(frame.height for frame in rows.values())
    return _answers([store({"patient": _unmarked(practice.tables), **rows})], on)


@pytest.fixture(scope="module")
def with_unborn(practice: Any, store: Callable[..., Snapshot], on: date) -> Answers:
    """The practice with patients born after the index date, of whom there are rows that no date cuts away."""
    patient, event = practice.tables["patient"], practice.tables["event"]
    ids = ["a-first", "p050-between", "z-last"]
    unborn = patient.head(3).with_columns(patient_id=pl.Series(ids), birth_month=pl.lit(date(on.year + 1, 1, 1)))
    undated = event.unique("code").with_columns(on_date=pl.lit(None, pl.Date), recorded_on=pl.lit(None, pl.Date))
    events = [event, *[undated.with_columns(patient_id=pl.lit(each)) for each in ids]]
    tables = {"patient": pl.concat([patient, unborn]).sort("patient_id"), "event": pl.concat(events)}
    return _answers([store({**practice.tables, **tables})], on)


@pytest.fixture(scope="module")
def nobody(store: Callable[..., Snapshot], on: date) -> Answers:
    return _answers([store({})], on)


def _unmarked(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return tables["patient"].with_columns(care_home=pl.lit(None, pl.Boolean))


@every_feature
def test_the_header_is_complete(name: str) -> None:
    feature = _feature(name)
    header, parameters = feature.file.header, feature.file.parameters
    assert all(value.strip() for value in header.values())
    told = set(re.findall(r"{(\w*)}", " ".join(header.get(each, "") for each in ("says", "one", "none"))))
    assert told <= {"value", "within", "detail"}
    assert feature.within or "within" not in told, "a sentence speaks of {within}, and there is none"
    assert bool(feature.within) == bool(parameters & {"since", "weeks"}), "within goes with $since or $weeks"
    assert parameters <= {"on", "since", "weeks", *feature.settings}
    assert {*feature.settings} <= parameters, "a setting is not used"
    assert not feature.ask or feature.absent is None, "ask is for what is not known without a row"
    assert not feature.is_flag or feature.absent in (None, 0.0, 1.0)
    for table, _, column in (each.partition(".") for each in feature.needs):
        assert column in TABLES[table].columns


@every_feature
def test_sql_reads_only_what_it_may(name: str) -> None:
    file = _feature(name).file
    assert file.reads
    assert file.reads <= READABLE
    statement = sqlglot.parse_one(file.sql, read="duckdb")
    assert not [table.sql() for table in statement.find_all(exp.Table) if table.db or table.catalog]
    assert not {cte.alias for cte in statement.find_all(exp.CTE)} & READABLE, "a WITH hides a table of that name"


@every_feature
def test_no_code_is_written_in_sql(name: str, written_codes: Callable[[str], list[str]]) -> None:
    assert written_codes(_feature(name).file.sql) == [], "codes belong in sql/codelists"


@every_feature
def test_the_rich_practice_has_rows_of_it(name: str, base: Answers) -> None:
    rows = base.rows(name)
    assert rows.height > 0, "the contract cannot be tried: invent rows for it in tests/contracts/conftest.py"
    optional = [column for column in OPTIONAL if column in rows.columns]
    assert not [column for column in optional if rows[column].null_count() == rows.height]


@every_feature
def test_the_result_has_the_columns_it_may_have(name: str, base: Answers) -> None:
    rows = base.rows(name)
    assert rows.columns[:3] == [*KEY, "value"]
    assert {*rows.columns[3:]} <= OPTIONAL.keys()
    assert {column: rows.schema[column] for column in rows.columns[3:]} == {
        column: OPTIONAL[column] for column in rows.columns[3:]
    }
    feature = _feature(name)
    assert rows.schema["value"].is_numeric() or rows.schema["value"] == pl.Boolean
    assert (rows.schema["value"] == pl.Boolean) == feature.is_flag, "yes or no goes with true and false"
    assert "{detail}" not in f"{feature.file.header}" or "detail" in rows.columns
    assert rows.select(*KEY, "value").null_count().row(0) == (0, 0, 0), "leave the row out where nothing is known"
    assert rows["value"].cast(pl.Float64).is_finite().all()


@every_feature
def test_a_patient_has_one_row(name: str, base: Answers) -> None:
    rows = base.rows(name)
    assert rows.filter(rows.select(KEY).is_duplicated()).is_empty()
    assert base.evidence(name).height == rows.height


@every_feature
def test_what_came_later_changes_nothing(name: str, base: Answers, with_later: Answers) -> None:
    assert_frame_equal(with_later.evidence(name), base.evidence(name), check_exact=True)
    before = with_later.values(name).join(base.measured.patients, on=KEY, how="semi").sort(KEY)
    assert_frame_equal(before, base.values(name), check_exact=True)


@every_feature
def test_the_order_of_rows_changes_nothing(name: str, base: Answers, shuffled: Answers) -> None:
    assert_frame_equal(shuffled.evidence(name), base.evidence(name), check_exact=True)
    assert_frame_equal(shuffled.values(name), base.values(name), check_exact=True)


@every_feature
def test_practices_stay_apart(name: str, together_and_apart: tuple[Answers, list[Answers]]) -> None:
    together, apart = together_and_apart
    assert_frame_equal(together.evidence(name), pl.concat([each.evidence(name) for each in apart]), check_exact=True)
    assert_frame_equal(together.values(name), pl.concat([each.values(name) for each in apart]), check_exact=True)


@every_feature
def test_evidence_is_of_the_window(name: str, base: Answers, on: date) -> None:
    days = base.evidence(name)["on_date"].drop_nulls()
    within = _feature(name).within
    assert (days <= on).all()
    assert within is None or (days > within.since(on)).all()


@every_feature
def test_a_practice_of_nobody_gives_no_rows(name: str, nobody: Answers) -> None:
    assert nobody.rows(name).is_empty()
    assert nobody.values(name).is_empty()


@every_feature
def test_nothing_is_known_where_only_patients_are_sent(name: str, patients_only: Answers) -> None:
    values = patients_only.values(name)
    assert values.height > 0
    assert values.to_series(2).null_count() == values.height


def test_what_came_later_changes_no_patient(base: Answers, with_later: Answers) -> None:
    before = base.measured.patients.sort(KEY)
    assert_frame_equal(with_later.measured.patients.join(before, on=KEY, how="semi").sort(KEY), before)
    new = with_later.measured.patients.join(before, on=KEY, how="anti")
    assert new.height > 0
    assert not new["registered"].any()


def test_rows_that_are_all_later_are_as_none(patients_only: Answers, only_later_rows: Answers) -> None:
    told = [name for name in FILES if not only_later_rows.values(name).equals(patients_only.values(name))]
    assert told == []


def test_rows_of_those_born_later_are_nobodys(base: Answers, with_unborn: Answers) -> None:
    assert_frame_equal(with_unborn.measured.patients, base.measured.patients)
    assert [name for name in FILES if not with_unborn.values(name).equals(base.values(name))] == []
    assert [name for name in FILES if not with_unborn.evidence(name).equals(base.evidence(name))] == []
