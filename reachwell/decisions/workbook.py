"""Workbook: what a list in Excel is made of, for whoever writes it and whoever reads it back."""

import hashlib
from dataclasses import dataclass

import polars as pl

LIST, ABOUT, MARK = "Candidates", "About this list", "reachwell"
RANK, PATIENT, DECISION, REASON, BY = "Rank", "patient_id", "Decision", "Reason if declined", "Decided by"
POINTS, REASONS_TOLD, FIRST, WITHIN, BEFORE = "Points", "Why", "First flagged", "Within places", "Decided before"
# In order, with their widths in characters. `reachwell reidentify` looks for a column patient_id.
COLUMNS = {
    RANK: 6, PATIENT: 16, POINTS: 7, REASONS_TOLD: 70, FIRST: 13, WITHIN: 8, BEFORE: 28,
    DECISION: 24, REASON: 21, BY: 18,
}  # fmt: skip
# xlsxwriter's number of the paper.
A4 = 9
READ = (RANK, PATIENT, DECISION, REASON, BY)
MARKS = ("run_id", "practice", "programme", "checksum")


@dataclass(frozen=True)
class Mark:
    """Which list a file is of. checksum: over this and the list's ranks and pseudonyms."""

    run_id: str
    practice: str
    programme: str
    checksum: str

    @classmethod
    def of(cls, run_id: str, practice: str, programme: str, candidates: pl.DataFrame) -> "Mark":
        """The mark of a list: candidates of one programme, with rank and patient_id."""
        people = candidates.select("rank", "patient_id").sort("rank").rows()
        told = repr((run_id, practice, programme, people))
        return cls(run_id, practice, programme, hashlib.sha256(told.encode()).hexdigest()[:16])
