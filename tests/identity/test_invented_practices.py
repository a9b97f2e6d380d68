"""Invented practices with everybody's identity written in: it goes out in no file, and the right people come back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reachwell import manifest
from reachwell.identity.key import new_key
from reachwell.identity.patient_map import reading
from reachwell.identity.pseudonym import is_pseudonym
from reachwell.identity.pseudonymise import pseudonymise
from reachwell.identity.reidentify import reidentify
from reachwell.invent.deliveries import nights, write_night
from reachwell.invent.formats.emis import emis
from reachwell.invent.formats.supplier import Supplier
from reachwell.invent.formats.systmone import systmone
from reachwell.plugs import find_one
from reachwell.source import Source
from reachwell.trial import tried
from tests.identity.surgery import NUMBERS, sent, without_key_id
from tests.sources.raw_delivery import taken

ODS, LAST = "B83001", date(2026, 11, 20)
SUPPLIERS = {"emis": emis(), "systmone": systmone()}
ADDRESSES = "SRPatientAddressHistory"


@dataclass
class Practice:
    """A practice with identities: its deliveries, what was made of them, and every value that must not leave."""

    folder: Path
    supplier: Supplier
    deliveries: list[Path]
    made: list[Path]
    numbers: dict[str, str]
    secrets: set[str]

    @property
    def map(self) -> Path:
        """Who is who."""
        return self.folder / "practice.map"

    def own(self, delivery: Path) -> pl.DataFrame:
        """The patients' own table of a delivery."""
        return _read(delivery, self.supplier, self.supplier.patient_table)


def _file(delivery: Path, table: str) -> Path:
    return next(file for file in delivery.glob("*.csv") if table in re.split(r"[.]|(?<=\d)_|_(?=\d)", file.name))


def _read(delivery: Path, supplier: Supplier, table: str) -> pl.DataFrame:
    text = _file(delivery, table).read_bytes().decode(supplier.encoding)
    return pl.read_csv(text.encode(), infer_schema=False)


def _write(file: Path, frame: pl.DataFrame, supplier: Supplier) -> None:
    file.write_bytes(frame.write_csv(line_terminator="\r\n").encode(supplier.encoding))


def _identified(delivery: Path, supplier: Supplier, numbers: dict[str, str], secrets: set[str]) -> Path:
    """Write into a delivery who everybody is; all that was written is added to the secrets."""
    own = supplier.patient_table
    known = Source.read(find_one("sql/sources", supplier.name)).identifying
    for table, columns in known.items():
        if table not in supplier.layout:
            continue
        frame = _read(delivery, supplier, table)
        key = supplier.patients[table]
        mark = next((each for each in ("Deleted", "RemovedData") if each in frame.columns), None)
        gone = frame[mark].is_in(["true", "1"]) if mark else [False] * frame.height
        people = [None if is_gone else person for person, is_gone in zip(frame[key], gone, strict=True)]
        for name, kind in columns.items():
            if kind == "birth_date":
                days = [_born(person, cell) for person, cell in zip(people, frame[name], strict=True)]
                frame = frame.with_columns(pl.Series(name, days, pl.String))
                continue
            if kind == "nhs_number":
                cells = [numbers.setdefault(each, NUMBERS[len(numbers)]) if each else None for each in people]
            else:
                cells = [
                    f"{name} Müller-Ó’Brien of {each}, ☎ 01632 960".replace("☎ ", "") if each else None
                    for each in people
                ]
            frame = frame.with_columns(pl.Series(name, cells, pl.String))
            secrets |= {cell for cell in cells if cell}
        _write(_file(delivery, table), frame, supplier)
        if table == own and supplier.name == "systmone":
            _with_addresses(delivery, supplier, [each for each in people if each], secrets)
    (delivery / "SRPatientContactDetails.csv").write_text("RowIdentifier,ContactNumber\r\n1,01632 960961\r\n")
    secrets.add("01632 960961")
    secrets |= {f"{number[:3]} {number[3:6]} {number[6:]}" for number in numbers.values()}
    return without_key_id(delivery)


def _born(person: str | None, cell: str | None) -> str | None:
    # Never on the first of a month.
    return re.sub(r"^\d\d(?= )|(?<=-)\d\d$", f"{len(person) % 9 + 11}", cell or "") or None if person else cell


