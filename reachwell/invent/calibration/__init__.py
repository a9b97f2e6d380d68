"""Measure invented practices as the published figures were measured: from their tables, as if they were real."""

from datetime import date

from reachwell.invent.calibration import people, record, use
from reachwell.invent.calibration.practices import Practices
from reachwell.invent.history import Tables

_PARTS = [
    people.age_and_sex, people.living, record.prevalence, record.activation, record.seldom, use.consultations,
    use.multimorbidity, use.attendance, use.hospital, use.medicines,
]  # fmt: skip


def measured(practices: list[Tables], on: date) -> dict[str, float]:
    """Every figure of practices, as they stand on a day, by a name that says what it is; shares are of 1."""
    together = Practices(practices, on)
    return {name: value for part in _PARTS for name, value in part(together).items()}
