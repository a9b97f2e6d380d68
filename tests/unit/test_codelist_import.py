"""A published list becomes the area's with who and why, an earlier one again, and nothing changes where it may not."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reachwell import codelists
from reachwell.area import Area
from reachwell.codelist import history as codelist_history
from reachwell.codelist.columns import Entry
from reachwell.codelist.files import Incoming, read_incoming
from reachwell.codelist.history import history, import_list, rollback
from reachwell.codelist.importing import FileOfCodes, against_shipped, in_counts, plan
from reachwell.codelist.merge import Wanted, changes, entries_of, merged, text_of
from reachwell.codelist.use import in_use
from reachwell.codelists import CODE_SYSTEMS, is_snomed
from reachwell.errors import FileMistakes, ReachwellError, RunFailed, UsageError
from reachwell.plugs import find, shipped
from reachwell.run_lock import only_run

PUBLISHED = shipped().parent / "shared" / "data" / "codelists"
CONDITIONS, SYMPTOMS, SCORE, SAFE = "long_term_condition", "symptom", "gad7", "adult_safeguarding"
# Psoriasis and lupus, which no shipped list has.
PSORIASIS, LUPUS = "9014002", "200936003"


@pytest.fixture
def area(settled) -> Area:
    return settled.area


def a_file(folder: Path, *rows: str, head: str = "code,term", name: str = "theirs.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def take(area: Area, path: Path, name: str, category: str | None = None, add: bool = False, new: bool = False, **more):
    """Import a file; returns the version, and what was told before it was written."""
    told: list[str] = []
    by, reason = more.pop("by", "Ann"), more.pop("reason", "review")
    made = import_list(area, name, FileOfCodes(path, **more), Wanted(category, add, new), by, reason, told.append)
    return made, told


def refused(area: Area, kind: type[ReachwellError], words: str, *what, **more) -> None:
    before = everything(area)
    with pytest.raises(kind, match=words) as told:
        take(area, *what, **more)
    assert everything(area) == before
    assert "Traceback" not in str(told.value)


def everything(area: Area) -> dict[str, object]:
    files = sorted((area.folder / "sql").rglob("*"))
    live = {str(path): path.read_bytes() for path in files if path.is_file()}
    return {**live, "noted": {name: history(area, name) for name in (CONDITIONS, SYMPTOMS, SCORE, SAFE)}}


def codes(area: Area, name: str) -> dict[str, tuple[str, str | None]]:
    return {each.code: (each.term, each.category) for each in in_use(name, area.folder)}


def own(area: Area, name: str) -> Path:
    return area.folder / "sql" / "codelists" / f"{name}.csv"


def told_of(area: Area, name: str) -> list[tuple[str, str, str]]:
    return [(row["live"], row["by"], row["reason"]) for row in history(area, name)]


def test_a_category_is_replaced_and_the_others_stay_in_their_order(area, tmp_path: Path) -> None:
    before = codes(area, CONDITIONS)
    path = a_file(tmp_path, "195967001,Asthma", f"{PSORIASIS},Psoriasis “plaque”, “孤独”")
    path.write_text(f'code,term\r\n195967001,Asthma!\r\n{PSORIASIS},"Psoriasis, “孤独”"\r\n', encoding="utf-8-sig")
    made, told = take(area, path, CONDITIONS, "asthma")
    after = codes(area, CONDITIONS)
    assert told == [
        "theirs.csv: an OpenCodelists file, code and term as snomed: 2 codes",
        "long_term_condition: 1 added, 0 removed, 1 changed; 33 codes then",
    ]
    assert after == {**before, "195967001": ("Asthma!", "asthma"), PSORIASIS: ("Psoriasis, “孤独”", "asthma")}
    assert list(after) == [*before, PSORIASIS]
    assert own(area, CONDITIONS).read_text(encoding="utf-8") == made.text
    assert codelists.read(own(area, CONDITIONS)).height == 33
    assert told_of(area, CONDITIONS) == [("live", "Ann", "review"), ("", "", codelist_history._BY_HAND)]


def test_what_a_category_had_and_the_file_has_not_is_gone_unless_codes_are_added(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{PSORIASIS},Psoriasis")
    before = codes(area, CONDITIONS)
    take(area, path, CONDITIONS, "diabetes", add=True)
    assert codes(area, CONDITIONS) == {**before, PSORIASIS: ("Psoriasis", "diabetes")}
    _, told = take(area, path, CONDITIONS, "diabetes")
    assert "0 added, 2 removed, 0 changed" in told[-1]
    assert [code for code, (_, category) in codes(area, CONDITIONS).items() if category == "diabetes"] == [PSORIASIS]


def test_a_list_without_categories_is_replaced_whole(area, tmp_path: Path) -> None:
    made, told = take(area, a_file(tmp_path, "417430008,Vulnerable adult", f"{LUPUS},Lupus"), SAFE)
    assert codes(area, SAFE) == {"417430008": ("Vulnerable adult", None), LUPUS: ("Lupus", None)}
    assert made.text.splitlines()[0] == "code,system,term"
    assert "1 added, 3 removed, 0 changed; 2 codes then" in told[-1]


def test_what_is_added_changes_nothing_that_is_there(area, tmp_path: Path) -> None:
    before = codes(area, SAFE)
    take(area, a_file(tmp_path, "417430008,Another name", f"{LUPUS},Lupus"), SAFE, add=True)
    assert codes(area, SAFE) == {**before, LUPUS: ("Lupus", None)}


def test_bounds_of_codes_that_stay_survive(area, tmp_path: Path) -> None:
    made, told = take(area, a_file(tmp_path, "445455005,GAD-7", f"{LUPUS},Lupus"), SCORE)
    assert made.text.splitlines() == [
        "code,system,term,lowest,highest", "445455005,snomed,GAD-7,0,21", f"{LUPUS},snomed,Lupus,,",
    ]  # fmt: skip
    assert any("no codes of loinc any more" in each for each in told)
    assert any("1 code without lowest and highest" in each for each in told)


@pytest.mark.parametrize(
    ("category", "words"),
    [
        (None, "the list has categories.*--category: COPD, asthma"),
        ("diabets", "no category 'diabets'. Did you mean 'diabetes'.*say --new"),
        ("", "--category is empty"),
        (" asthma", "a space at an end"),
    ],
)
def test_a_category_is_needed_and_known(area, tmp_path: Path, category: str | None, words: str) -> None:
    refused(area, UsageError, words, a_file(tmp_path, f"{PSORIASIS},Psoriasis"), CONDITIONS, category)


def test_a_new_category_is_said_to_be_one(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{PSORIASIS},Psoriasis")
    before = codes(area, CONDITIONS)
    take(area, path, CONDITIONS, "psoriasis", new=True)
    assert codes(area, CONDITIONS) == {**before, PSORIASIS: ("Psoriasis", "psoriasis")}


def test_a_code_has_one_category(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{PSORIASIS},Psoriasis", "195967001,Asthma", "13645005,COPD")
    for add in (False, True):
        with pytest.raises(FileMistakes) as told:
            take(area, path, CONDITIONS, "diabetes", add)
        assert told.value.mistakes == [
            "line 3: '195967001' is in category 'asthma' of the list, and stays there",
            "line 4: '13645005' is in category 'COPD' of the list, and stays there",
        ]


def test_a_file_of_our_form_brings_its_own_categories(area, tmp_path: Path) -> None:
    head = "code,system,term,category"
    path = a_file(tmp_path, f"{PSORIASIS},snomed,Psoriasis,asthma", f"{LUPUS},snomed,Lupus,", head=head)
    refused(area, FileMistakes, "line 3: its category is empty", path, CONDITIONS)
    refused(area, UsageError, "categories of its own", path, CONDITIONS, "asthma")
    path = a_file(tmp_path, f"{PSORIASIS},snomed,Psoriasis,skin", head=head)
    refused(area, FileMistakes, "line 2: the list has no category 'skin'", path, CONDITIONS)
    take(area, path, CONDITIONS, new=True)
    assert codes(area, CONDITIONS) == {PSORIASIS: ("Psoriasis", "skin")}


def test_somebody_elses_categories_are_not_taken_over_where_ours_have_none(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus,7", head="code,term,category")
    take(area, path, SAFE)
    assert codes(area, SAFE) == {LUPUS: ("Lupus", None)}
    take(area, path, CONDITIONS, "asthma", add=True)
    assert codes(area, CONDITIONS)[LUPUS] == ("Lupus", "asthma")
    refused(area, FileMistakes, "line 2: the list has no category '7'", path, SYMPTOMS)


def test_the_same_again_changes_nothing(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus")
    take(area, path, SAFE)
    before = everything(area)
    assert take(area, path, SAFE, by="Bob") == (
        None,
        ["theirs.csv: an OpenCodelists file, code and term as snomed: 1 code"],
    )
    assert everything(area) == before


def test_a_list_that_no_sql_reads_is_refused_with_the_nearest_name(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus")
    refused(area, UsageError, "no list is called 'symptoms'. Did you mean 'symptom'.*say --new", path, "symptoms")
    made, told = take(area, path, "lupus", new=True)
    assert any("no feature and no table names the list lupus" in each for each in told)
    assert own(area, "lupus").read_text(encoding="utf-8") == made.text
    assert told_of(area, "lupus") == [("live", "Ann", "review")]
    # Then it is known.
    take(area, a_file(tmp_path, f"{PSORIASIS},Psoriasis"), "lupus")
    assert rollback(area, "lupus", made.hash, "Bob", "no").text == made.text


@pytest.mark.parametrize("name", ["../../evil", "a/b", "A", "", ".hidden", "_x", "a.csv", "1st"])
def test_a_new_list_has_a_name_that_is_a_files(area, tmp_path: Path, name: str) -> None:
    refused(area, UsageError, "can be no list's name", a_file(tmp_path, f"{LUPUS},Lupus"), name, new=True)


def test_dissents_are_added_to_and_never_taken_out(area, tmp_path: Path) -> None:
    before = codes(area, codelists.OPT_OUTS)
    path = a_file(tmp_path, f"{LUPUS},Our own dissent")
    _, told = take(area, path, codelists.OPT_OUTS, "dissent")
    assert any("adds to the shipped list; none of its codes can be taken out" in each for each in told)
    assert codes(area, codelists.OPT_OUTS) == {**before, LUPUS: ("Our own dissent", "dissent")}
    assert "1 added, 0 removed, 0 changed" in told[-1]
    _, told = take(area, a_file(tmp_path, f"{PSORIASIS},Another"), codelists.OPT_OUTS, "dissent")
    assert "1 added, 1 removed, 0 changed" in told[-1]
    known = codelists.read_all(area.folder).filter(list=codelists.OPT_OUTS)
    assert {*known["code"]} == {*before, PSORIASIS}
    # What is shipped as a dissent cannot become a withdrawal.
    with pytest.raises(FileMistakes, match="is in category 'dissent' of the list, and stays there"):
        take(area, a_file(tmp_path, "827241000000103,x"), codelists.OPT_OUTS, "withdrawn")
    assert take(area, a_file(tmp_path, "827261000000102,x"), codelists.OPT_OUTS, "withdrawn")[0] is None


def test_sensitive_codes_are_told_to_leave_the_data(area, tmp_path: Path) -> None:
    _, told = take(area, a_file(tmp_path, f"{LUPUS},Lupus"), "sensitive_skin", new=True)
    assert any("taken out of the data by the next run" in each for each in told)
    assert not any("has no effect" in each or "shipped list" in each for each in told)


def test_medicines_by_their_products_match_nothing_and_that_is_told(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, "10514511000001106,Adrenaline,10514511000001106", head="code,term,dmd_id")
    _, told = take(area, path, "psychotropic_medicine", "lithium", add=True)
    assert any(
        "1 code of dm+d in the list, which match nothing: medicines are matched by substance" in each for each in told
    )


@pytest.mark.parametrize(("by", "reason"), [("", "x"), (" ", "x"), ("Ann", ""), ("Ann", "\n")])
def test_who_and_why_must_be_said(area, tmp_path: Path, by: str, reason: str) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus")
    refused(area, UsageError, "is empty: say who", path, SAFE, by=by, reason=reason)
    made, _ = take(area, path, SAFE)
    with pytest.raises(UsageError, match="is empty: say who"):
        rollback(area, SAFE, made.hash, by, reason)


def test_a_file_with_mistakes_changes_nothing(area, tmp_path: Path) -> None:
    refused(area, FileMistakes, "line 3", a_file(tmp_path, f"{LUPUS},Lupus", "8.71731E+14,Referral"), SAFE)
    refused(area, FileMistakes, "is not there", tmp_path / "gone.csv", SAFE)


def test_nothing_changes_while_a_run_is_under_way(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{LUPUS},Lupus")
    with only_run(area.data):
        refused(area, RunFailed, "another run is under way", path, SAFE)
    made, _ = take(area, path, SAFE)
    with only_run(area.data), pytest.raises(RunFailed, match="another run is under way"):
        rollback(area, SAFE, made.hash, "Bob", "x")


def test_of_two_imports_at_once_one_is_refused_and_the_other_whole(area, tmp_path: Path) -> None:
    first = a_file(tmp_path, f"{LUPUS},Lupus", name="first.csv")
    second = a_file(tmp_path, f"{PSORIASIS},Psoriasis", name="second.csv")
    met: list[str] = []

    def meanwhile(told: str) -> None:
        with pytest.raises(RunFailed, match="another run is under way"):
            take(area, second, SAFE)
        met.append(told)

    made = import_list(area, SAFE, FileOfCodes(first), Wanted(), "Ann", "x", meanwhile)
    assert made
    assert len(met) == 2
    assert [*codes(area, SAFE)] == [LUPUS]
    assert len(history(area, SAFE)) == 2


def test_an_import_that_was_killed_says_that_it_is_not_live_and_may_be_done_again(
    area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    path, before = a_file(tmp_path, f"{LUPUS},Lupus"), codes(area, SAFE)
    with monkeypatch.context() as patched:
        patched.setattr("reachwell.made_live.write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            take(area, path, SAFE)
    assert codes(area, SAFE) == before
    assert [row["live"] for row in history(area, SAFE)] == ["", "live"]
    made, _ = take(area, path, SAFE)
    assert made
    assert told_of(area, SAFE)[0] == ("live", "Ann", "review")
    assert [row["live"] for row in history(area, SAFE)].count("live") == 1


def test_a_folder_that_cannot_be_written_is_told(area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reachwell.made_live.write_text", full)
    with pytest.raises(RunFailed, match=r"adult_safeguarding\.csv cannot be written \(No space left on device\)"):
        take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)


def test_where_the_folder_is_a_file_that_is_told(area, tmp_path: Path) -> None:
    folder = own(area, SAFE).parent
    if folder.is_dir():
        folder.rmdir()
    folder.write_text("not a folder", encoding="utf-8")
    with pytest.raises(RunFailed, match="cannot be written"):
        take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_missing_permission_is_told(area, tmp_path: Path) -> None:
    folder = own(area, SAFE).parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o500)
    try:
        with pytest.raises(RunFailed, match="cannot be written"):
            take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)
    finally:
        folder.chmod(0o700)


def test_an_earlier_version_is_live_again(area, tmp_path: Path) -> None:
    before = codes(area, SAFE)
    first, _ = take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)
    take(area, a_file(tmp_path, f"{PSORIASIS},Psoriasis"), SAFE)
    assert rollback(area, SAFE, first.hash[:6], "Bob", "too many").text == first.text
    assert own(area, SAFE).read_text(encoding="utf-8") == first.text
    assert told_of(area, SAFE)[0] == ("live", "Bob", f"back to {first.hash}: too many")
    assert [row["live"] for row in history(area, SAFE)].count("live") == 1
    assert rollback(area, SAFE, first.digest, "Bob", "again") is None
    oldest = history(area, SAFE)[-1]
    assert (oldest["reason"], oldest["codes"]) == (codelist_history._BY_HAND, 4)
    rollback(area, SAFE, oldest["hash"], "Bob", "as shipped")
    assert codes(area, SAFE) == before


@pytest.mark.parametrize("version", ["", "abc", "0000000", "zz"])
def test_a_version_that_never_was_is_told_with_those_there_were(area, tmp_path: Path, version: str) -> None:
    with pytest.raises(UsageError, match="None was imported yet"):
        rollback(area, SAFE, version, "Bob", "x")
    made, _ = take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)
    before = everything(area)
    with pytest.raises(UsageError, match=f"is not that of one version of {SAFE}. There are: {made.hash}, "):
        rollback(area, SAFE, version, "Bob", "x")
    assert everything(area) == before


def test_a_change_by_hand_is_told_and_can_be_gone_back_to(area, tmp_path: Path) -> None:
    made, _ = take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)
    by_hand = "\ufeff" + made.text.replace("\n", "\r\n") + f"{PSORIASIS},snomed,Psoriasis\r\n"
    own(area, SAFE).write_bytes(by_hand.encode())
    assert told_of(area, SAFE)[0] == ("live", "", codelist_history._BY_HAND)
    hand = history(area, SAFE)[0]
    assert hand["codes"] == 2
    take(area, a_file(tmp_path, "417430008,Vulnerable adult"), SAFE)
    rollback(area, SAFE, hand["hash"], "Bob", "z")
    assert own(area, SAFE).read_bytes() == by_hand.encode()


def test_a_live_file_with_mistakes_is_named_and_rolled_back(area, tmp_path: Path) -> None:
    made, _ = take(area, a_file(tmp_path, f"{LUPUS},Lupus"), SAFE)
    own(area, SAFE).write_text("code,system,term\n1,snomed,\n", encoding="utf-8")
    broken = history(area, SAFE)[0]
    assert broken["codes"] == "with mistakes"
    with pytest.raises(FileMistakes, match=r"adult_safeguarding\.csv: line 2"):
        take(area, a_file(tmp_path, f"{PSORIASIS},Psoriasis"), SAFE)
    rollback(area, SAFE, made.hash, "Bob", "mended")
    assert [*codes(area, SAFE)] == [LUPUS]
    with pytest.raises(FileMistakes):
        rollback(area, SAFE, broken["hash"], "Bob", "x")


def test_an_imported_list_counts_from_the_next_night(settled, area, tmp_path: Path) -> None:
    snapshots = sorted(area.lake.glob("*/2*"))
    take(area, a_file(tmp_path, "267076002,Feeling lonely"), SAFE)
    assert settled.night().exit_code == 0
    assert sorted(area.lake.glob("*/2*")) != snapshots


def test_a_diff_says_what_an_import_does(area, tmp_path: Path) -> None:
    path = a_file(tmp_path, "417430008,Vulnerable", f"{LUPUS},Lupus")
    found = plan(SAFE, FileOfCodes(path), Wanted(), area.folder)
    assert in_counts(found.changes) == "1 added, 3 removed, 1 changed"
    assert [each.kind for each in found.changes] == ["added", "removed", "removed", "removed", "changed"]
    take(area, path, SAFE)
    assert against_shipped(SAFE, area.folder) == list(found.changes)
    assert against_shipped(SYMPTOMS, area.folder) == []
    with pytest.raises(UsageError, match="no list is called"):
        against_shipped("symptms", area.folder)


CODES = {
    "snomed": [code for code in map(str, range(100_000, 140_000)) if is_snomed(code) and code[-3:-1] in ("00", "10")],
    "ctv3": ["XaaEC", "Xaaec", "0x1..", "00000"],
    "read2": ["8T09.", "0123.", "9Nu0."],
}
CODES["dmd"] = CODES["snomed"]
texts = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).map(str.strip).filter(bool)
numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False).map(float))


@st.composite
def a_list(draw: st.DrawFn) -> list[Entry]:
    found: dict[tuple[str, str], Entry] = {}
    whole = draw(st.booleans())
    for _ in range(draw(st.integers(1, 6))):
        system = draw(st.sampled_from(CODE_SYSTEMS))
        code = draw(st.sampled_from(CODES[system]) if system in CODES else st.from_regex(r"\A[a-z0-9-]{1,9}\Z"))
        low, high = draw(numbers), draw(numbers)
        if low is not None and high is not None and low >= high:
            low = None
        category = draw(texts) if whole else draw(st.one_of(st.none(), texts))
        found[code, system] = Entry(code, system, draw(texts), category, low, high)
    return list(found.values())


@given(a_list())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_that_is_written_and_imported_again_is_the_same(tmp_path: Path, entries: list[Entry]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text_of(entries), encoding="utf-8", newline="\n")
    read = entries_of(codelists.read(path))
    assert read == entries
    incoming = read_incoming(path)
    assert incoming.is_ours
    for wanted in (Wanted(), Wanted(add=True), Wanted(new=True)):
        after = merged(read, (), incoming, wanted)
        assert changes(read, after) == []
        assert text_of(after) == path.read_text(encoding="utf-8")


@given(a_list(), a_list())
@settings(deadline=None)
def test_what_changes_leads_from_one_list_to_the_other(one: list[Entry], other: list[Entry]) -> None:
    after = {(each.code, each.system): each for each in one}
    for each in changes(one, other):
        entry = each.after or each.before
        after.pop((entry.code, entry.system), None)
        if each.after:
            after[entry.code, entry.system] = entry
    assert {*after.values()} == {*other}
    incoming = Incoming("x.csv", "", dict(enumerate(other, start=2)), is_ours=True)
    try:
        added = merged(one, (), incoming, Wanted(add=True, new=True))
    except ReachwellError:
        return
    assert {(each.code, each.system) for each in added} == {(each.code, each.system) for each in [*one, *other]}
    assert added[: len(one)] == one


@pytest.mark.parametrize("name", find("sql/codelists"))
def test_a_shipped_list_is_its_own_export(area, name: str) -> None:
    made, _ = take(area, find("sql/codelists")[name], name)
    assert made is None
    assert not own(area, name).exists()


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published lists are not beside the checkout")
def test_every_published_list_can_be_imported(area) -> None:
    for number, path in enumerate(sorted(PUBLISHED.glob("*.csv"))):
        name = f"theirs_{number}"
        made, told = take(area, path, name, new=True)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert codes(area, name) == {row["code"]: (row["term"].strip(), None) for row in rows}
        assert f"{len(rows):,} added, 0 removed" in told[-1]
        assert made.text == own(area, name).read_text(encoding="utf-8")