def _with_addresses(delivery: Path, supplier: Supplier, people: Iterable[str], secrets: set[str]) -> None:
    rows = [
        {"RowIdentifier": f"{place}{is_old}", "IDPatient": person, "DateEvent": f"0{place % 9 + 1} May 2019 14:03:00",
         "DateTo": "01 Jun 2020 00:00:00" if is_old else "", "NameOfBuilding": f"Größe {place // 2}{is_old} House",
         "NameOfRoad": "Mill Läne", "FullPostCode": f"ZQ{place // 2 % 9}{is_old} 2AB", "RemovedData": "0"}
        for place, person in enumerate(people) for is_old in (0, 1)
    ]  # fmt: skip
    _write(delivery / f"{ADDRESSES}.csv", pl.DataFrame(rows), supplier)
    secrets |= {row[name] for row in rows for name in ("NameOfBuilding", "NameOfRoad", "FullPostCode")}


@pytest.fixture(scope="module", params=SUPPLIERS)
def practice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Practice:
    folder, supplier = tmp_path_factory.mktemp("practice"), SUPPLIERS[request.param]
    numbers, secrets = dict[str, str](), set[str]()
    before, deliveries, made = None, [], []
    new_key(folder / "practice.key")
    (folder / "imd.csv").write_text("postcode,imd_decile\nZQ00 2AB,4\n")
    for night in nights(ODS, 40, 1, LAST, 2):
        delivery = write_night(folder / "extracts", supplier.name, ODS, night, before)
        deliveries.append(_identified(delivery, supplier, numbers, secrets))
        out = folder / "out" / delivery.name
        pseudonymise(delivery, out, folder / "practice.key", folder / "practice.map", folder / "imd.csv")
        before = night
        made.append(out)
    return Practice(folder, supplier, deliveries, made, numbers, secrets)


def test_nobodys_identity_is_in_any_file(practice: Practice) -> None:
    assert len(practice.secrets) > 300
    assert any("Müller" in each for each in practice.secrets)
    for delivery, made in zip(practice.deliveries, practice.made, strict=True):
        sent_, written = (b"\n".join(each.read_bytes() for each in folder.iterdir()) for folder in (delivery, made))
        words = [secret.encode(practice.supplier.encoding) for secret in practice.secrets]
        assert any(word in sent_ for word in words)
        assert not [word for word in words if word in written]
        for file in made.glob("*.csv"):
            cells = {*re.split(r'[,"\r\n]+', file.read_bytes().decode(practice.supplier.encoding))}
            assert cells.isdisjoint(["NhsNumber", "NHSNumber", "Surname", "FullPostCode", "Postcode"])
            # The system's own ids of people are no row ids of another table.
            assert cells.isdisjoint(practice.numbers)


def test_what_leaves_can_be_loaded(practice: Practice) -> None:
    if practice.supplier.name == "systmone":
        full = practice.made[0]
        with tried(None, full, manifest.read(full)) as trial:
            assert trial.fault is None
            assert trial.checked.bad_share < 0.005
    found = taken(*map(sent, practice.made))
    assert {row["birth_month"].day for row in found.patient} == {1}
    assert all(is_pseudonym(row["patient_id"]) for table in found.tables.values() for row in table)
    homes = [row["household_id"] for row in found.patient]
    assert all(map(is_pseudonym, filter(None, homes)))
    assert len({*homes}) > 5
    if practice.supplier.name == "systmone":
        # Two of each home; those of long ago do not count.
        assert len({*homes}) <= len(homes) / 2 + 1
        assert {row["imd_decile"] for row in found.patient} == {4, None}


def test_changes_have_the_pseudonyms_of_the_full_extract(practice: Practice) -> None:
    key = practice.supplier.patients[practice.supplier.patient_table]
    with reading(practice.map) as known:
        made = {each.system_id: each.pseudonym for each in known.people().values()}
    for delivery, out in zip(practice.deliveries, practice.made, strict=True):
        assert [made[person] for person in practice.own(delivery)[key]] == practice.own(out)[key].to_list()


def test_files_are_as_the_system_writes_them(practice: Practice) -> None:
    for delivery, out in zip(practice.deliveries, practice.made, strict=True):
        for file in out.glob("*.csv"):
            raw, written = (each.read_bytes().split(b"\r\n") for each in (delivery / file.name, file))
            assert len(raw) == len(written)
            assert written[-1] == b""
            assert not any(b"\n" in line for line in written)


def test_the_right_people_come_back(practice: Practice) -> None:
    key = practice.supplier.patients[practice.supplier.patient_table]
    whole = practice.made[0]
    listed = practice.own(whole).select(patient_id=pl.col(key)).with_row_index("rank")
    listed.write_parquet(practice.folder / "list.parquet")
    done = reidentify(practice.folder / "list.parquet", practice.map, practice.folder / "out.csv")
    assert (done.rows, done.without_number) == (listed.height, 0)
    found = pl.read_csv(practice.folder / "out.csv", infer_schema=False)["nhs_number"].to_list()
    assert found == [practice.numbers[person] for person in practice.own(practice.deliveries[0])[key]]
