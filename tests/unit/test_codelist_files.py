"""Files of codes from elsewhere: what is accepted of them, and every way in which they come spoilt."""

import csv
import io
import re
from pathlib import Path

import pytest

from reachwell.codelist.codes import fault_of
from reachwell.codelist.columns import Entry
from reachwell.codelist.files import read_incoming
from reachwell.codelists import CODE_SYSTEMS, is_snomed
from reachwell.errors import FileMistakes, UsageError
from reachwell.plugs import find, shipped

PUBLISHED = shipped().parent / "shared" / "data" / "codelists"
LONELY, ISOLATED = "267076002", "422650009"
REFERRAL = "871731000000106"


def a_file(folder: Path, text: str | bytes, name: str = "theirs.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def entries(path: Path, system: str | None = None, cluster: str | None = None) -> list[tuple[str, ...]]:
    found = read_incoming(path, system, cluster).entries.values()
    return [tuple(each)[:4] for each in found]


def mistakes(path: Path, **more: str) -> list[str]:
    with pytest.raises(FileMistakes) as told:
        read_incoming(path, **more)
    assert str(told.value).count("Traceback") == 0
    return told.value.mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"code,term\r\n{LONELY},Feeling lonely\r\n", (LONELY, "snomed", "Feeling lonely")),
        (f"Code,Description\n{LONELY},Feeling lonely\n", (LONELY, "snomed", "Feeling lonely")),
        (f"id,name\n{LONELY},Feeling lonely\n", (LONELY, "snomed", "Feeling lonely")),
        (f"snomed_id,term\n{LONELY},Feeling lonely\n", (LONELY, "snomed", "Feeling lonely")),
        (f"snomedcode,name,other\n{LONELY},Feeling lonely,x\n", (LONELY, "snomed", "Feeling lonely")),
        ("CTV3ID,CTV3PreferredTermDesc\n0x1Ac,Lonely\n", ("0x1Ac", "ctv3", "Lonely")),
        ("CTV3Code,readterm\nXaaEC,Referral\n", ("XaaEC", "ctv3", "Referral")),
        ("Read2Code,term\n01...,Referral\n", ("01...", "read2", "Referral")),
        # Medicines, as they are written now and as they were.
        (f"code,term,dmd_id\n{REFERRAL},Adrenaline,{REFERRAL}\n", (REFERRAL, "dmd", "Adrenaline")),
        (f"dmd_type,dmd_id,dmd_name,bnf_code\nVMP,{REFERRAL},Adrenaline,0301\n", (REFERRAL, "dmd", "Adrenaline")),
        (f"obj_type,dmd,nm,bnf_code\nVMP,{REFERRAL},Adrenaline,0301\n", (REFERRAL, "dmd", "Adrenaline")),
    ],
)
def test_lists_of_opencodelists_are_read_by_the_names_of_their_columns(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    assert entries(a_file(tmp_path, text)) == [(*expected, None)]


@pytest.mark.parametrize(
    "header",
    [
        "Cluster_ID,Cluster_Description,SNOMED_code,SNOMED_code_description,PCD_Refset_ID,Service_and_Ruleset",
        "Cluster_ID,Cluster_Desc,ConceptId,ConceptId_Description,Sensitive_Status,Date_Status",
        "Cluster ID,Cluster description,SNOMED code,SNOMED code description,PCD refset ID,Service and ruleset",
    ],
)
def test_a_refset_is_read_by_either_of_its_forms_and_a_code_of_several_rulesets_is_one(
    tmp_path: Path, header: str
) -> None:
    rows = [
        f"LONELY_COD,Lonely,{LONELY},Feeling lonely,999,QOF",
        f"LONELY_COD,Lonely,{LONELY},Feeling lonely,999,NCD",
        f"OTHER_COD,Others,{ISOLATED},Social isolation,998,QOF",
    ]
    path = a_file(tmp_path, "\n".join([header, *rows]) + "\n")
    with pytest.raises(UsageError, match=r"2 clusters.*--cluster: LONELY_COD \(Lonely\), OTHER_COD \(Others\)"):
        read_incoming(path)
    with pytest.raises(UsageError, match=r"no cluster 'LONLY_COD'.*Did you mean 'LONELY_COD'"):
        read_incoming(path, cluster="LONLY_COD")
    found = read_incoming(path, cluster="lonely_cod")
    assert list(found.entries.values()) == [Entry(LONELY, "snomed", "Feeling lonely")]
    assert found.twice == 1


def test_a_refset_of_one_cluster_needs_none_to_be_named(tmp_path: Path) -> None:
    text = f"Cluster_ID,Cluster_Description,SNOMED_code,SNOMED_code_description\nL_COD,Lonely,{LONELY},Feeling lonely\n"
    assert entries(a_file(tmp_path, text)) == [(LONELY, "snomed", "Feeling lonely", None)]


def test_a_refset_of_many_clusters_names_the_first_ones(tmp_path: Path) -> None:
    rows = [f"C{number:03},About {number},{LONELY},Lonely" for number in range(50)]
    head = "Cluster_ID,Cluster_Description,SNOMED_code,SNOMED_code_description"
    with pytest.raises(UsageError, match=r"50 clusters.*C019 \(About 19\) and 30 more"):
        read_incoming(a_file(tmp_path, "\n".join([head, *rows])))


def test_a_cluster_is_of_no_other_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="so it has no clusters"):
        read_incoming(a_file(tmp_path, f"code,term\n{LONELY},Lonely\n"), cluster="A_COD")


