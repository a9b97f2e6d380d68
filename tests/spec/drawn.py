"""Spec tests drawn as tables: a test is a name, a sentence and a table of what is recorded and what it leads to.

    chapter = Chapter()

    @chapter.shows('''
        event
        patient | on_date    | code                   | value || lives_alone
        ann     | 2026-05-01 | 105529008 Lives alone  |       || met
    ''')
    def test_a_code_says_so():
        '''Whoever's newest code says so lives alone.'''

A line without bars names the table that follows: one of our four, or `found` for expectations only. Columns after
two bars are expectations: a column of match's answer; "pam_level value" for a feature's value at its own look-back;
"lives_alone sentence" and "lives_alone day" for what a rule says it found. An empty expectation says nothing, "-"
expects nothing to be there, "*" stands for any text.

An empty patient cell is the patient above; "ann x 9" are nine patients alike; `days` repeats a row on so many days up
to its own; a code may have its name after it.

Each test is a practice of its own. All tests of a chapter are measured together, when the first of them is run. In
every practice there is somebody else, so that no table is empty by chance.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import polars as pl
import pytest

from reachwell import codelists
from reachwell.sentences import explained
from reachwell.tables import TABLES
from tests.practice import ON, Practice, Row, answers, catalogue, judged, programme

Test = Callable[[pytest.TempPathFactory], None]
SOMEBODY_ELSE = "somebody else"
LONG_AGO = date(2010, 1, 1)


@dataclass(frozen=True)
class Scene:
    """One test's practice, the day it is judged on, and what is expected of whom."""

    practice: Practice
    on: date
    expected: list[tuple[str, str, str]]


class Chapter:
    """The tests of one file, measured together."""

    def __init__(self) -> None:
        self._scenes: list[Scene] = []
        self._found: dict[tuple[str, str], Row] = {}

    def shows(
        self, drawn: str, on: date = ON, empty: tuple[str, ...] = (), **manifest: Any
    ) -> Callable[[Callable[[], None]], Test]:
        """Make a test of a drawn table. empty: the tables that the practice sends without rows."""
        practice = Practice(ods=f"T{len(self._scenes):05}", **manifest)
        scene = Scene(practice, on, read(drawn, practice))
        if not scene.expected:
            raise ValueError("nothing is expected of anybody")
        for table in {"event", "contact", "medicine"} - {*empty}:
            getattr(practice, table).append({"patient_id": SOMEBODY_ELSE, "on_date": LONG_AGO, **_ANY[table]})
        practice.patient.append({"patient_id": SOMEBODY_ELSE, "sex": "indeterminate"})
        self._scenes.append(scene)

        def told(function: Callable[[], None]) -> Test:
            def test(tmp_path_factory: pytest.TempPathFactory) -> None:
                self._measure(tmp_path_factory)
                wrong = list(self._wrong(scene))
                assert not wrong, "\n".join(wrong)

            test.__name__, test.__doc__, test.__module__ = function.__name__, function.__doc__, function.__module__
            return test

        return told

    def _measure(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        if self._found:
            return
        for on in sorted({scene.on for scene in self._scenes}):
            practices = [scene.practice for scene in self._scenes if scene.on == on]
            measured, matches = judged(practices, on, tmp_path_factory.mktemp("lake"))
            values = measured.values.rows_by_key(["practice_id", "patient_id"], named=True, unique=True)
            for who, answer in answers((measured, matches)).items():
                self._found[who] = answer | {f"{key} value": value for key, value in values[who].items()}
            for row in explained(measured, matches, programme()).iter_rows(named=True):
                told = {f"{row['rule']} sentence": row["sentence"], f"{row['rule']} day": row["on_date"]}
                self._found[row["practice_id"], row["patient_id"]].update(told)

    def _wrong(self, scene: Scene) -> Any:
        for patient, name, expected in scene.expected:
            found = self._found.get((scene.practice.ods, patient))
            got = "nobody" if found is None else _written(found[_column(name)])
            if not (fnmatchcase(got, expected) if "*" in expected else got == expected):
                yield f"{patient}: {name} should be {expected}, and is {got}"


def read(drawn: str, practice: Practice) -> list[tuple[str, str, str]]:
    """Add a drawn table's rows to a practice; returns what is expected: patient, column, value."""
    expected: list[tuple[str, str, str]] = []
    table, header = "", None
    patients: list[str] = []
    for line in filter(None, map(str.strip, drawn.splitlines())):
        if "|" not in line:
            table, header = line, None
            continue
        given, bars, hoped = line.partition("||")
        cells = [_cells(given), _cells(hoped) if bars else []]
        if header is None:
            header = cells
            continue
        facts, hopes = (dict(zip(*each, strict=True)) for each in zip(header, cells, strict=True))
        patients = _patients(facts.pop("patient")) or patients
        for patient in patients:
            expected += [(patient, name, hope) for name, hope in hopes.items() if hope]
            if table == "patient" or patient not in {row["patient_id"] for row in practice.patient}:
                own = [row for row in practice.patient if row["patient_id"] != patient]
                practice.patient[:] = [*own, _row("patient", patient, facts if table == "patient" else {})]
            if table in ("event", "contact", "medicine"):
                row = _row(table, patient, facts)
                days = int(facts.get("days") or 1)
                getattr(practice, table).extend({**row, **_days_before(row, ago)} for ago in range(days))
    return expected


def _cells(part: str) -> list[str]:
    return [cell.strip() for cell in part.split("|")]


def _patients(cell: str) -> list[str]:
    if many := re.fullmatch(r"(.+) x (\d+)", cell):
        return [f"{many[1]} {number + 1}" for number in range(int(many[2]))]
    return [cell] if cell else []


def _row(table: str, patient: str, facts: dict[str, str]) -> Row:
    row: Row = {"patient_id": patient}
    for name, cell in facts.items():
        if name != "days":
            row[name] = _typed(TABLES[table].columns[name].dtype.type, cell) if cell else None
    if table == "event":
        row["code"] = row["code"].split()[0]
        row.setdefault("system", _systems().get(row["code"], "snomed"))
    return row


def _typed(kind: Any, cell: str) -> Any:
    if kind == pl.Date:
        return date.fromisoformat(cell if len(cell) > 7 else f"{cell}-01")
    if kind == pl.Boolean:
        return cell == "yes"
    return cell if kind == pl.String else float(cell) if kind == pl.Float64 else int(cell)


def _days_before(row: Row, ago: int) -> Row:
    return {"on_date": date.fromordinal(row["on_date"].toordinal() - ago)} if ago else {}


def _written(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _column(name: str) -> str:
    if not name.endswith(" value"):
        return name
    feature = catalogue()[name.removesuffix(" value")]
    return f"{feature.key(feature.within)} value"


@cache
def _systems() -> dict[str, str]:
    return dict(codelists.read_all().select("code", "system").iter_rows())


_ANY = {
    "event": {"code": "271737000"},
    "contact": {},
    "medicine": {"name": "Amlodipine 5mg tablets", "cost_pence": 100},
}
