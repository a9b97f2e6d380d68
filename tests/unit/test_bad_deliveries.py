"""A delivery that is not fit is refused in one message without anybody's data; all else is left as it was."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import night
from reachwell.area import Area
from reachwell.errors import DeliveryRejected, ReachwellError, UsageError
from reachwell.manifest import read
from reachwell.tables import TABLES
from reachwell.trial import tried
from reachwell.validate import refuse_if_unfit

DAY = date(2026, 11, 20)
DAY_BEFORE = DAY - timedelta(days=1)
ODS = "B83001"


def replaced(file: str, old: str, new: str, times: int = -1) -> Callable[[Path], object]:
    """A fault: text of a file of the delivery is replaced."""

    def break_it(delivery: Path) -> object:
        text = (delivery / file).read_text(encoding="utf-8")
        assert old in text
        return (delivery / file).write_text(text.replace(old, new, times), encoding="utf-8")

    return break_it


def only_header(table: str) -> Callable[[Path], object]:
    """A fault: a table without rows."""
    return lambda delivery: (delivery / f"{table}.csv").write_text(
        (delivery / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8"
    )


def as_parquet(delivery: Path, table: str = "event") -> Path:
    """A table of the delivery as Parquet instead of CSV."""
    path = delivery / f"{table}.parquet"
    pl.read_csv(delivery / f"{table}.csv", infer_schema=False).write_parquet(path)
    (delivery / f"{table}.csv").unlink()
    return path


def cut_off(delivery: Path) -> None:
    path = as_parquet(delivery)
    path.write_bytes(path.read_bytes()[:-200])


def garbage(delivery: Path) -> None:
    as_parquet(delivery).write_bytes(b"PAR1 this is no Parquet file PAR1")


def in_windows_1252(delivery: Path) -> None:
    path = delivery / "medicine.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("Emollient", "Émollient").encode("cp1252"))


def there_twice(delivery: Path) -> None:
    shutil.copy(delivery / "event.csv", delivery / "EVENT.CSV")


FAULTS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no manifest": (lambda delivery: (delivery / "manifest.toml").unlink(), ["has no manifest.toml"]),
    "manifest is no TOML": (
        lambda delivery: (delivery / "manifest.toml").write_text("practice: B83001"),
        ["manifest.toml is not TOML", "Send it again"],
    ),
    "manifest is not UTF-8": (
        lambda delivery: (delivery / "manifest.toml").write_bytes(b'practice = "\xe9"'),
        ["manifest.toml cannot be read as UTF-8 text"],
    ),
    "manifest lacks a key": (replaced("manifest.toml", "key_id", "# key_id"), ["key_id: is missing"]),
    "manifest has an unknown key": (
        replaced("manifest.toml", "legal_basis", "migratedon = 2020-01-01\nlegal_basis"),
        ["migratedon: is not a known setting", "Did you mean 'migrated_on'?"],
    ),
    "manifest has two mistakes": (
        replaced("manifest.toml", '"applied"', '"perhaps"\ninvented = "maybe"'),
        ["national_data_opt_out: ", "'not_required'", "invented: "],
    ),
    "covers_from after extracted_on": (
        replaced("manifest.toml", "2016-01-01", "2026-12-01"),
        ["covers_from 2026-12-01 is after extracted_on 2026-11-20"],
    ),
    "of another practice": (
        replaced("manifest.toml", "B83001", "B83017"),
        ["its manifest says practice B83017", "in the place of B83001"],
    ),
    "of another format": (
        replaced("manifest.toml", "native", "omop"),
        ["its manifest says format omop", "reachwell.toml says native"],
    ),
    "of a format that nobody knows": (replaced("manifest.toml", "native", "emus"), ["format emus"]),
    "changes only": (
        replaced("manifest.toml", '"full"', '"delta"\nchanges_since = 2026-11-19'),
        ['kind = "delta"', "Send a full one"],
    ),
    "changes since nobody says when": (replaced("manifest.toml", '"full"', '"delta"'), ["a delta needs changes_since"]),
    "changes since a later day": (
        replaced("manifest.toml", '"full"', '"delta"\nchanges_since = 2026-11-20'),
        ["changes_since 2026-11-20 is not before extracted_on"],
    ),
    "a full extract that says since when": (
        replaced("manifest.toml", '"full"', '"full"\nchanges_since = 2026-11-19'),
        ["changes_since belongs to a delta only"],
    ),
    "of tomorrow": (
        replaced("manifest.toml", "2026-11-20", "2026-11-21"),
        ["extracted_on 2026-11-21, which is in the future"],
    ),
    "a file is missing": (
        lambda delivery: (delivery / "contact.csv").unlink(),
        ["contact.csv or contact.parquet is missing", "event.csv, medicine.csv, patient.csv"],
    ),
    "a file is there twice": (there_twice, ["event is there twice", "EVENT.CSV", "event.csv"]),
    "a needed column is missing": (
        replaced("event.csv", "on_date", "onset"),
        ["event.csv has no column on_date", "ask the supplier"],
    ),
    "another separator": (replaced("event.csv", ",", ";"), ["event.csv has no column practice_id, patient_id, code"]),
    "Parquet cut off": (cut_off, ["event.parquet cannot be read to its end", "Send it again"]),
    "no Parquet at all": (garbage, ["event.parquet cannot be read to its end"]),
    "Windows-1252": (in_windows_1252, ["medicine.csv is not UTF-8 text", "Export it as UTF-8"]),
    "a quote that is never closed": (
        replaced("event.csv", "snomed", '"snomed', 1),
        ["event.csv cannot be read to its end"],
    ),
    "too many columns": (
        replaced("event.csv", ",snomed,", ",snomed,,,"),
        ["event.csv", "line does not split into the header's columns", "the limit is 0.5%"],
    ),
    "nobody in it": (only_header("patient"), ["no usable patient"]),
    "a file of no bytes": (lambda delivery: (delivery / "patient.csv").write_bytes(b""), ["patient.csv"]),
    "dates as Britons write them": (
        replaced("contact.csv", "2026-09-14", "14/09/2026"),
        ["contact: 5 rows: on_date cannot be read as its type", "the limit is 0.5%"],
    ),
}


@pytest.mark.parametrize(("break_it", "words"), FAULTS.values(), ids=FAULTS)
def test_a_delivery_that_is_not_fit_is_refused(settled, break_it: Callable[[Path], object], words: list[str]) -> None:
    delivery = settled.send(ODS)
    break_it(delivery)
    before = settled.kept()

    outcome = settled.night(practices=[ODS], lists=False)

    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (4, "rejected")
    assert isinstance(settled.errors[ODS], DeliveryRejected)
    message = str(settled.errors[ODS])
    assert message == outcome.fates[ODS].detail
    assert "\n" not in message
    assert [word for word in [delivery.name, *words] if word not in message] == []
    assert message.endswith("The extract of 2026-11-19 stays in use.")
    settled.tells_nothing_of_patients(message)
    assert settled.kept() == before


def test_a_fault_stays_with_its_practice_whose_list_is_carried_forward(settled, people: dict[str, str]) -> None:
    (settled.send(ODS) / "manifest.toml").unlink()
    settled.send("B83017", people={**people, "ZQ7KNW06": "lonely alone"})
    before, run_before = settled.tables(), settled.current
    snapshot = (settled.area.lake / ODS / "current").read_text()

    outcome = settled.night()

    assert (outcome.exit_code, outcome.current) == (4, True)
    assert {ods: fate.outcome for ods, fate in outcome.fates.items()} == {ODS: "rejected", "B83017": "loaded"}
    assert settled.current == outcome.run_id != run_before
    after = settled.tables()
    own = [name for name in before if name.startswith(f"practice/{ODS}/")]
    assert len(own) == 6
    assert {name: after[name] for name in own} == {name: before[name] for name in own}
    assert "ZQ7KNW06" in {row["patient_id"] for row in after["practice/B83017/candidates.parquet"]}
    assert (settled.area.lake / ODS / "current").read_text() == snapshot


def test_the_very_first_delivery_refused_leaves_a_practice_without_a_list(town) -> None:
    (town.send(ODS) / "manifest.toml").unlink()
    outcome = town.night(practices=[ODS], lists=False)
    assert outcome.exit_code == 4
    assert "stays in use" not in str(town.errors[ODS])
    assert not (town.area.lake / ODS).exists()


def test_a_refused_delivery_is_told_until_a_newer_good_one_makes_up_for_it(settled) -> None:
    settled.send(ODS, DAY, key_id=None)
    for _ in range(2):
        assert settled.night(practices=[ODS], lists=False).exit_code == 4
    settled.send(ODS, DAY + timedelta(days=1))
    assert settled.night(DAY + timedelta(days=1), practices=[ODS], lists=False).exit_code == 0


@pytest.mark.parametrize("where", ["in place", "beside"])
def test_a_refused_delivery_that_is_corrected_and_sent_again_is_told_no_more(settled, where: str) -> None:
    # The usual case: the extract of a day is pulled in the night after it.
    tomorrow = DAY + timedelta(days=1)
    refused = settled.send(ODS, DAY, key_id=None)
    assert settled.night(tomorrow, practices=[ODS], lists=False).exit_code == 4
    if where == "in place":
        shutil.rmtree(refused)
    settled.send(ODS, DAY, name=refused.name if where == "in place" else "corrected")
    outcome = settled.night(tomorrow, practices=[ODS], lists=False)
    assert (settled.area.lake / ODS / "current").read_text().startswith(str(DAY))
    assert outcome.exit_code == 0, outcome.fates[ODS].detail


def test_an_older_good_delivery_is_used_where_the_newest_is_not_fit(settled) -> None:
    settled.send(ODS, DAY)
    only_header("patient")(settled.send(ODS, DAY + timedelta(days=1)))
    outcome = settled.night(DAY + timedelta(days=1), practices=[ODS], lists=False)
    assert outcome.exit_code == 4
    assert outcome.fates[ODS].detail.endswith("The extract of 2026-11-20 stays in use.")
    assert (settled.area.lake / ODS / "current").read_text().startswith("2026-11-20")


def test_an_extract_older_than_the_one_in_use_is_told_once_and_not_used(settled) -> None:
    delivery = settled.send(ODS, DAY - timedelta(days=5))
    before = settled.kept()
    outcome = settled.night(DAY_BEFORE, practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (4, "rejected")
    assert delivery.name in outcome.fates[ODS].detail
    assert "older than the one in use" in outcome.fates[ODS].detail
    assert settled.night(DAY_BEFORE, practices=[ODS], lists=False).exit_code == 0
    assert settled.kept() == before


@pytest.mark.parametrize("one_was_loaded_before", [False, True])
def test_two_deliveries_of_one_day_are_told_each_night_until_one_is_removed(
    settled, people: dict[str, str], one_was_loaded_before: bool
) -> None:
    settled.send(ODS, name="morning")
    if one_was_loaded_before:
        assert settled.night(practices=[ODS], lists=False).exit_code == 0
    settled.send(ODS, name="evening", people={**people, "ZQ7KNW06": "lonely"})
    before = settled.kept()

    for _ in range(2):
        outcome = settled.night(practices=[ODS], lists=False)
        assert outcome.exit_code == 4
        message = outcome.fates[ODS].detail
        for word in ("two deliveries speak for 2026-11-20", "evening and morning", "Remove the wrong one"):
            assert word in message
        settled.tells_nothing_of_patients(message)
        assert settled.kept() == before

    shutil.rmtree(settled.place(ODS) / "morning")
    shutil.rmtree(settled.area.inbox / ODS / "morning")
    outcome = settled.night(practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (0, "loaded")
    assert snapshot_of(settled.area)["patient"].height == len(people) + 1


def test_of_two_deliveries_of_one_day_the_only_fit_one_is_used(settled, people: dict[str, str]) -> None:
    settled.send(ODS, name="good", people={**people, "ZQ7KNW06": "lonely"})
    only_header("patient")(settled.send(ODS, name="bad"))
    outcome = settled.night(practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (0, "loaded")
    assert snapshot_of(settled.area)["patient"].height == len(people) + 1


def test_the_same_delivery_under_another_name_is_no_fault_and_not_loaded_again(settled) -> None:
    shutil.copytree(settled.place(ODS) / str(DAY_BEFORE), settled.place(ODS) / "sent again")
    before, ids = settled.kept(), identities(settled.area.lake)
    outcome = settled.night(DAY_BEFORE, practices=[ODS], lists=False)
    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (0, "unchanged")
    assert (settled.area.inbox / ODS / "sent again").is_dir()
    assert settled.kept() == before
    assert identities(settled.area.lake) == ids


def test_a_practice_that_is_not_in_the_settings_is_wrong_usage(settled) -> None:
    with pytest.raises(UsageError, match=r"practice B99999 is not in reachwell.toml, which has B83001, B83017") as told:
        settled.area.practice("B99999")
    assert told.value.exit_code == 2
    before = settled.kept()
    settled.night(practices=["B99999"], lists=False)
    assert isinstance(settled.errors["B99999"], UsageError)
    assert settled.kept() == before


# A row that is added, the rule it breaks, and the other rows that go with it.
BAD_ROWS = {
    "a code that a spreadsheet spoilt": (
        "event", "{ods},ZQ7KLA01,8.7E+14,snomed,2026-09-16,,", "code spoilt by a spreadsheet", {},
    ),
    "a code whose end a spreadsheet rounded": (
        "event", "{ods},ZQ7KLA01,871731000000100,snomed,2026-09-16,,", "code fails its check digit", {},
    ),
    "a code of a system that is not known": (
        "event", "{ods},ZQ7KLA01,F32.1,icd10,2026-09-16,,",
        "system is none of snomed, ctv3, read2, loinc, rxnorm, dmd, local, held", {},
    ),
    "no code": ("event", "{ods},ZQ7KLA01,,snomed,2026-09-16,,", "code is missing", {}),
    "of a patient who is not there": (
        "event", "{ods},ZQ7KNB99,267076002,snomed,2026-09-16,,", "patient is not in the delivery", {},
    ),
    "before birth": ("event", "{ods},ZQ7KLA01,267076002,snomed,1951-01-31,,", "dated before birth", {}),
    "after the extract": ("contact", "{ods},ZQ7KLA01,2026-11-21,gp,attended", "dated after the extract", {}),
    "recorded after the extract": (
        "event", "{ods},ZQ7KLA01,267076002,snomed,2026-09-16,2026-11-21,", "dated after the extract", {},
    ),
    "on 30 February": (
        "event", "{ods},ZQ7KLA01,267076002,snomed,2026-02-30,,", "on_date cannot be read as its type", {},
    ),
    "two cells that cannot be read": (
        "event", "{ods},ZQ7KLA01,267076002,snomed,soon,,high", "on_date, value cannot be read as its type", {},
    ),
    "a score outside its range": (
        "event", "{ods},ZQ7KLA01,962851000000103,snomed,2026-09-16,,5", "value is outside the range of its code", {},
    ),
    "a contact without a day": ("contact", "{ods},ZQ7KLA01,,gp,attended", "on_date is missing", {}),
    "a kind of contact that is not known": (
        "contact", "{ods},ZQ7KLA01,2026-09-16,pigeon,attended",
        "kind is none of gp, nurse, other, emergency, admission", {},
    ),
    "a negative cost": ("medicine", "{ods},ZQ7KLA01,2026-09-16,Emollient cream,-250", "cost_pence is below 0", {}),
    "of another practice": (
        "contact", "B83017,ZQ7KLA01,2026-09-16,gp,attended", "practice is not B83001", {},
    ),
    "a patient twice with different facts": (
        "patient", "{ods},ZQ7KLA01,male,1951-02,2001-03-04,,", "the same patient with different facts",
        {"patient": 1, "event": 2, "contact": 1, "medicine": 1},
    ),
    "a patient registered before birth": (
        "patient", "{ods},ZQ7KNW06,female,1990-02,1980-01-01,,", "registered before birth", {},
    ),
    "a patient who died before birth": (
        "patient", "{ods},ZQ7KNW06,female,1990-02,,,1980-01-01", "died before birth", {},
    ),
    "a patient who left before registering": (
        "patient", "{ods},ZQ7KNW06,female,1990-02,2020-05-01,2019-05-01,", "left before registering", {},
    ),
    "a patient who is to leave in three years": (
        "patient", "{ods},ZQ7KNW06,female,1990-02,2001-03-04,2029-11-20,", "dated after the extract", {},
    ),
    "a patient born after the extract": (
        "patient", "{ods},ZQ7KNW06,female,2026-12,,,", "dated after the extract", {},
    ),
    "a patient born in month 13": (
        "patient", "{ods},ZQ7KNW06,female,1990-13,,,", "birth_month cannot be read as its type", {},
    ),
    "a patient without a pseudonym": ("patient", "{ods},,female,1990-02,,,", "patient_id is missing", {}),
}  # fmt: skip


@pytest.mark.parametrize(("table", "row", "rule", "more"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_quarantined_with_its_reason_and_counts_towards_the_limit(
    town, table: str, row: str, rule: str, more: dict[str, int]
) -> None:
    delivery = town.send(ODS)
    add_row(delivery, table, row)
    sent = rows_sent(delivery)

    with tried(None, delivery, read(delivery)) as trial:
        found = trial.checked

    bad = {table: 1}
    for name, rows in more.items():
        bad[name] = bad.get(name, 0) + rows
    assert dict(found.quarantine["table"].value_counts().rows()) == bad
    assert found.bad_rows == sum(bad.values())
    # Nothing is dropped in silence.
    assert {name: rows + bad.get(name, 0) for name, rows in found.good.items()} == sent
    assert found.quarantine.filter(pl.col("table") == table)["rule"].unique().to_list() == [rule]
    with pytest.raises(DeliveryRejected, match=f"{delivery.name}: .* of its rows are bad, the limit is 0.5%") as told:
        refuse_if_unfit(found, 0.005, delivery.name)
    assert f"{table}: {bad[table]} rows: {rule}" in str(told.value)
    town.tells_nothing_of_patients(str(told.value))
    refuse_if_unfit(found, 0.5, delivery.name)


def test_bad_rows_within_the_limit_go_into_quarantine_and_the_delivery_is_used(settled) -> None:
    settled.set("max_bad_rows", 0.2)
    delivery = settled.send(ODS)
    good = rows_sent(delivery)
    for table, row, *_ in list(BAD_ROWS.values())[:2]:
        add_row(delivery, table, row)

    outcome = settled.night(practices=[ODS], lists=False)

    assert (outcome.exit_code, outcome.fates[ODS].outcome) == (0, "loaded")
    assert {name: frame.height for name, frame in snapshot_of(settled.area).items()} == good
    quarantine = pl.read_parquet(settled.area.quarantine / ODS / f"{delivery.name}.parquet")
    assert sorted(quarantine.select("table", "rule", "row").rows()) == [
        ("event", "code fails its check digit", good["event"] + 2),
        ("event", "code spoilt by a spreadsheet", good["event"] + 1),
    ]


def test_bad_rows_over_the_limit_refuse_the_delivery(settled) -> None:
    delivery = settled.send(ODS)
    add_row(delivery, *BAD_ROWS["a code that a spreadsheet spoilt"][:2])
    before = settled.kept()
    outcome = settled.night(practices=[ODS], lists=False)
    assert outcome.exit_code == 4
    assert "event: 1 rows: code spoilt by a spreadsheet" in outcome.fates[ODS].detail
    settled.tells_nothing_of_patients(outcome.fates[ODS].detail)
    assert settled.kept() == before


def test_rows_that_repeat_another_count_once_and_are_no_fault(settled) -> None:
    delivery = settled.send(ODS)
    sent = rows_sent(delivery)
    for table in sent:
        text = (delivery / f"{table}.csv").read_text()
        (delivery / f"{table}.csv").write_text(text + "".join(text.splitlines(keepends=True)[1:]))
    assert settled.night(practices=[ODS], lists=False).exit_code == 0
    assert {name: frame.height for name, frame in snapshot_of(settled.area).items()} == sent
    assert not (settled.area.quarantine / ODS).exists()


def reversed_rows(text: str) -> str:
    head, *rows = text.splitlines(keepends=True)
    return head + "".join(reversed(rows))


ANOTHER_WAY: dict[str, Callable[[str], str]] = {
    "rows in another order": reversed_rows,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "tabs": lambda text: text.replace(",", "\t"),
    "capitals": lambda text: text.split("\n", 1)[0].upper() + "\n" + text.split("\n", 1)[1],
    "Parquet": lambda text: text,
}


def test_a_patient_who_is_to_leave_next_week_is_still_there(settled) -> None:
    delivery = settled.send(ODS)
    replaced("patient.csv", "2001-03-04,,", f"2001-03-04,{DAY + timedelta(days=7)},")(delivery)
    assert settled.night(practices=[ODS]).exit_code == 0
    assert settled.table(ODS).height == 2


def tables_of(delivery: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of our tables that a delivery without bad rows makes."""
    with tried(None, delivery, read(delivery)) as trial:
        assert (trial.checked.bad_rows, trial.fault) == (0, None)
        return {name: pl.read_parquet(trial.snapshot.path / f"{name}.parquet").rows() for name in TABLES}


