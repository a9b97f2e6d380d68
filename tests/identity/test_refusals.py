"""What cannot be pseudonymised is refused with what, where and what to do; then nothing at all was written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reachwell.errors import DeliveryRejected, FileMistakes, ReachwellError, RunFailed, UsageError
from reachwell.identity.key import new_key
from reachwell.manifest import MANIFEST_FILE
from tests.identity.surgery import HOME, NUMBERS, Surgery, person
from tests.sources.emis_delivery import observation

ANN, BEN = NUMBERS[:2]
# Ten digits whose last does not fit.
MISTYPED = f"{ANN[:-1]}{(int(ANN[-1]) + 1) % 10}"
TWO = [person("ann", NhsNumber=ANN, **HOME), person("ben", NhsNumber=BEN)]
# What no message may hold.
OF_A_PATIENT = (ANN, BEN, MISTYPED, "Nightingale", "Annabel", "ZQ1 2AB", "1950-03-14")


def refused(elm: Surgery, delivery: Path, kind: type[ReachwellError], told: str, **given: Path) -> None:
    """A delivery is refused, in these words, and nothing has changed."""
    before = elm.everything()
    with pytest.raises(kind, match=told) as error:
        elm.pseudonymised(delivery, **given)
    assert type(error.value) is kind
    assert not [each for each in OF_A_PATIENT if each in str(error.value)]
    assert elm.everything() == before
    assert not elm.out.exists()


def edited(delivery: Path, table: str, change: Callable[[str], str]) -> Path:
    """A delivery whose file of a table was changed."""
    (file,) = delivery.glob(f"*{table}*")
    text = file.read_bytes().decode()
    assert change(text) != text
    file.write_bytes(change(text).encode())
    return delivery


def test_numbers_that_tell_nobody_apart(elm: Surgery) -> None:
    told = r"Admin_Patient.NhsNumber: 1 NHS numbers fail their check digit \(rows 4 of the file"
    refused(elm, elm.full([*TWO, person("cat", NhsNumber=MISTYPED)]), UsageError, told)
    refused(elm, elm.full([*TWO, person("again", NhsNumber=ANN)]), UsageError, "1 NHS numbers are each of two")
    # Whoever is deleted has none.
    elm.pseudonymised(elm.full([*TWO, person("again", NhsNumber=MISTYPED, Deleted="true")]))
    refused(elm, elm.delta([person("new", NhsNumber=ANN)]), UsageError, "that the map has for another patient")


def test_changes_before_anything_else(elm: Surgery) -> None:
    refused(elm, elm.delta(TWO), UsageError, "does not exist yet, and a night's changes do not say who everybody is")


def test_another_practices_map_one_that_others_may_read_and_another_key(elm: Surgery) -> None:
    elm.pseudonymised(elm.full(TWO))
    other = elm.full(TWO, practice="B83001")
    refused(elm, other, UsageError, "is of practice A81001, and this delivery needs one of practice B83001")
    elm.map.chmod(0o644)
    refused(elm, elm.full(TWO), UsageError, "chmod 600")
    elm.map.chmod(0o600)
    elm.key.unlink()
    refused(elm, elm.full(TWO), UsageError, "is not there. Make one with: reachwell new-key")
    new_key(elm.key)
    refused(elm, elm.full(TWO), UsageError, "is of key [0-9a-f]{8}, and this delivery needs one of key [0-9a-f]{8}")


@pytest.mark.parametrize(
    ("line", "kind", "told"),
    [
        (None, UsageError, f"has no {MANIFEST_FILE}. Write one"),
        ('key_id = "3f9a"\n', UsageError, "names a key_id already: the delivery looks pseudonymised"),
        ("practice\n", DeliveryRejected, "is not TOML"),
        ('colour = "blue"\n', DeliveryRejected, "colour"),
    ],
)
def test_a_manifest_that_is_wrong(line: str | None, kind: type[ReachwellError], told: str, elm: Surgery) -> None:
    delivery = elm.full(TWO)
    manifest = delivery / MANIFEST_FILE
    if line is None:
        manifest.unlink()
    else:
        manifest.write_text(line + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    refused(elm, delivery, kind, told)


def test_a_format_whose_rows_are_nobodys(elm: Surgery) -> None:
    delivery = elm.full(TWO)
    edited(delivery, "manifest", lambda text: text.replace('"emis"', '"omop"'))
    refused(elm, delivery, UsageError, "omop cannot be pseudonymised; these can: emis, native, systmone")


def test_a_folder_that_is_there_or_lies_among_the_identities(elm: Surgery) -> None:
    delivery = elm.full(TWO)
    elm.pseudonymised(delivery)
    before = elm.everything()
    elm._made -= 1
    with pytest.raises(UsageError, match="is there already"):
        elm.pseudonymised(delivery)
    elm.folder, folder = delivery, elm.folder
    with pytest.raises(UsageError, match="lies inside"):
        elm.pseudonymised(delivery)
    elm.folder = folder
    assert elm.everything() == before
    refused(elm, elm.extracts / "nowhere", UsageError, "is no folder")
    # A file where a folder is needed.
    elm.folder = elm.key
    with pytest.raises(RunFailed, match="cannot be written"):
        elm.pseudonymised(delivery)


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("CareRecord_Observation_", "PatientGuid", "PatientGUI", "has no column PatientGuid"),
        ("Admin_Patient", "NhsNumber", "Number", "has no column NhsNumber"),
        ("CareRecord_Observation_", "o1,", '"o1,', "cannot be read to its end"),
        ("CareRecord_Observation_", "o1,ann,", "o1,", "1 of its 8 lines do not split"),
    ],
)
def test_files_that_are_not_whole(table: str, old: str, new: str, told: str, elm: Surgery) -> None:
    delivery = elm.full(TWO, CareRecord_Observation=[observation(), observation("o2")])
    refused(elm, edited(delivery, table, lambda text: text.replace(old, new, 1)), DeliveryRejected, told)


def test_files_that_are_missing_cut_or_in_another_encoding(elm: Surgery) -> None:
    delivery = elm.full(TWO)
    (file,) = delivery.glob("*Admin_Patient*")
    whole = file.read_bytes()
    for content, told in ((b"", "is empty"), (whole[:-9], "was cut off"), (whole[:-9] + b"\xe9", "is not UTF-8 text")):
        file.write_bytes(content)
        refused(elm, delivery, DeliveryRejected, told)
    file.unlink()
    refused(elm, delivery, DeliveryRejected, r"Admin_Patient\S* is missing|Admin_Patient\S* or \S+ is missing")


def test_a_few_broken_lines_among_many_are_counted(elm: Surgery) -> None:
    many = [observation(f"o{place}") for place in range(400)]
    delivery = elm.full(TWO, CareRecord_Observation=many)
    done = elm.pseudonymised(edited(delivery, "Observation_", lambda text: text.replace("o7,ann,", "o7,", 1)))
    assert done.broken_lines == 1
    assert len(elm.rows("CareRecord_Observation")) == 399


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("postcode,decile\nZQ1 2AB,3\n", FileMistakes, "has no column imd_decile"),
        ("postcode,imd_decile\nZQ1 2AB,3\nZQ1 2AC,11\nZQ1 2AD,\n", FileMistakes, "not 1 to 10 in 2 lines.*: 3, 4"),
        ("postcode,imd_decile\nZQ1 2AB\n", FileMistakes, "not 1 to 10 in 1 lines"),
        ("", FileMistakes, "has no column postcode"),
        ("\xff\xfe", FileMistakes, "is not CSV in UTF-8"),
        (None, UsageError, "cannot be read"),
    ],
)
def test_a_table_of_deprivation_that_is_none(
    text: str | None, kind: type[ReachwellError], told: str, elm: Surgery
) -> None:
    table = elm.extracts / "imd.csv"
    if text is not None:
        table.write_bytes(text.encode("latin-1"))
    refused(elm, elm.full(TWO), kind, told, deprivation=table)
