"""A small EMIS practice with identities: what its system exports, and what is made of it before it leaves.

    elm = Surgery(tmp_path)
    elm.pseudonymised(elm.full([person("ann", NhsNumber=NUMBERS[0])]))
    elm.rows("Admin_Patient")[0]["PatientGuid"]  # a pseudonym

Numbers are of the range that is kept for tests, 999 000 0000 and up.
"""

import csv
from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path

import nhs_number
import polars as pl

from reachwell.identity.key import new_key
from reachwell.identity.pseudonymise import Pseudonymised, pseudonymise
from reachwell.manifest import MANIFEST_FILE
from tests.sources.emis_delivery import AGREED, ASTHMA, ORGANISATION, SALBUTAMOL, emis, patient
from tests.sources.raw_delivery import EXTRACTED_ON, RawDelivery

NUMBERS = list(islice(filter(nhs_number.is_valid, map(str, range(9990000000, 9991000000))), 400))
HOME = {"HouseNameFlatNumber": "Flat 1", "NumberAndStreet": "12 High St.", "Town": "Ambridge", "Postcode": "ZQ1 2AB"}
Row = dict[str, str]


def person(guid: str, **cells: str) -> Row:
    """A patient's row with what tells who that is."""
    return patient(guid, **{"GivenName": "Annabel", "Surname": "Nightingale", **cells})


def without_key_id(delivery: Path) -> Path:
    """A delivery whose manifest names no key yet, as the practice writes it."""
    manifest = delivery / MANIFEST_FILE
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith("key_id")), encoding="utf-8")
    return delivery


class Surgery:
    """A practice's folder: its key, its map, its extracts and what was made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key, self.map = folder, folder / "practice.key", folder / "practice.map"
        self.extracts = folder / "extracts"
        self.extracts.mkdir(parents=True)
        new_key(self.key)
        self._made = 0

    def full(self, people: Iterable[Row] = (), practice: str = "A81001", **tables: Iterable[Row]) -> Path:
        """Export everything."""
        usual: dict[str, Iterable[Row]] = {
            "Admin_Organisation": [ORGANISATION],
            "Agreements_SharingOrganisation": [AGREED],
            "Coding_ClinicalCode": [ASTHMA],
            "Coding_DrugCode": [SALBUTAMOL],
        }
        rows = {**usual, "Admin_Patient": people, **tables}
        return without_key_id(emis("5.4").deliver(self.extracts, rows, practice=practice).folder)

    def delta(self, people: Iterable[Row] = (), **tables: Iterable[Row]) -> Path:
        """Export the next night's changes."""
        day = date.fromordinal(EXTRACTED_ON.toordinal() + len(list(self.extracts.iterdir())))
        rows = {"Admin_Patient": people, **tables}
        return without_key_id(emis("5.4").deliver(self.extracts, rows, is_delta=True, extracted_on=day).folder)

    @property
    def out(self) -> Path:
        """Where the newest pseudonymised delivery is, or will be."""
        return self.folder / f"out-{self._made}"

    def pseudonymised(self, delivery: Path, deprivation: Path | None = None) -> Pseudonymised:
        """Pseudonymise a delivery into a new folder."""
        self._made += 1
        return pseudonymise(delivery, self.out, self.key, self.map, deprivation)

    def rows(self, table: str, out: Path | None = None) -> list[dict[str, str]]:
        """The rows of a table as they may leave the practice."""
        (file,) = (out or self.out).glob(f"*_{table}_*")
        if file.suffix == ".parquet":
            return pl.read_parquet(file).to_dicts()
        with file.open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def pseudonyms(self) -> list[str]:
        """The patients' ids as they leave, in the order of the file."""
        return [row["PatientGuid"] for row in self.rows("Admin_Patient")]

    def everything(self) -> dict[str, bytes]:
        """Every file of the folder but the extracts, with its content."""
        files = [file for file in self.folder.rglob("*") if file.is_file() and self.extracts not in file.parents]
        return {file.relative_to(self.folder).as_posix(): file.read_bytes() for file in files}


def sent(out: Path) -> RawDelivery:
    """A pseudonymised delivery as reachwell gets it."""
    from reachwell import manifest

    return RawDelivery(out, manifest.read(out))
