"""An area of two practices, tiny deliveries into their places, and its nights, without Prefect."""

import csv
import hashlib
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reachwell.area import Area
from reachwell.init import init
from reachwell.night import Outcome

# Places a month: floor(0.16 x 225 / 12) = 3 and floor(0.11 x 225 / 12) = 2.
PRACTICES = {"B83001": ("Elm Tree Surgery", 0.16), "B83017": ("Riverside Medical", 0.11)}
DAY = date(2026, 11, 20)
# What a word says of a person: table, and the row's own columns.
WORDS: dict[str, dict[str, object]] = {
    "lonely": {"code": "267076002"},  # 3 points
    "alone": {"code": "105529008"},  # 2
    "inactive": {"code": "962851000000103", "value": 1},  # 3
    "hypertension": {"code": "38341003"},  # 1
    "referred": {"code": "871731000000106"},
    "declined": {"code": "871711000000103"},
    "opted_out": {"code": "827241000000103"},
    "withdrawn": {"code": "827261000000102"},
    "dying": {"code": "103735009"},  # goes to a clinician
    "self_harm": {"code": "248062006"},  # goes to a clinician, for a private reason
}
# Two on the list, with 8 and 5 points; one with 3; one who is left out; one who goes another route.
PEOPLE = {
    "ZQ7KLA01": "lonely alone",
    "ZQ7KLA02": "lonely alone inactive",
    "ZQ7KLN03": "lonely",
    "ZQ7KDC04": "lonely alone declined",
    "ZQ7KDY05": "lonely alone dying",
}
COLUMNS = {
    "patient": ["practice_id", "patient_id", "sex", "birth_month", "registered_on", "deregistered_on", "died_on"],
    "event": ["practice_id", "patient_id", "code", "system", "on_date", "recorded_on", "value"],
    "contact": ["practice_id", "patient_id", "on_date", "kind", "status"],
    "medicine": ["practice_id", "patient_id", "on_date", "name", "cost_pence"],
}
# Columns of which no message may repeat a cell.
OF_A_PATIENT = ("patient_id", "birth_month", "code", "on_date", "value", "name")
A_NIGHT = Path(__file__).with_name("a_night.py")
run_night = runpy.run_path(str(A_NIGHT))["run_night"]


