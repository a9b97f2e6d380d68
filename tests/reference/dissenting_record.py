"""An EMIS practice whose patients dissent, withdraw, leave and come back, and plain Python's answer to who is out."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from reachwell.manifest import Manifest
from tests.reference.evolving_record import KEYS, Row, Rows
from tests.sources.emis_delivery import AGREED, ORGANISATION, SALBUTAMOL, emis, observation, patient
from tests.sources.raw_delivery import RawDelivery

ODS, FIRST_DAY = "B83001", date(2026, 11, 20)
# People whom most rules of the default programme would list, and others, so that a night touches few of all.
PEOPLE = [f"ZQ7KLA{number}XYV" for number in range(1, 6)]
OTHERS = [f"ZQ7KLN{number:02}NB" for number in range(60)]
CODES = {
    "lonely": "267076002", "alone": "105529008", "inactive": "962851000000103", "hypertension": "38341003",
    "dissent": "827241000000103", "withdrawn": "827261000000102",
}  # fmt: skip
# A code of the practice's own, that an area may put on its list of dissents.
LOCAL = {"CodeId": "local", "ReadTermId": "EMISNQDI1"}
# What the night is about is never long ago; what says that somebody is lonely is different for everybody.
DECIDED = FIRST_DAY - timedelta(days=20)


def days_of(person: str) -> list[date]:
    """Days on which something is recorded of this person and of nobody else."""
    number = [*PEOPLE, *OTHERS].index(person)
    return [date(2026, 1, 1) + timedelta(days=number + 70 * quarter) for quarter in range(4)]


@dataclass
class Known:
    """What is known of a practice after some deliveries.

    rows: of those who are not out. out: who is.
    """

    rows: Rows = field(default_factory=lambda: {name: {} for name in KEYS})
    out: set[str] = field(default_factory=set)
    on: date = date.min

    def take(self, manifest: Manifest, rows: Rows, local_counts: bool) -> None:
        """Take a delivery: a full extract may tell of a withdrawal, changes cannot."""
        if manifest.kind == "full":
            if manifest.extracted_on >= self.on:
                self.out -= rows["Admin_Patient"].keys() - dissenting(rows, manifest.extracted_on, local_counts)
            self.rows = {name: {} for name in KEYS}
        for table, sent in rows.items():
            for key, row in sent.items():
                self.rows[table].pop(key, None)
                if row.get("Deleted") != "true":
                    self.rows[table][key] = row
        self.on = manifest.extracted_on
        self.look_again(local_counts)

    def look_again(self, local_counts: bool) -> None:
        """Find who is out by the rows; nothing of theirs is known from then on."""
        self.out |= dissenting(self.rows, self.on, local_counts)
        for rows in self.rows.values():
            for key in [key for key, row in rows.items() if row.get("PatientGuid") in self.out]:
                del rows[key]

    @property
    def listed(self) -> set[str]:
        """Whoever is to be on the list: people who are there, lonely and live alone."""
        told = {(row["PatientGuid"], self._code_of(row)) for row in self.rows["CareRecord_Observation"].values()}
        return {each for each in self.rows["Admin_Patient"] if {(each, "lonely"), (each, "alone")} <= told}

    def _code_of(self, row: Row) -> str | None:
        return row["CodeId"] if row["CodeId"] in self.rows["Coding_ClinicalCode"] else None


def dissenting(rows: Rows, on: date, local_counts: bool) -> set[str]:
    """Who has dissented by some rows: the latest day decides, no day being the oldest; on one day the dissent does.

    A withdrawal of a day that has not come yet is no withdrawal.
    """
    latest: dict[str, tuple[str, bool]] = {}
    for row in rows["CareRecord_Observation"].values():
        who, code, day = row["PatientGuid"], row["CodeId"], row["EffectiveDate"]
        if code not in rows["Coding_ClinicalCode"]:
            continue
        if code == "dissent" or (code == "local" and local_counts):
            latest[who] = max(latest.get(who, ("", False)), (day, True))
        elif code == "withdrawn" and day <= str(on):
            latest[who] = max(latest.get(who, ("", False)), (day, False))
    return {who for who, (_, is_dissent) in latest.items() if is_dissent}


class DissentingRecord:
    """The practice's own record as of a night, and as it was on the nights before.

    is_known: whether its code table has the code of dissents from the beginning.
    """

    def __init__(self, random: Random, is_known: bool = True) -> None:
        self.random, self.on = random, FIRST_DAY
        self.rows: Rows = {name: {} for name in KEYS}
        self._left: dict[str, Rows] = {}
        self._count = 0
        self._put("Admin_Organisation", {**ORGANISATION, "ODSCode": ODS})
        self._put("Agreements_SharingOrganisation", AGREED)
        self._put("Coding_DrugCode", SALBUTAMOL)
        self._put("Coding_ClinicalCode", LOCAL)
        for name in CODES.keys() - (set() if is_known else {"dissent"}):
            self._put("Coding_ClinicalCode", {"CodeId": name, "SnomedCTConceptId": CODES[name]})
        for person in PEOPLE:
            self._put_person(person)
        for person in OTHERS:
            self._put("Admin_Patient", patient(person))
            for day in days_of(person):
                self.observe(person, "hypertension", day)
        self.as_of = {self.on: deepcopy(self.rows)}

    def draw_a_night(self) -> None:
        """Change something of some people: they dissent, withdraw, leave, come back, or are spoken of again."""
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self._change(self.random.choice(PEOPLE))
        if self.random.random() < 0.5:
            self._put("Coding_ClinicalCode", {"CodeId": "dissent", "SnomedCTConceptId": CODES["dissent"]})

    def end_of_day(self) -> date:
        """A day has passed; returns it."""
        self.on += timedelta(days=1)
        self.as_of[self.on] = deepcopy(self.rows)
        return self.on

    def observe(self, person: str, code: str, day: date | None, **cells: str) -> str:
        """Something is observed of a person; returns the row's id."""
        self._count += 1
        row = self._observation(f"o{self._count}", person, code, day)
        self._put("CareRecord_Observation", {**row, **cells})
        return row["ObservationGuid"]

    def move(self, observed: str, person: str) -> None:
        """What was observed was of another person."""
        self.rows["CareRecord_Observation"][observed] = {**self.rows["CareRecord_Observation"][observed],
                                                         "PatientGuid": person}  # fmt: skip

    def leave(self, person: str) -> None:
        """A person is taken out of the record with all that is theirs."""
        self._left[person] = {
            table: {key: rows.pop(key) for key in [*rows] if rows[key].get("PatientGuid") == person}
            for table, rows in self.rows.items()
        }

    def come_back(self, person: str) -> None:
        """A person who had left is there again, with all that was theirs."""
        for table, rows in self._left.pop(person).items():
            self.rows[table] |= rows

    def full(self, folder: Path, on: date) -> tuple[RawDelivery, Rows]:
        """All rows as of a night."""
        return self._delivered(folder, deepcopy(self.as_of[on]), on, is_delta=False)

    def changes(self, folder: Path, on: date, wrong: bool = False) -> tuple[RawDelivery, Rows]:
        """What a night changed, and some rows that it did not. wrong: some rows are missing or not right."""
        before, after = self.as_of[on - timedelta(days=1)], self.as_of[on]
        told: Rows = {}
        for table, rows in after.items():
            again = self.random.random
            sent = {
                key: row
                for key, row in rows.items()
                if before[table].get(key) != row or (again() < 0.01 and row.get("PatientGuid"))
            }
            for key in before[table].keys() - rows.keys():
                # What is gone comes with its id alone, or whole.
                whole = before[table][key] if self.random.random() < 0.5 else {KEYS[table]: key}
                sent[key] = {**whole, "Deleted": "true"}
            told[table] = sent
        if wrong:
            code = self.random.choice(["dissent", "withdrawn"])
            wrongly = self._observation("wrong", self.random.choice(PEOPLE), code, on)
            told["CareRecord_Observation"]["wrong"] = wrongly
        return self._delivered(folder, told, on, is_delta=True)

    def _delivered(self, folder: Path, told: Rows, on: date, is_delta: bool) -> tuple[RawDelivery, Rows]:
        rows = {table: list(sent.values()) for table, sent in told.items()}
        return emis("5.4").deliver(folder, rows, is_delta=is_delta, extracted_on=on, practice=ODS), told

    def _change(self, person: str) -> None:
        draw = self.random
        if person in self._left:
            self.come_back(person)
            return
        what = draw.choice(
            ["dissent"] * 3 + ["withdrawn"] * 3 + ["local", "leave", "again", "again", "move", "mistake"]
        )
        decided = [key for key, row in self.rows["CareRecord_Observation"].items() if row["CodeId"] in
                   ("dissent", "withdrawn", "local")]  # fmt: skip
        if what in ("dissent", "withdrawn", "local"):
            # Of today, of another day, of a day that has not come, or of no day.
            day = draw.choice([self.on] * 4 + [DECIDED, self.on - timedelta(days=1), self.on + timedelta(days=9), None])
            confidential = draw.choice(["", "", "true"]) if what == "dissent" else ""
            self.observe(person, what, day, IsConfidential=confidential)
        elif what == "leave":
            self.leave(person)
        elif what == "again":
            self.observe(person, "hypertension", draw.choice(days_of(person)))
        elif what == "move" and decided:
            self.move(draw.choice(decided), person)
        elif what == "mistake" and decided:
            del self.rows["CareRecord_Observation"][draw.choice(decided)]

    def _put_person(self, person: str) -> None:
        first, *days = days_of(person)
        self._put("Admin_Patient", patient(person))
        for code in ("lonely", "alone", "hypertension"):
            self.observe(person, code, first)
        self.observe(person, "inactive", first, Value="1")
        for day in days:
            for _ in range(4):
                self._count += 1
                cells = {"PatientGuid": person, "EffectiveDate": str(day), "EffectiveDatePrecision": "YMD"}
                key = f"x{self._count}"
                self._put("CareRecord_Consultation", {"ConsultationGuid": key, **cells, "ConsultationSourceTerm": "GP"})
                self._put("Prescribing_IssueRecord", {"IssueRecordGuid": key, **cells, "CodeId": SALBUTAMOL["CodeId"],
                                                      "EstimatedNhsCost": "90.00"})  # fmt: skip

    def _observation(self, key: str, person: str, code: str, day: date | None) -> Row:
        told = str(day or "")
        return observation(key, PatientGuid=person, CodeId=code, EffectiveDate=told, EnteredDate="")

    def _put(self, table: str, row: Mapping[str, str]) -> None:
        self.rows[table][row[KEYS[table]]] = dict(row)


def known_after(
    known: Known, used: Sequence[str], now: Sequence[str], sent: Mapping[str, tuple[Manifest, Rows]], local: bool
) -> None:
    """Bring what is known from the deliveries used before to those used now, each by its digest."""
    if list(now[: len(used)]) == list(used) and used:
        known.look_again(local)
        more: Iterable[str] = now[len(used) :]
    else:
        more = now
    for digest in more:
        manifest, rows = sent[digest]
        known.take(manifest, deepcopy(rows), local)
