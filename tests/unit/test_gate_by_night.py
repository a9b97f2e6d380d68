"""A delivery that tells who people are is rejected whole, its copy is gone, and nobody else is touched by it."""

from datetime import date
from pathlib import Path

import pytest

from reachwell.trial import tried

ODS, OTHER, DAY = "B83001", "B83017", date(2026, 11, 20)
NUMBER = "9990000069"
GATE = True


def append(delivery: Path, table: str, line: str) -> None:
    with (delivery / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def smuggle(delivery: Path) -> None:
    """An NHS number as a unit, a name in a file that nobody reads, and one in a sub-folder."""
    append(delivery, "medicine", f"{ODS},ZQ7KLA01,2026-09-15,seen by Mrs Nightingale,250")
    (delivery / "notes.txt").write_text("rang about 999 000 0069\nlives with daughter Priya\n", encoding="utf-8")
    (delivery / "more").mkdir()
    (delivery / "more" / "people.csv").write_text("surname,x\nNightingale,1\n", encoding="utf-8")


@pytest.fixture
def refused(settled):
    smuggle(settled.send(ODS))
    settled.send(OTHER)
    settled.outcome = settled.night()
    return settled


def test_it_is_rejected_whole_and_its_copy_is_gone(refused) -> None:
    assert refused.outcome.exit_code == 4
    assert [each.name for each in (refused.area.inbox / ODS).iterdir()] == ["2026-11-19"]
    for file in refused.area.data.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert b"Nightingale" not in content
        assert b"999 000 0069" not in content


def test_the_message_names_places_and_counts_and_no_value(refused) -> None:
    told = refused.outcome.fates[ODS].detail
    for words in ("medicine.name: 1 names", "notes", "NHS numbers", "people.surname: 1 names", "reachwell pseudonymise",
                  "The extract of 2026-11-19 stays in use."):  # fmt: skip
        assert words in told
    assert "Nightingale" not in told
    assert "0069" not in told


def test_the_other_practice_is_published_and_the_list_before_stays(refused) -> None:
    assert refused.outcome.fates[OTHER].exit_code == 0
    assert refused.table(ODS).height == 2


def test_it_is_told_each_night_until_it_is_gone_from_its_place(refused) -> None:
    assert refused.night().exit_code == 4
    clean = refused.send(ODS, name="2026-11-20-again")
    assert refused.night().exit_code == 4
    for file in sorted((refused.place(ODS) / "2026-11-20").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    (refused.place(ODS) / "2026-11-20").rmdir()
    assert refused.night().exit_code == 0
    assert clean.name in {each.name for each in (refused.area.inbox / ODS).iterdir()}


def test_of_invented_people_it_is_counted_and_let_in(settled) -> None:
    delivery = settled.send(ODS, invented=True)
    smuggle(delivery)
    assert settled.night(practices=[ODS]).exit_code == 0
    assert settled.table(ODS)["invented"].all()
    from reachwell.manifest import read

    with tried(settled.area, delivery, read(delivery)) as trial:
        told = {each.rule: each.rows for each in trial.checked.findings if each.table == "identity"}
    assert told["people.surname: names of invented people, which are let in"] == 1


def test_validate_says_what_the_night_would(settled) -> None:
    from reachwell.manifest import read

    delivery = settled.send(ODS)
    smuggle(delivery)
    with tried(settled.area, delivery, read(delivery)) as trial:
        assert trial.snapshot is None
        assert trial.fault is not None
        assert "medicine.name: 1 names" in str(trial.fault)


def test_a_first_row_taken_for_a_header_is_looked_at_and_not_repeated(settled) -> None:
    delivery = settled.send(ODS)
    (delivery / "people.csv").write_text(f"John Smith,{NUMBER}\nabcde,12345\n", encoding="utf-8")
    outcome = settled.night(practices=[ODS])
    assert outcome.exit_code == 4
    assert "people.the first line: 1 NHS numbers" in outcome.fates[ODS].detail
    assert "Smith" not in outcome.fates[ODS].detail
    assert NUMBER not in outcome.fates[ODS].detail


@pytest.mark.parametrize(("name", "begins"), [
    ("people.xlsx", b"PK\3\4\0\0\0\0"), ("extract.zip", b"PK\3\4\0\0\0\0"), ("letters.csv", b"PK\3\4abc"),
    ("letter.csv", b"%PDF-1.7\nabc"), ("packed.csv", b"\x1f\x8babc"), ("people.parquet", b"PAR1\0\0"),
])  # fmt: skip
def test_a_file_that_cannot_be_looked_into_is_refused(settled, name: str, begins: bytes) -> None:
    (settled.send(ODS) / name).write_bytes(begins)
    outcome = settled.night(practices=[ODS])
    assert outcome.exit_code == 4
    assert f"{name}: a file that cannot be looked into" in outcome.fates[ODS].detail


def test_a_delivery_without_a_manifest_is_looked_at_too(settled) -> None:
    delivery = settled.send(ODS)
    smuggle(delivery)
    (delivery / "manifest.toml").unlink()
    assert settled.night(practices=[ODS]).exit_code == 4
    assert [each.name for each in (settled.area.inbox / ODS).iterdir()] == ["2026-11-19"]


def test_an_identifier_in_the_manifest_is_found(settled) -> None:
    delivery = settled.send(ODS, legal_basis=f"asked for by patient {NUMBER}")
    outcome = settled.night(practices=[ODS])
    assert outcome.exit_code == 4
    assert "manifest" in outcome.fates[ODS].detail
    assert NUMBER not in outcome.fates[ODS].detail
    assert delivery.name not in {each.name for each in (settled.area.inbox / ODS).iterdir()}


@pytest.mark.parametrize("name", [f"about_{NUMBER}.csv", "John_Smith.csv", "letters/Mrs Nightingale.txt",
                                  f"letter.{NUMBER}", "John.Smith"])  # fmt: skip
def test_a_name_of_a_file_is_looked_at_and_not_repeated(settled, name: str) -> None:
    file = settled.send(ODS) / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("rang about 999 000 0069\nabc\n", encoding="utf-8")
    outcome = settled.night(practices=[ODS])
    assert outcome.exit_code == 4
    assert "its name" in outcome.fates[ODS].detail
    for word in ("Smith", "Nightingale", NUMBER):
        assert word not in outcome.fates[ODS].detail


@pytest.mark.parametrize("name", ["extract_2026112109.csv", "2026112109/notes.csv", "ward.list.csv"])
def test_the_day_and_hour_in_a_name_are_no_nhs_number(settled, name: str) -> None:
    file = settled.send(ODS) / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("x,y\n1,2\n", encoding="utf-8")
    assert settled.night(practices=[ODS]).exit_code == 0