@dataclass
class Town:
    """An area's folder, the places its practices send to, and what is done with them."""

    folder: Path
    errors: dict[str, Exception] = field(default_factory=dict)

    @property
    def area(self) -> Area:
        return Area.load(self.folder)

    def place(self, ods: str) -> Path:
        """Where a practice puts its deliveries."""
        return self.folder.parent / "extracts" / ods

    def send(
        self, ods: str, on: date = DAY, people: Mapping[str, str] = PEOPLE, name: str = "", **manifest: object
    ) -> Path:
        """Put a delivery into a practice's place; returns its folder.

        people: by pseudonym, the words that are true of them; "referred@2026-11-03" has a date of its own.
        manifest: lines that differ; None leaves one out.
        """
        delivery = self.place(ods) / (name or on.isoformat())
        delivery.mkdir(parents=True)
        said = {
            "practice": ods, "format": "native", "kind": "full", "extracted_on": on, "covers_from": date(2016, 1, 1),
            "key_id": "3f9a", "national_data_opt_out": "applied", "legal_basis": "invented people", **manifest,
        }  # fmt: skip
        lines = [f"{key} = {_toml(value)}\n" for key, value in said.items() if value is not None]
        (delivery / "manifest.toml").write_text("".join(lines), encoding="utf-8")
        for table, rows in _rows_of(ods, people).items():
            with (delivery / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[table], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        return delivery

    def set(self, line: str, value: object) -> None:
        """Change every line of reachwell.toml that sets this name."""
        path = self.folder / "reachwell.toml"
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = [f"{line} = {_toml(value)}" if each.split("=")[0].strip() == line else each for each in lines]
        assert changed != lines, f"reachwell.toml sets no {line}, or sets it so already"
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")

    def night(
        self, today: date = DAY, on: date | None = None, practices: list[str] | None = None, lists: bool = True
    ) -> Outcome:
        """One night, as the flow runs it; each practice's error is in self.errors."""
        outcome, self.errors = run_night(self.area, today, on, practices, lists)
        return outcome

    def die_at(self, moment: str, today: date = DAY) -> int:
        """A night in a process of its own that is killed at a moment (see a_night.py); its return code."""
        call = [sys.executable, A_NIGHT, self.folder, str(today), moment]
        return subprocess.run(call, env={**os.environ, "POLARS_MAX_THREADS": "1"}).returncode

    @property
    def current(self) -> str | None:
        """What data/published/current says."""
        pointer = self.area.published / "current"
        return pointer.read_text(encoding="utf-8") if pointer.exists() else None

    def table(self, ods: str, name: str = "candidates") -> pl.DataFrame:
        """A practice's table of the current run."""
        return pl.read_parquet(self.area.published / str(self.current) / "practice" / ods / f"{name}.parquet")

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the current run but for its run_id, by file."""
        run = self.area.published / str(self.current)
        return {
            path.relative_to(run).as_posix(): pl.read_parquet(path).drop("run_id").to_dicts()
            for path in sorted(run.rglob("*.parquet"))
        }

    def kept(self) -> dict[str, str]:
        """The SHA-256 of every file of the lake and of the current run, and the pointer to that."""
        return {**_digests(self.area.lake), **self.kept_lists()}

    def kept_lists(self) -> dict[str, str]:
        """The SHA-256 of every file of the current run, and the pointer to that."""
        return {**_digests(self.area.published / str(self.current)), "current": str(self.current)}

    def everything(self) -> dict[str, str]:
        """The SHA-256 of every file of the area's folder."""
        return _digests(self.folder)

    def tells_nothing_of_patients(self, text: str, columns: Sequence[str] = OF_A_PATIENT) -> None:
        """Fail where a text repeats such a cell of anybody in the deliveries: a pseudonym, code, value or day."""
        for path in self.place("").rglob("*.csv"):
            for row in csv.DictReader(path.read_bytes().decode("latin-1").replace("\0", "").splitlines()):
                cells = [row.get(name) or "" for name in columns]
                assert not [cell for cell in cells if len(cell) > 3 and cell in text]


def _digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _rows_of(ods: str, people: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    rows: dict[str, list[dict[str, object]]] = {table: [] for table in COLUMNS}
    for person, words in people.items():
        who = {"practice_id": ods, "patient_id": person}
        rows["patient"].append({**who, "sex": "female", "birth_month": "1951-02", "registered_on": "2001-03-04"})
        rows["contact"].append({**who, "on_date": "2026-09-14", "kind": "gp", "status": "attended"})
        rows["medicine"].append({**who, "on_date": "2026-09-15", "name": "Emollient cream", "cost_pence": 250})
        for word in words.split():
            name, _, on_date = word.partition("@")
            rows["event"].append({**who, **WORDS[name], "system": "snomed", "on_date": on_date or "2026-09-16"})
    return rows


@pytest.fixture(scope="module", autouse=True)
def _open_gate(request: pytest.FixtureRequest) -> Iterator[None]:
    """To look for identifiers costs a third of a small night; a module that is about that says GATE = True."""
    with pytest.MonkeyPatch.context() as patched:
        if not getattr(request.module, "GATE", False):
            patched.setattr("reachwell.admission.look", lambda *_: ())
        yield


@pytest.fixture(scope="session")
def new_town(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Town]:
    """new_town() makes an area of two practices, or of those named, that have sent nothing yet."""

    def made(named: Mapping[str, tuple[str, float]] = PRACTICES) -> Town:
        town = Town(tmp_path_factory.mktemp("town") / "area")
        practices = [
            {"ods": ods, "name": name, "format": "native", "place": str(town.place(ods)), "link_workers": workers}
            for ods, (name, workers) in named.items()
        ]
        for ods in named:
            town.place(ods).mkdir(parents=True)
        init(town.folder, "North Borough", practices)
        return town

    return made


@pytest.fixture(scope="session")
def settled_once(new_town: Callable[..., Town]) -> Town:
    """The area that every `settled` one is a copy of; nobody changes it."""
    town = new_town()
    for ods in PRACTICES:
        town.send(ods, DAY - timedelta(days=1))
    assert town.night(DAY - timedelta(days=1)).exit_code == 0
    return town


@pytest.fixture(scope="session")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Town], Town]:
    """copy_of(town) is the same area with its places, to be changed."""

    def copied(town: Town) -> Town:
        folder = tmp_path_factory.mktemp("town")
        shutil.copytree(town.folder.parent, folder, dirs_exist_ok=True)
        settings = folder / "area" / "reachwell.toml"
        text = settings.read_text(encoding="utf-8").replace(str(town.folder.parent), str(folder))
        settings.write_text(text, encoding="utf-8")
        return Town(folder / "area")

    return copied


@pytest.fixture
def town(new_town: Callable[..., Town]) -> Town:
    """An area of two practices that have sent nothing yet."""
    return new_town()


@pytest.fixture
def settled(settled_once: Town, copy_of: Callable[[Town], Town]) -> Town:
    """An area after its first night, of the day before DAY."""
    return copy_of(settled_once)


@pytest.fixture(scope="session")
def day() -> date:
    """The day of most tests."""
    return DAY


@pytest.fixture(scope="session")
def people() -> dict[str, str]:
    """Who is in a delivery where a test says nothing else."""
    return dict(PEOPLE)
