"""Sensitive codes are taken over from nobody: not into our tables, the mirror or the bad rows that are put aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell.engine import engine
from reachwell.lake import rows_of
from reachwell.load import load_delta, load_full, mirror_of
from reachwell.manifest import read
from reachwell.place import Place
from reachwell.sensitive import sensitive_codes
from reachwell.trial import tried
from reachwell.validate import Checked, Finding
from tests.reference.test_mirror import everything_allowed, received
from tests.sources.emis_delivery import AGREED, ASTHMA, ORGANISATION, SALBUTAMOL, emis, observation, patient
from tests.sources.raw_delivery import EXTRACTED_ON, RawFormat
from tests.sources.test_systmone import SYSTMONE, whole

# Of sql/codelists/sensitive.csv; and codes that are on an area's own list.
STI, GONORRHOEA, READ = "8098009", "15628003", "8HTB."
OWN = {"Y0IVF": "local", "EMISNQIV1": "local"}
HYPERTENSION, ASTHMATIC = "38341003", "195967001"
# So many rows that changes of a few are kept in a file of their own.
MANY = range(40)
Row = Mapping[str, str]
Tables = Mapping[str, Iterable[Row]]


def place_of(folder: Path) -> Place:
    """A place with an area's own list of sensitive codes, that puts bad rows aside."""
    place = everything_allowed(folder)
    lists = folder / "area" / "sql" / "codelists"
    lists.mkdir(parents=True)
    rows = [f"{code},{system},Treated" for code, system in OWN.items()]
    (lists / "sensitive_local.csv").write_text("\n".join(["code,system,term", *rows]))
    return replace(place, plugs=folder / "area", quarantine=folder / "quarantine")


