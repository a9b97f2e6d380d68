"""The slow twin, part one: what a patient's record says, read row by row. Boring on purpose.

Answers are True, False or None, which is "not known". A count is a pair (number, whole): where the record is not
whole for the time asked about, the number is only a lower bound. None is a count that is not known at all.
"""

import csv
from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEVER = date.min  # what has no date counts as older than anything that has one


def _read_lists():
    meanings = {}
    for path in sorted((ROOT / "sql" / "codelists").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                meanings.setdefault((row["code"], row["system"]), []).append((path.stem, row.get("category") or ""))
    return meanings


MEANINGS = _read_lists()


def months_before(on, months):
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = on.year, on.month - months
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def rounded(value, places=0):
    """Rounded as people round, halves upwards."""
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def all_of(*answers):
    """Kleene's "and"."""
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def any_of(*answers):
    """Kleene's "or"."""
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def is_not(answer):
    """Kleene's "not"."""
    return None if answer is None else not answer


def where_known(*answers):
    """The answers that are known."""
    return [answer for answer in answers if answer is not None]


def at_least(count, bound):
    """Whether a count reaches a bound; a lower bound that does not reach it leaves it open."""
    if count is None:
        return None
    number, whole = count
    return True if number >= bound else (False if whole else None)


def at_most(count, bound):
    """Whether a count stays within a bound; a lower bound never tells."""
    if count is None:
        return None
    number, whole = count
    return number <= bound if whole else None


def between(value, low, high):
    """Whether a value lies between two others, both included."""
    return None if value is None else low <= value <= high


class Record:
    """One patient of one practice, as the record stands on one day."""

    def __init__(self, practice, patient, on):
        self.practice, self.patient, self.on = practice, patient, on
        own = patient["patient_id"]
        self.contacts = [row for row in practice.contact if row["patient_id"] == own and row["on_date"] <= on]
        self.medicines = [row for row in practice.medicine if row["patient_id"] == own and row["on_date"] <= on]
        self.events = []
        for row in practice.event:
            dated, written = row["on_date"], row["recorded_on"]
            if row["patient_id"] != own or (dated and dated > on) or (written and written > on):
                continue
            for list_name, category in MEANINGS.get((row["code"], row["system"]), []):
                self.events.append({**row, "list": list_name, "category": category, "on_date": dated or NEVER})

    # Who the patient is.

    def born(self):
        return self.patient["birth_month"] <= self.on

    def died(self):
        return self.patient["died_on"] is not None and self.patient["died_on"] <= self.on

    def left(self):
        return self.patient["deregistered_on"] is not None and self.patient["deregistered_on"] <= self.on

    def joined(self):
        return self.patient["registered_on"] is None or self.patient["registered_on"] <= self.on

    def registered(self):
        return self.born() and self.joined() and not self.left() and not self.died()

    def age(self):
        birth = self.patient["birth_month"]
        return self.on.year - birth.year - (1 if self.on.month < birth.month else 0)

    def whole_since(self, since):
        """Whether the practice's record of the patient is whole for every day after this one, to the last."""
        if self.patient["registered_on"] is None or not self.registered():
            return False
        begins = [self.patient["registered_on"], self.practice.covers_from]
        if self.practice.migrated_on is not None:
            begins.append(self.practice.migrated_on)
        return max(begins) <= since + timedelta(days=1)

    # What is in the record.

    def since(self, months):
        return NEVER if months is None else months_before(self.on, months)

    def of(self, list_name, months=None, category=None):
        """The events of a code list; with months, those inside that look-back."""
        found = []
        for event in self.events:
            if event["list"] != list_name or (category is not None and event["category"] != category):
                continue
            if months is None or event["on_date"] > self.since(months):
                found.append(event)
        return found

    def has(self, list_name, months=None, category=None):
        """Whether there is such an event; not known where the practice sends no events at all."""
        if not self.practice.event:
            return None
        return bool(self.of(list_name, months, category))

    def counted(self, number, months, *tables):
        """A count over a look-back, and whether it is whole; None where the practice sends no such rows."""
        if any(not table for table in tables):
            return None
        return number, self.whole_since(self.since(months))

    def contact_days(self, months):
        since = self.since(months)
        return {row["on_date"] for row in self.contacts if row["status"] == "attended" and row["on_date"] > since}

    def newest(self, list_name, months, worth):
        """The newest measurement inside a look-back, of one day the highest; worth: its value, None if invalid."""
        values = [(event["on_date"], worth(event)) for event in self.of(list_name, months)]
        valid = [pair for pair in values if pair[1] is not None]
        return max(valid)[1] if valid else None

    def issues(self, since, *categories):
        """The issues since a day of the medicines whose substance, a name's first word, is of a category."""
        found = []
        for row in self.medicines:
            word = ""
            for letter in (row["name"] or "").lower():
                if not "a" <= letter <= "z":
                    break
                word += letter
            meant = [category for _, category in MEANINGS.get((word, "substance"), [])]
            if row["on_date"] > since and any(category in meant for category in categories):
                found.append(row)
        return found

    def conditions(self):
        """The long-term conditions not resolved since: their names, each with its first and its last day."""
        found = {}
        for name in {event["category"] for event in self.of("long_term_condition")}:
            days = [event["on_date"] for event in self.of("long_term_condition", category=name)]
            ends = [event["on_date"] for event in self.of("long_term_condition_resolved", category=name)]
            if not ends or max(days) > max(ends):
                found[name] = (min(days), max(days))
        return found
