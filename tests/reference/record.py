"""The slow twin, part one: what the record says of a patient, read row by row. Boring on purpose.

Answers are True, False or None, which is "not known". A count is a pair (number, whole): where the record is not
whole for the time asked about, the number is only a lower bound. None is a count of which nothing is known.
"""

import csv
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

LISTS = Path(__file__).parents[2] / "sql" / "codelists"
NEVER = date.min  # what has no date counts as older than anything that has one
MEANINGS = {}  # by code and system: the lists and categories the code is of
for path in sorted(LISTS.glob("*.csv")):
    with path.open(encoding="utf-8", newline="") as file:
        for each in csv.DictReader(file):
            MEANINGS.setdefault((each["code"], each["system"]), []).append((path.stem, each.get("category") or ""))


def months_before(on, months):
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = on.year, on.month - months
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def as_of(practice, on):
    """The practice without the rows that speak of, or were written on, a later day."""

    def there(row):
        return all(row.get(name) is None or row[name] <= on for name in ("on_date", "recorded_on"))

    born = [row for row in practice.patient if row["birth_month"] <= on]
    rest = {name: [row for row in getattr(practice, name) if there(row)] for name in ("event", "contact", "medicine")}
    return replace(practice, patient=born, **rest)


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


def at_least(count, bound):
    """Whether a count reaches a bound; a lower bound that does not reach it leaves that open."""
    if count is None:
        return None
    number, whole = count
    return True if number >= bound else (False if whole else None)


def at_most(count, bound):
    """Whether a count stays within a bound; a lower bound never tells."""
    return count[0] <= bound if count is not None and count[1] else None


def between(value, low, high):
    """Whether a measurement lies between two values, both included."""
    return None if value is None else low <= value <= high


def said_last(events):
    """What the events of the newest day say: their lists and categories."""
    last = max((event["on_date"] for event in events), default=None)
    return {(event["list"], event["category"]) for event in events if event["on_date"] == last}


class Record:
    """One patient of a practice that was cut at a day, as the record stands on that day."""

    def __init__(self, practice, patient, on):
        self.practice, self.patient, self.on = practice, patient, on
        self.died = patient["died_on"] is not None and patient["died_on"] <= on
        self.left = patient["deregistered_on"] is not None and patient["deregistered_on"] <= on
        self.joined = patient["registered_on"] is None or patient["registered_on"] <= on
        self.age = on.year - patient["birth_month"].year - (on.month < patient["birth_month"].month)
        self.contacts = [row for row in practice.contact if row["patient_id"] == patient["patient_id"]]
        self.medicines = [row for row in practice.medicine if row["patient_id"] == patient["patient_id"]]
        self.events = []
        for row in practice.event:
            if row["patient_id"] == patient["patient_id"]:
                for list_name, category in MEANINGS.get((row["code"], row["system"]), []):
                    day = row["on_date"] or NEVER
                    self.events.append({**row, "list": list_name, "category": category, "on_date": day})

    def since(self, months):
        """The last day before a look-back."""
        return months_before(self.on, months)

    def whole_since(self, since):
        """Whether the practice's record of the patient is whole for every day after this one."""
        begins = [self.patient["registered_on"], self.practice.covers_from]
        if self.practice.migrated_on is not None:
            begins.append(self.practice.migrated_on)
        here = self.joined and not self.left and not self.died and self.patient["registered_on"] is not None
        return here and max(begins) <= since + timedelta(days=1)

    def of(self, list_name, months=None, category=None):
        """The events of a code list; with months, those inside that look-back, which no undated one is."""
        found = [event for event in self.events if event["list"] == list_name]
        if category is not None:
            found = [event for event in found if event["category"] == category]
        return found if months is None else [event for event in found if event["on_date"] > self.since(months)]

    def has(self, list_name, months=None, category=None):
        """Whether there is such an event; not known where the practice sends no events at all."""
        return bool(self.of(list_name, months, category)) if self.practice.event else None

    def newest(self, list_name, months, worth):
        """The newest measurement inside a look-back, of one day the highest; worth: its value, None if invalid."""
        values = [(event["on_date"], worth(event)) for event in self.of(list_name, months)]
        return max([pair for pair in values if pair[1] is not None], default=(None, None))[1]

    def score(self, list_name, months, lowest, highest):
        """The newest score that is not out of its range."""

        def valid(event):
            return event["value"] if event["value"] is not None and lowest <= event["value"] <= highest else None

        return self.newest(list_name, months, valid)

    def count(self, number, months, *sent):
        """A count over a look-back; not known where the practice sends no such rows."""
        return (number, self.whole_since(self.since(months))) if all(sent) else None

    def contact_days(self, months):
        """The days with an attended contact."""
        attended = {row["on_date"] for row in self.contacts if row["status"] == "attended"}
        return {day for day in attended if day > self.since(months)}

    def issues(self, months, *categories):
        """How many issues there were of medicines whose substance, their name's first word, is of a category."""
        found = 0
        for row in self.medicines:
            name = (row["name"] or "").lower()
            end = next((place for place, letter in enumerate(name) if not "a" <= letter <= "z"), len(name))
            meant = [category for _, category in MEANINGS.get((name[:end], "substance"), [])]
            found += row["on_date"] > self.since(months) and any(category in meant for category in categories)
        return found

    def conditions(self):
        """The long-term conditions not resolved since, each with the first and the last day of its diagnosis."""
        found = {}
        for name in {event["category"] for event in self.of("long_term_condition")}:
            days = [event["on_date"] for event in self.of("long_term_condition", None, name)]
            ends = [event["on_date"] for event in self.of("long_term_condition_resolved", None, name)]
            if not ends or max(days) > max(ends):
                found[name] = (min(days), max(days))
        return found