class Loaded:
    """A full extract and its changes, loaded as changes however many patients they touch, and what came of each."""

    def __init__(self, folder: Path, format_: RawFormat, full: Tables, *changes: Tables) -> None:
        self.place, self.checked = place_of(folder / "place"), [Checked() for _ in range(1 + len(changes))]
        sent, source = folder / "sent", self.place.source(format_.name)
        sent.mkdir()
        first = format_.deliver(sent, full).folder
        self.snapshots = [load_full(self.place, received(first), None, self.checked[0])]
        self.raw = [self._raw()]
        for number, rows in enumerate(changes, start=1):
            on = EXTRACTED_ON + timedelta(days=number)
            each = received(format_.deliver(sent, rows, is_delta=True, extracted_on=on).folder)
            mirror = mirror_of(self.place, source, self.snapshots[-1])
            assert mirror
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("reachwell.load._MOST_TOUCHED", 1000.0)
                self.snapshots.append(load_delta(self.place, each, self.snapshots[-1], mirror, self.checked[number]))
            self.raw.append(self._raw())

    def events(self, number: int) -> list[tuple[str, str]]:
        """Who has which code by a snapshot."""
        path = self.snapshots[number].path
        with engine(path, threads=1) as db:
            return sorted(db.rows(f"SELECT patient_id, code FROM ({rows_of([path], 'event')})"))

    def cells(self, number: int, table: str, *columns: str) -> set[object]:
        """What stands in columns of a raw table's files, also where something newer hides a row or takes it away."""
        return {row.get(column) for row in self.raw[number][table] for column in columns}

    def stripped(self, number: int) -> int:
        """How many events of a sensitive code were found."""
        told = ("left out", "events of a sensitive code")
        return sum(each.rows for each in self.checked[number].findings if (each.table, each.rule) == told)

    @property
    def put_aside(self) -> str:
        """All that is in quarantine."""
        assert self.place.quarantine
        return " ".join(str(pl.read_parquet(file).rows()) for file in self.place.quarantine.rglob("*.parquet"))

    def _raw(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = {}
        folder = self.place.mirror / self.snapshots[-1].practice_id / self.snapshots[-1].mirror
        for file in folder.glob("*.parquet"):
            found.setdefault(file.name.split(".")[0], []).extend(pl.read_parquet(file).to_dicts())
        return found


def files_tell(folder: Path, codes: Iterable[str]) -> set[str]:
    """The codes that are a cell of some Parquet file of a folder, whether anything hides the row or not."""
    cells = {each for file in folder.rglob("*.parquet") for row in pl.read_parquet(file).rows() for each in row
             if isinstance(each, str)}  # fmt: skip
    return cells & {*codes}


# EMIS names a code by a number of its own, and its code table says what that is.
EMIS_CODES = [
    ASTHMA,
    {"CodeId": "sti", "ReadTermId": "XY", "SnomedCTConceptId": STI},
    {"CodeId": "read", "ReadTermId": "8HTB-1"},
    # The SNOMED CT code it comes with is on no list.
    {"CodeId": "both", "ReadTermId": "8HTB", "SnomedCTConceptId": HYPERTENSION},
    {"CodeId": "own", "ReadTermId": "EMISNQIV1"},
]
LATE = {"CodeId": "late", "ReadTermId": "XZ", "SnomedCTConceptId": GONORRHOEA}
SENSITIVE_IDS = {"sti", "read", "both", "own"}


@pytest.fixture(scope="module")
def of_emis(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    def of(guid: str, code: str = ASTHMA["CodeId"], who: str = "ann", **cells: str) -> Row:
        return observation(guid, CodeId=code, PatientGuid=who, **cells)

    full = {
        "Admin_Organisation": [ORGANISATION], "Agreements_SharingOrganisation": [AGREED],
        "Admin_Patient": [patient("ann"), patient("bob"), patient("cat")], "Coding_DrugCode": [SALBUTAMOL],
        "Coding_ClinicalCode": EMIS_CODES,
        "CareRecord_Observation": [
            of("usual"), *(of(f"full {code}", code) for code in SENSITIVE_IDS), of("late", "late"),
            of("late too", "late", "bob"), of("turns sensitive", who="bob"), of("turns usual", "sti", "cat"),
            of("goes", "sti", "bob"), of("by its reason", "", "cat"), of("bad", "sti", EffectiveDate="2062-01-01"),
            of("bad too", EffectiveDate="2062-01-02"), *(of(f"more {number}") for number in MANY),
        ],
        "CareRecord_ObservationReferral": [
            {"ObservationGuid": "by its reason", "PatientGuid": "cat", "ReferralReasonCodeId": "sti"},
        ],
    }  # fmt: skip
    changes = {
        "Coding_ClinicalCode": [LATE],
        # Of the two that came before their code one is sent again.
        "CareRecord_Observation": [
            of("late", "late", Value="5"), of("turns sensitive", "sti", "bob"), of("turns usual", who="cat"),
            of("full sti", "sti"), of("new", "read"), {**of("goes", "sti", "bob"), "Deleted": "true"},
            {**of("never there", "own", "bob"), "Deleted": "true"},
        ],
    }  # fmt: skip
    return Loaded(tmp_path_factory.mktemp("emis"), emis("5.4"), full, changes)


def test_no_observation_of_a_sensitive_code_is_in_our_tables(of_emis: Loaded) -> None:
    # What comes before its code is held until it comes.
    assert of_emis.events(0) == [("ann", ASTHMATIC), ("ann", "late"), ("bob", ASTHMATIC), ("bob", "late")]
    assert of_emis.events(1) == [("ann", ASTHMATIC), ("cat", ASTHMATIC)]
    assert files_tell(of_emis.place.lake, {STI, GONORRHOEA, READ, HYPERTENSION, *OWN}) == set()


def test_nor_is_its_row_in_the_mirror_though_something_hides_it(of_emis: Loaded) -> None:
    assert of_emis.cells(0, "CareRecord_Observation", "CodeId") == {ASTHMA["CodeId"], "late", None}
    assert of_emis.cells(1, "CareRecord_Observation", "CodeId") == {ASTHMA["CodeId"], None}
    assert of_emis.cells(1, "CareRecord_Observation", "_removed") == {None, False, True}
    for number in (0, 1):
        assert of_emis.cells(number, "CareRecord_ObservationReferral", "ReferralReasonCodeId") <= {None}


def test_they_are_counted(of_emis: Loaded) -> None:
    # One of each code, one that turns usual, one that goes, one by the reason of its referral, and a bad one.
    assert of_emis.stripped(0) == len(SENSITIVE_IDS) + 4
    # The two that were held, the one that has turned, one that is sent again, and a new one.
    assert of_emis.stripped(1) == 5


def test_bad_rows_of_a_sensitive_code_are_not_put_aside(of_emis: Loaded) -> None:
    assert "2062-01-02" in of_emis.put_aside
    assert "2062-01-01" not in of_emis.put_aside


@pytest.fixture(scope="module")
def of_systmone(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    def of(number: int, ctv3: str = "-1", snomed: str = "-1", who: str = "7", **cells: str) -> Row:
        told = {"RowIdentifier": str(number), "CTV3Code": ctv3, "SNOMEDCode": snomed, "IDPatient": who}
        return whole("SRCode", {**told, **cells})

    def translation(number: int, ctv3: str, snomed: str) -> Row:
        return {"RowIdentifier": str(number), "Ctv3Code": ctv3, "SnomedCode": snomed}

    referral = whole("SRReferralOut", {"RowIdentifier": "31", "PrimaryDiagnosis": READ})
    full = {
        "SRPatient": [whole("SRPatient", {"RowIdentifier": each}) for each in ("7", "8")],
        "SRPatientRegistration": [whole("SRPatientRegistration", {"IDPatient": each}) for each in ("7", "8")],
        "SRCtv3ToSnomed": [translation(1, "XE001", GONORRHOEA)],
        "SRCode": [
            of(11, snomed=ASTHMATIC), of(12, snomed=STI), of(13, READ), of(14, "Y0IVF"), of(15, "XE001"),
            of(16, "XE002"), of(17, "XE002", who="8"),
            # The SNOMED CT code they come with is on no list.
            of(18, READ, HYPERTENSION), of(19, "XE001", HYPERTENSION), of(20, "Y0IVF", HYPERTENSION),
            of(21, snomed=ASTHMATIC), of(22, snomed=STI, who="8"),
            *(of(100 + number, snomed=ASTHMATIC) for number in MANY),
            of(23, snomed=STI, DateEvent="soon"), of(24, snomed=ASTHMATIC, DateEvent="later"),
        ],
        "SRReferralOut": [referral],
    }  # fmt: skip
    changes = {
        "SRCtv3ToSnomed": [translation(2, "XE002", STI)],
        "SRCode": [
            of(16, "XE002"), of(21, snomed=STI), of(22, snomed=ASTHMATIC, who="8"), of(25, READ),
            {**of(12, snomed=STI), "RemovedData": "1"},
        ],
        "SRReferralOut": [referral],
    }  # fmt: skip
    return Loaded(tmp_path_factory.mktemp("systmone"), SYSTMONE, full, changes)


def test_no_entry_of_a_sensitive_code_is_in_our_tables(of_systmone: Loaded) -> None:
    assert of_systmone.events(0) == [("7", ASTHMATIC), ("7", "XE002"), ("8", "XE002")]
    assert of_systmone.events(1) == [("7", ASTHMATIC), ("8", ASTHMATIC)]


def test_nor_is_it_in_the_mirror(of_systmone: Loaded) -> None:
    assert of_systmone.cells(0, "SRCode", "CTV3Code", "SNOMEDCode") == {"-1", ASTHMATIC, "XE002"}
    assert of_systmone.cells(1, "SRCode", "CTV3Code", "SNOMEDCode") == {"-1", ASTHMATIC, None}
    for number in (0, 1):
        assert of_systmone.cells(number, "SRReferralOut", "PrimaryDiagnosis") <= {None}


def test_nor_among_the_bad_rows(of_systmone: Loaded) -> None:
    assert "later" in of_systmone.put_aside
    assert "soon" not in of_systmone.put_aside


# Our own tables.
def test_validate_tells_how_many_there_were_and_the_night_puts_none_aside(settled) -> None:
    town, ods = settled, "B83001"
    town.set("max_bad_rows", 1.0)
    delivery = town.send(ods, people={"ZQ7KLA01": "lonely alone", "ZQ7KLA02": "lonely"})
    with (delivery / "event.csv").open("a", encoding="utf-8") as file:
        for on in ("2026-01-01", "2062-01-01", "soon"):
            file.write(f"{ods},ZQ7KLA01,{STI},snomed,{on},,\n")
        file.write(f"{ods},ZQ7KLA01,{HYPERTENSION},snomed,2062-01-02,,\n")
    with tried(town.area, delivery, read(delivery)) as trial:
        assert Finding("left out", "events of a sensitive code", 3, bad=False) in trial.checked.findings
        bad = [(each.rule, each.rows) for each in trial.checked.findings if each.bad]
        assert bad == [("dated after the extract", 1)]
    assert town.night(practices=[ods], lists=False).exit_code == 0
    (file,) = (town.area.quarantine / ods).iterdir()
    assert pl.read_parquet(file)["content"].str.contains("2062-01-02").to_list() == [True]
    assert files_tell(town.area.data, {STI}) == set()


def test_a_longer_list_strips_what_is_in_the_lake_the_next_night(settled) -> None:
    place = settled.area.lake / "B83001"
    assert files_tell(place, {"105529008"}) == {"105529008"}
    own = settled.folder / "sql" / "codelists" / "sensitive_living.csv"
    own.write_text("code,system,term\n105529008,snomed,Lives alone\n", encoding="utf-8")
    assert settled.night(date(2026, 11, 19), practices=["B83001"]).exit_code == 0
    current = place / (place / "current").read_text()
    assert files_tell(current, {"105529008", "267076002"}) == {"267076002"}
    assert "ZQ7KLA01" not in settled.table("B83001")["patient_id"].to_list()


def test_hiv_is_among_them() -> None:
    assert ("86406008", "snomed") in sensitive_codes(None).rows()


def test_an_area_adds_to_what_is_shipped_and_can_take_nothing_away(tmp_path: Path) -> None:
    lists = tmp_path / "sql" / "codelists"
    lists.mkdir(parents=True)
    shipped = set(sensitive_codes(None).rows())
    assert {(STI, "snomed"), (READ, "ctv3"), (READ, "read2")} <= shipped
    files = {"sensitive": [f"{HYPERTENSION},snomed"], "sensitive_local": ["Y0IVF,local", f"{STI},snomed"],
             "other": [f"{ASTHMATIC},snomed"]}  # fmt: skip
    for name, rows in files.items():
        lines: Sequence[str] = ["code,system,term", *(f"{row},Told" for row in rows)]
        (lists / f"{name}.csv").write_text("\n".join(lines))
    found = sensitive_codes(tmp_path).rows()
    assert sorted(found) == sorted(shipped | {(HYPERTENSION, "snomed"), ("Y0IVF", "local")})