@pytest.mark.parametrize("how", ANOTHER_WAY)
def test_the_same_delivery_written_another_way_gives_the_same_tables(town, how: str) -> None:
    one, other = town.send(ODS, name="one"), town.send(ODS, name="other")
    for path in other.glob("*.csv"):
        text = ANOTHER_WAY[how](path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8", newline="")
        if how == "Parquet":
            as_parquet(other, path.stem)
    assert tables_of(other) == tables_of(one)


def test_whatever_stops_a_delivery_is_noted_and_makes_the_night_red(settled, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError("ZQ7KLA01 was on my mind")

    settled.send(ODS)
    monkeypatch.setattr("reachwell.load.store", broken)
    outcome = settled.night(practices=[ODS], lists=False)
    assert "MemoryError" in str(settled.errors[ODS])
    settled.tells_nothing_of_patients(str(settled.errors[ODS]))
    assert outcome.exit_code == 1
    assert outcome.fates[ODS].outcome == "failed"
    assert outcome.fates[ODS].detail == str(settled.errors[ODS])


def test_a_format_of_the_settings_that_is_not_there_is_wrong_usage_of_that_practice(settled) -> None:
    settled.set("format", "nativ")
    settled.send(ODS, format="nativ")
    with night.run(settled.area) as run_id, pytest.raises(ReachwellError, match=r"called 'nativ'.*native") as told:
        night.deliver(settled.area, run_id, ODS, DAY)
    assert told.value.exit_code == 2


def snapshot_of(area: Area) -> dict[str, pl.DataFrame]:
    """Our four tables of a practice, as the lake has them now."""
    folder = area.lake / ODS / (area.lake / ODS / "current").read_text()
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("patient", "event", "contact", "medicine")}


def add_row(delivery: Path, table: str, row: str) -> None:
    with (delivery / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.write(row.format(ods=ODS) + "\n")


def rows_sent(delivery: Path) -> dict[str, int]:
    return {path.stem: len(path.read_text().splitlines()) - 1 for path in delivery.glob("*.csv")}


def identities(folder: Path) -> dict[Path, tuple[int, int]]:
    """Each file and folder by what changes when it is made anew."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")}