def test_our_own_form_is_read_whole(tmp_path: Path) -> None:
    text = "term,code,system,category,lowest,highest\nScore,0123,local,x,0,27.5\nLonely,267076002,snomed,,,\n"
    found = read_incoming(a_file(tmp_path, text))
    assert found.is_ours
    assert list(found.entries.values()) == [
        Entry("0123", "local", "Score", "x", 0.0, 27.5),
        Entry("267076002", "snomed", "Lonely"),
    ]


@pytest.mark.parametrize("sign", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_byte_order_mark_and_any_line_end_will_do(tmp_path: Path, sign: str, end: str) -> None:
    text = sign + end.join(["code,term", f"{LONELY},Zoë’s “loneliness” 孤独", "", ",", ""])
    assert entries(a_file(tmp_path, text)) == [(LONELY, "snomed", "Zoë’s “loneliness” 孤独", None)]


def test_a_term_of_several_lines_becomes_one_and_lines_are_still_counted(tmp_path: Path) -> None:
    text = f'code,term\n{LONELY},"Feeling,\r\n lonely"\n1234567,Wrong\n'
    assert mistakes(a_file(tmp_path, text))[0].startswith("line 4: '1234567'")
    assert entries(a_file(tmp_path, text.replace("1234567,Wrong\n", ""))) == [
        (LONELY, "snomed", "Feeling, lonely", None)
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"code,term\n", "has a header and no code"),
        (b"code,term\n,\n", "has a header and no code"),
        (f"code,term\n{LONELY},Lonely\n".encode("utf-16"), "is UTF-16"),
        (f"code,term\n{LONELY},Lonely\n".encode("utf-16-be"), "is UTF-16"),
        ("孤独".encode("utf-16"), "is UTF-16"),
        (f"code,term\n{LONELY},Zoë\n".encode("cp1252"), r"is not UTF-8 \(line 2\)"),
        (b"PK\x03\x04\x14\x00\x06\x00", "is a spreadsheet"),
        (f"code;term\n{LONELY};Lonely\n".encode(), "has semicolons"),
        (f"code\tterm\n{LONELY}\tLonely\n".encode(), "has tabs"),
        (f'code,term\n{LONELY},"Lonely\n{ISOLATED},Isolated\n'.encode(), "is no CSV from line 2 on"),
        (f"code\n{LONELY}\n".encode(), "has no column of terms"),
        (b"term\nLonely\n", "has no column of codes"),
        (f"{LONELY},Lonely\n{ISOLATED},Isolated\n".encode(), "has no column of codes"),
        (f"code,term,code\n{LONELY},Lonely,{LONELY}\n".encode(), "column code is there twice"),
        (f"code,system,term,categroy\n{LONELY},snomed,Lonely,x\n".encode(), "column categroy is none of"),
        (b"Cluster_ID,Code_X,Term\nA,1,B\n", "has no column of codes .SNOMED_code or ConceptId"),
    ],
)
def test_a_file_that_is_no_list_says_why(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(FileMistakes, match=words):
        read_incoming(a_file(tmp_path, data))


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileMistakes, match="is not there"):
        read_incoming(tmp_path / "gone.csv")
    with pytest.raises(FileMistakes, match="cannot be read"):
        read_incoming(tmp_path)


