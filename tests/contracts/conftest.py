"""What the contracts are tried on: a rich invented practice, and snapshots of it in a lake of their own."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from reachwell import codelists, lake
from reachwell.manifest import Manifest
from reachwell.store import store as put
from reachwell.tables import CONTACT_KINDS, CONTACT_STATUSES, SEXES, TABLES, empty

Tables = dict[str, pl.DataFrame]
PEOPLE = 90
# A 29 February too: windows end on a day that most years do not have.
INDEX_DATES = (date(2026, 11, 21), date(2028, 2, 29))
# Codes of no list, in systems that are not SNOMED CT.
UNMAPPED = [
    {"code": code, "system": system, "lowest": None, "highest": None}
    for code, system in (("EMISNQ1", "local"), ("A1...", "read2"), ("XaA1b", "ctv3"), ("4711", "held"))
]
UNITS = (None, "%", "mmol/mol", "mg/dL", "mmol/L")
# SNOMED CT, LOINC, Read v2 and CTV3, as they would stand in quotes.
_LIKE_A_CODE = re.compile(
    r"\d{6,18}"
    r"|\d{3,7}-\d"
    r"|(?=.{5}$)(?=.*\d)[0-9A-Za-z]{1,4}\.{1,4}"
    r"|(?=.*\d)(?=.*[A-Za-z])[A-Z0-9][0-9A-Za-z]{4}"
)


@pytest.fixture(scope="session", params=INDEX_DATES, ids=str)
def on(request: pytest.FixtureRequest) -> date:
    """Each index date that the contracts are tried on."""
    day: date = request.param
    return day


@dataclass(frozen=True)
class Practice:
    """A practice as of an index date: its tables until then, the same in another order, and with what came later."""

    on: date
    tables: Tables
    shuffled: Tables
    with_later: Tables


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., lake.Snapshot]:
    """store(tables, practice="A10001", extracted_on=..., area=None) puts tables into a lake; absent ones are empty."""
    folder = tmp_path_factory.mktemp("lake")
    number = count()

    def stored(
        tables: Tables,
        practice: str = "A10001",
        extracted_on: date = date(2029, 1, 1),
        area: Path | None = None,
    ) -> lake.Snapshot:
        whole = {name: tables.get(name, empty(name)) for name in TABLES}
        for name, schema in TABLES.items():
            schema.validate(whole[name])
        manifest = Manifest(
            practice=practice,
            format="native",
            kind="full",
            extracted_on=extracted_on,
            covers_from=date(2010, 1, 1),
            key_id="none",
            national_data_opt_out="not_required",
            legal_basis="invented people",
            invented=True,
        )
        return put([whole], manifest, f"{next(number)}", "invented", folder, area)

    return stored


@pytest.fixture(scope="session")
def rich() -> Callable[[date, str], Practice]:
    """rich(on, practice) is a practice with every code of every list, much of it on the same days."""
    codes = codelists.read_all().to_dicts()
    return lambda on, practice: _Invented(codes, on, practice).practice()


@pytest.fixture(scope="session")
def practice(rich: Callable[[date, str], Practice], on: date) -> Practice:
    """One rich practice."""
    return rich(on, "A10001")


@pytest.fixture(scope="session")
def snapshot(practice: Practice, store: Callable[..., lake.Snapshot]) -> lake.Snapshot:
    """The practice as it was on the index date."""
    return store(practice.tables)


@pytest.fixture(scope="session")
def later_snapshot(practice: Practice, store: Callable[..., lake.Snapshot]) -> lake.Snapshot:
    """The practice with all that came after the index date."""
    return store(practice.with_later)


@pytest.fixture(scope="session")
def written_codes() -> Callable[[str], list[str]]:
    """written_codes(sql) are the clinical codes, or what looks like them, that stand in a statement."""
    listed = set(codelists.read_all().filter(pl.col("system") != "substance")["code"])

    def found(sql: str) -> list[str]:
        texts = [str(each.this) for each in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Literal)]
        words = [word for text in texts for word in [text, *re.split(r"[\s,;|()^$]+", text)]]
        return sorted({word for word in words if word in listed or _LIKE_A_CODE.fullmatch(word)})

    return found


class _Invented:
    """Random rows about the same people, from a seed of the practice and the day."""

    def __init__(self, codes: list[dict[str, Any]], on: date, practice: str) -> None:
        self.random = random.Random(f"{practice} {on}")
        self.on, self.practice_id = on, practice
        self.codes = [each for each in codes if each["system"] != "substance"] + UNMAPPED
        self.substances = [each["term"] for each in codes if each["system"] == "substance"]
        self.people = [f"p{number:03}" for number in range(PEOPLE)]
        # Few days a person, so that many rows fall on one day and every tie has to be decided.
        self.days = {each: [on, *self._before(7)] for each in self.people}

    def practice(self) -> Practice:
        patients = [self._patient(each) for each in self.people]
        tables = {
            "patient": _frame("patient", patients),
            "event": _frame("event", self._events()),
            "contact": _frame("contact", self._contacts()),
            "medicine": _frame("medicine", self._medicines()),
        }
        shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in tables.items()}
        later = {
            "patient": _frame("patient", [*map(self._with_later_end, patients), *self._later_patients()]),
            "event": pl.concat([tables["event"], _frame("event", self._later_events())]),
            "contact": pl.concat([_frame("contact", self._later_contacts()), tables["contact"]]),
            "medicine": pl.concat([tables["medicine"], _frame("medicine", self._later_medicines())]),
        }
        return Practice(self.on, tables, shuffled, later)

    def _before(self, many: int) -> list[date]:
        return [self.on - timedelta(days=round(1200 * self.random.random() ** 2)) for _ in range(many)]

    def _after(self) -> date:
        return self.on + timedelta(days=self.random.choice([1, 1, 2, 30, 200]))

    def _patient(self, person: str) -> tuple[object, ...]:
        draw = self.random
        born = date(draw.randrange(1930, 2012), draw.randrange(1, 13), 1)
        registered = draw.choice([date(2012, 5, 1), date(2012, 5, 1), self.on - timedelta(days=200), None])
        left, died = draw.choice([(None, None)] * 6 + [(self.days[person][1], None), (None, self.days[person][1])])
        home = draw.choice([None, None, True, False])
        household = f"h{draw.randrange(60)}"
        return (
            self.practice_id, person, draw.choice(SEXES), born, registered, left, died, draw.randrange(1, 11), "A",
            household, home,
        )  # fmt: skip

    def _with_later_end(self, row: tuple[object, ...]) -> tuple[object, ...]:
        left, died = row[5:7]
        if left or died or self.random.random() < 0.4:
            return row
        ends = self.random.choice([(self._after(), None), (None, self._after()), (self._after(), self._after())])
        return (*row[:5], *ends, *row[7:])

    def _later_patients(self) -> Iterator[tuple[object, ...]]:
        next_month = (self.on.replace(day=28) + timedelta(days=4)).replace(day=1)
        for number in range(30):
            born, registered = (next_month, None) if number % 2 else (date(1950, 6, 1), self._after())
            yield (self.practice_id, f"later{number:02}", "female", born, registered, None, None, 1, "A", None, None)

    def _event(
        self, person: str, code: dict[str, Any], on_date: date | None, recorded_on: date | None
    ) -> tuple[object, ...]:
        draw = self.random
        low, high = code["lowest"] or 0, code["highest"] or 100
        value = draw.choice(
            [None, low, high, float(draw.randint(int(low), int(high))), round(draw.uniform(low, high), 1)]
        )
        return (self.practice_id, person, code["code"], code["system"], on_date, recorded_on, value, draw.choice(UNITS))

    def _events(self) -> Iterator[tuple[object, ...]]:
        draw = self.random
        for person in self.people:
            share = draw.choice([0.0, 0.1, 0.4])
            for code in self.codes:
                # Of what is measured, the newest counts: several on its day, so that it has to be decided.
                most = 8 if code["highest"] else 3
                for _ in range(draw.randint(1, most) if draw.random() < share else 0):
                    on_date = draw.choice([*self.days[person], None])
                    recorded_on = draw.choice([on_date, self.on, None])
                    yield self._event(person, code, on_date, recorded_on)

    def _later_events(self) -> Iterator[tuple[object, ...]]:
        draw = self.random
        for code in self.codes:
            for person in draw.sample(self.people, 12):
                before, after = draw.choice(self.days[person]), self._after()
                dates = [
                    (after, None),
                    (after, after),
                    (after, before),
                    (before, after),
                    (self.on, after),
                    (None, after),
                ]
                yield self._event(person, code, *draw.choice(dates))

    def _contacts(self) -> Iterator[tuple[object, ...]]:
        for person in self.people:
            for on_date in self._before(self.random.choice([0, 3, 30])) + self.days[person][:2]:
                yield self._contact(person, on_date)

    def _later_contacts(self) -> Iterator[tuple[object, ...]]:
        return (self._contact(person, self._after()) for person in self.people for _ in range(12))

    def _contact(self, person: str, on_date: date) -> tuple[object, ...]:
        draw = self.random
        return (self.practice_id, person, on_date, draw.choice(CONTACT_KINDS), None, draw.choice(CONTACT_STATUSES))

    def _medicines(self) -> Iterator[tuple[object, ...]]:
        for person in self.people:
            for on_date in self._before(self.random.choice([0, 5, 20])):
                yield self._medicine(person, on_date)

    def _later_medicines(self) -> Iterator[tuple[object, ...]]:
        return (self._medicine(person, self._after()) for person in self.people for _ in range(12))

    def _medicine(self, person: str, on_date: date) -> tuple[object, ...]:
        draw = self.random
        name = draw.choice([f"{draw.choice(self.substances)} 10mg tablets", "Emollient cream", None])
        return (self.practice_id, person, on_date, None, name, draw.choice([None, 150, 999, 12_345]))


def _frame(table: str, rows: Iterator[tuple[object, ...]] | list[tuple[object, ...]]) -> pl.DataFrame:
    # Rows that repeat another are taken out when a delivery is checked, so none may be here.
    return pl.DataFrame(list(rows), schema=empty(table).schema, orient="row").unique(maintain_order=True)
