"""The state: what cannot be derived again. Runs, deliveries' fates, who was first flagged when, and decisions."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from reachwell.errors import RunFailed

_TABLES = """
CREATE TABLE IF NOT EXISTS run (          -- a row when a run starts, another when it ends
    run_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS delivery (     -- what became of each practice's delivery in each run
    run_id TEXT NOT NULL, at TEXT NOT NULL, practice_id TEXT NOT NULL, outcome TEXT NOT NULL,
    extracted_on TEXT, detail TEXT NOT NULL, exit_code INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS listed (       -- the lists of each published run that became current
    run_id TEXT NOT NULL, practice_id TEXT NOT NULL, index_date TEXT NOT NULL,
    PRIMARY KEY (run_id, practice_id)
);
CREATE TABLE IF NOT EXISTS first_flagged (
    programme TEXT NOT NULL, practice_id TEXT NOT NULL, patient_id TEXT NOT NULL,
    on_date TEXT NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (programme, practice_id, patient_id)
);
CREATE TABLE IF NOT EXISTS opted_out (    -- whose data were erased; nothing else of them is kept
    practice_id TEXT NOT NULL, patient_id TEXT NOT NULL, PRIMARY KEY (practice_id, patient_id)
);
CREATE TABLE IF NOT EXISTS criteria_version (   -- each criteria file that was made live, whole
    at TEXT NOT NULL, programme TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
    by_whom TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS codelist_version (    -- each code list that was made live, whole; see codelist/versions.py
    at TEXT NOT NULL, list TEXT NOT NULL, digest TEXT NOT NULL,
    by_whom TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS decision (     -- what was decided of candidates, and undone; see decisions
    event INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, on_date TEXT NOT NULL, run_id TEXT NOT NULL,
    programme TEXT NOT NULL, practice_id TEXT NOT NULL, patient_id TEXT NOT NULL, decision TEXT NOT NULL,
    reason TEXT NOT NULL, until TEXT, facts TEXT NOT NULL, by_whom TEXT NOT NULL, source TEXT NOT NULL, undoes INTEGER
);
CREATE INDEX IF NOT EXISTS decision_of_practice ON decision (practice_id);
CREATE TABLE IF NOT EXISTS audit (        -- what was removed, when and why, in counts
    at TEXT NOT NULL, run_id TEXT NOT NULL, practice_id TEXT NOT NULL, what TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Fate:
    """What became of a practice's delivery in a run: ok, unchanged, rejected, late, missing or failed."""

    practice_id: str
    outcome: str
    detail: str
    exit_code: int
    extracted_on: date | None = None
    at: str = ""


@dataclass(frozen=True)
class CriteriaVersion:
    """A criteria file that was made live. digest: SHA-256 of its text. at: filled when it is noted."""

    programme: str
    version: str
    digest: str
    by: str
    reason: str
    text: str
    at: str = ""


class State:
    """state.sqlite: every method is one transaction, so that a kill leaves all of it or none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFailed(f"{path.parent} cannot be made ({error.strerror}). Check its permissions.") from None
        with self._open() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLES)

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction, for a module that keeps a table of its own in here."""
        return self._open()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30)) as db, db:
                # What is deleted is overwritten, and not left in the file's free pages.
                db.execute("PRAGMA secure_delete = ON")
                yield db
        except sqlite3.Error as error:
            raise RunFailed(
                f"{self._path} cannot be written or read ({error}). Check the folder's permissions and the disk."
            ) from None

    def start(self, run_id: str) -> None:
        """Note that a run has begun."""
        self._note(run_id, "started")

    def end(self, run_id: str, event: str, detail: str = "") -> None:
        """Note how a run ended: published, failed, or killed."""
        self._note(run_id, event, detail)

    def _note(self, run_id: str, event: str, detail: str = "") -> None:
        with self._open() as db:
            db.execute("INSERT INTO run VALUES (?, ?, ?, ?)", (run_id, _now(), event, detail))

    def unended(self) -> list[str]:
        """The runs that began and never ended: killed ones, where no run is under way."""
        with self._open() as db:
            found = db.execute("SELECT run_id FROM run GROUP BY run_id HAVING count(*) = 1 ORDER BY min(at)")
            return [run_id for (run_id,) in found]

    def last_run(self) -> tuple[str, str, str, str] | None:
        """The newest run: its id, when it began, its last event and that event's detail."""
        with self._open() as db:
            return db.execute(  # type: ignore[no-any-return]
                "SELECT run_id, first_value(at) OVER one, last_value(event) OVER one, last_value(detail) OVER one "
                "FROM run WINDOW one AS (PARTITION BY run_id ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND "
                "UNBOUNDED FOLLOWING) ORDER BY first_value(rowid) OVER one DESC LIMIT 1"
            ).fetchone()

    def note_delivery(self, run_id: str, fate: Fate) -> None:
        """Note what became of a practice's delivery."""
        on = fate.extracted_on.isoformat() if fate.extracted_on else None
        row = (run_id, _now(), fate.practice_id, fate.outcome, on, fate.detail, fate.exit_code)
        with self._open() as db:
            db.execute("INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def fates(self, run_id: str | None = None) -> dict[str, Fate]:
        """Each practice's newest fate, of one run or of all."""
        where = "WHERE run_id = ?" if run_id else ""
        with self._open() as db:
            rows = db.execute(
                "SELECT practice_id, outcome, detail, exit_code, extracted_on, at FROM delivery "
                f"{where} ORDER BY rowid",
                (run_id,) if run_id else (),
            ).fetchall()
        return {
            row[0]: Fate(row[0], row[1], row[2], row[3], date.fromisoformat(row[4]) if row[4] else None, row[5])
            for row in rows
        }

    def first_flagged(self, practices: Iterable[str], before: str | None = None) -> pl.DataFrame:
        """Who was flagged first when: programme, practice_id, patient_id, on_date.

        before: leave out what this run itself noted, so that a run repeated gives the same list.
        """
        codes = list(practices)
        marks = ", ".join("?" * len(codes))
        with self._open() as db:
            rows = db.execute(
                "SELECT programme, practice_id, patient_id, on_date FROM first_flagged "
                f"WHERE practice_id IN ({marks}) AND run_id IS NOT ? ORDER BY 1, 2, 3",
                (*codes, before),
            ).fetchall()
        names = ["programme", "practice_id", "patient_id", "on_date"]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        return frame.with_columns(pl.col("on_date").str.to_date())

    def note_listed(self, run_id: str, index_dates: dict[str, date], flagged: pl.DataFrame) -> None:
        """Note the lists a run is about to make current, and whom they flag for the first time."""
        rows = flagged.select(
            "programme", "practice_id", "patient_id", pl.col("first_flagged_on").dt.to_string()
        ).rows()
        with self._open() as db:
            db.executemany(
                "INSERT OR REPLACE INTO listed VALUES (?, ?, ?)",
                [(run_id, ods, on.isoformat()) for ods, on in sorted(index_dates.items())],
            )
            db.executemany(
                "INSERT INTO first_flagged VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET on_date = min(on_date, excluded.on_date)",
                [(*row, run_id) for row in rows],
            )

    def forget(self, run_id: str) -> None:
        """Take back what a run noted of its lists, where it was killed before they became current."""
        with self._open() as db:
            db.execute("DELETE FROM listed WHERE run_id = ?", (run_id,))
            db.execute("DELETE FROM first_flagged WHERE run_id = ?", (run_id,))

    def opted_out(self, practice_id: str) -> set[str]:
        """Whose data of a practice were erased because they have opted out: their pseudonyms."""
        with self._open() as db:
            rows = db.execute("SELECT patient_id FROM opted_out WHERE practice_id = ?", (practice_id,)).fetchall()
        return {patient for (patient,) in rows}

    def note_opted_out(self, practice_id: str, standing: Collection[str], run_id: str) -> None:
        """Note who of a practice has opted out now, with a line in the audit; nothing else of them stays."""
        before = self.opted_out(practice_id)
        erased, returned = set(standing) - before, before - set(standing)
        rows = [(practice_id, patient) for patient in sorted(standing)]
        with self._open() as db:
            db.execute("DELETE FROM opted_out WHERE practice_id = ?", (practice_id,))
            db.executemany("INSERT INTO opted_out VALUES (?, ?)", rows)
            for table in ("first_flagged", "decision"):
                db.executemany(f"DELETE FROM {table} WHERE practice_id = ? AND patient_id = ?", rows)
            what = f"type 1 opt-out: {len(erased)} erased, {len(returned)} no longer opted out"
            db.execute("INSERT INTO audit VALUES (?, ?, ?, ?)", (_now(), run_id, practice_id, what))

    def note_removed(self, run_id: str, what: str, runs: Iterable[str] = ()) -> None:
        """Note what was removed for its age, with a line in the audit; runs: those whose lists are gone."""
        with self._open() as db:
            db.executemany("DELETE FROM listed WHERE run_id = ?", [(each,) for each in runs])
            db.execute("INSERT INTO audit VALUES (?, ?, '', ?)", (_now(), run_id, what))

    def audit(self) -> list[dict[str, str]]:
        """The audit, oldest first: at, run_id, practice_id (empty for all) and what was done."""
        with self._open() as db:
            rows = db.execute("SELECT at, run_id, practice_id, what FROM audit ORDER BY rowid").fetchall()
        return [dict(zip(("at", "run_id", "practice_id", "what"), row, strict=True)) for row in rows]

    def note_criteria(self, versions: Iterable[CriteriaVersion]) -> None:
        """Note criteria files that are made live, in their order."""
        rows = [(_now(), one.programme, one.version, one.digest, one.by, one.reason, one.text) for one in versions]
        with self._open() as db:
            db.executemany("INSERT INTO criteria_version VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def criteria_versions(self, programme: str) -> list[CriteriaVersion]:
        """A programme's criteria files that were made live, oldest first."""
        with self._open() as db:
            found = db.execute(
                "SELECT programme, version, digest, by_whom, reason, text, at FROM criteria_version "
                "WHERE programme = ? ORDER BY rowid",
                (programme,),
            )
            return [CriteriaVersion(*row) for row in found]

    def listed(self) -> set[str]:
        """The runs of which lists are noted."""
        with self._open() as db:
            return {run_id for (run_id,) in db.execute("SELECT DISTINCT run_id FROM listed")}

    def list_before(self, practice_id: str, on: date) -> str | None:
        """The run that holds a practice's newest list of a day before this one."""
        with self._open() as db:
            found = db.execute(
                "SELECT run_id FROM listed WHERE practice_id = ? AND index_date < ? "
                "ORDER BY index_date DESC, rowid DESC LIMIT 1",
                (practice_id, on.isoformat()),
            ).fetchone()
        return found[0] if found else None

    def index_dates(self, run_id: str) -> dict[str, date]:
        """The day each practice's list of a run speaks for."""
        with self._open() as db:
            rows = db.execute("SELECT practice_id, index_date FROM listed WHERE run_id = ?", (run_id,)).fetchall()
        return {ods: date.fromisoformat(on) for ods, on in rows}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