@pytest.mark.parametrize(
    ("code", "system", "words"),
    [
        ("8.71731E+14", "snomed", "scientific notation"),
        ("1.23E+17", "ctv3", "scientific notation"),
        ("9E+14", "read2", "scientific notation"),
        ("8,71731E+14", "snomed", "scientific notation"),
        ("267076002.0", "snomed", "decimals"),
        # Of 18 digits a spreadsheet keeps 15.
        ("999999990989121000", "snomed", "zeros"),
        ("10629311000119100", "snomed", "zeros"),
        ("267076003", "snomed", "its check digit does not fit"),
        ("267076002 ", "snomed", "is no SNOMED CT code"),
        ("267076002\u200b", "snomed", r"\\u200b"),
        ("２６７０７６００２", "snomed", "is no SNOMED CT code"),
        ("XaaEC", "snomed", "say which with --system"),
        ("10514511000001107", "dmd", "its check digit does not fit"),
        ("9Nu0", "read2", "4 characters"),
        ("8T09.00", "read2", "7 characters"),
        ("1Ac", "ctv3", "A zero in front may be lost"),
        # The id of a description, where that of a concept is wanted.
        ("101013", "snomed", "is the id of a description"),
    ],
)
def test_what_can_be_no_code_is_told_with_the_reason(code: str, system: str, words: str) -> None:
    assert re.search(words, str(fault_of(code, system)))


def test_an_id_that_ends_in_zeros_by_chance_fits_its_check_digit_and_is_no_code() -> None:
    code = next(f"{number}000" for number in range(10**14, 10**14 + 100) if is_snomed(f"{number}000"))
    assert len(code) == 18
    assert "zeros" in str(fault_of(code, "snomed"))


@pytest.mark.parametrize("name", find("sql/codelists"))
def test_no_shipped_code_is_at_fault(name: str) -> None:
    found = read_incoming(find("sql/codelists")[name])
    assert found.is_ours
    assert found.twice == 0
    assert {each.system for each in found.entries.values()} <= {*CODE_SYSTEMS}


def test_every_mistake_is_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    rows = [f"{number},Term" for number in range(1_000_001, 1_000_041)]
    path = a_file(tmp_path, "\n".join(["code,term", *rows, "", ",No code", f"{LONELY},", f"{LONELY}"]) + "\n")
    with pytest.raises(FileMistakes) as told:
        read_incoming(path)
    text = str(told.value)
    count = len(told.value.mistakes)
    assert count > 35
    assert text.count("theirs.csv: line ") == 20
    assert f"theirs.csv: and {count - 20} more like these" in text
    assert f"{count} mistakes in theirs.csv. Nothing was changed." in text
    assert [each.split(": ", 1)[1] for each in told.value.mistakes[-3:]] == [
        "its code is empty",
        "its term is empty",
        "has another number of columns than the header",
    ]


def test_the_same_row_twice_is_dropped_and_counted_and_contradictory_ones_are_mistakes(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"code,term\n{LONELY},Lonely\n{LONELY}, Lonely \n{ISOLATED},Isolated\n")
    found = read_incoming(path)
    assert (len(found.entries), found.twice) == (2, 1)
    path = a_file(tmp_path, f"code,term\n{LONELY},Lonely\n{ISOLATED},Isolated\n{LONELY},Alone\n")
    assert mistakes(path) == [f"line 4: '{LONELY}' is on line 2 too, where its other columns say otherwise"]


def test_ctv3_codes_differ_by_the_size_of_their_letters(tmp_path: Path) -> None:
    path = a_file(tmp_path, "code,term\nXaaEC,One\nXaaec,Two\n")
    assert len(entries(path, "ctv3")) == 2


def test_the_code_system_is_said_where_the_file_does_not(tmp_path: Path) -> None:
    path = a_file(tmp_path, "code,term\n0x1Ac,Lonely\n")
    assert entries(path, "ctv3") == [("0x1Ac", "ctv3", "Lonely", None)]
    assert "say which with --system" in mistakes(path)[0]
    with pytest.raises(UsageError, match="--system 'icd10' is none of"):
        read_incoming(path, "icd10")


def test_cells_too_many_are_mistakes_unless_they_are_empty(tmp_path: Path) -> None:
    assert entries(a_file(tmp_path, f"code,term\n{LONELY},Lonely,,\n"))
    assert "another number of columns" in mistakes(a_file(tmp_path, f"code,term\n{LONELY},Lonely, alone\n"))[0]


@pytest.mark.parametrize(
    ("bounds", "words"),
    [("few,3", "lowest is not a number"), ("nan,3", "lowest"), ("3,3", "not below"), ("0,inf", "highest")],
)
def test_bounds_are_numbers_in_order(tmp_path: Path, bounds: str, words: str) -> None:
    path = a_file(tmp_path, f"code,system,term,lowest,highest\n{LONELY},snomed,Lonely,{bounds}\n")
    assert words in mistakes(path)[0]


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published lists are not beside the checkout")
def test_every_published_list_is_read_whole() -> None:
    for path in sorted(PUBLISHED.glob("*.csv")):
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        found = read_incoming(path)
        assert [each.code for each in found.entries.values()] == [row["code"] for row in rows], path.name
        assert {each.system for each in found.entries.values()} == {"snomed"}
