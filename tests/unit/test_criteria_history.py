"""A criteria file is made live with who and why, an earlier one again, and nothing changes where it may not."""

from pathlib import Path

import pytest

from reachwell import criteria_history
from reachwell.area import Area
from reachwell.criteria_history import apply, history, rollback
from reachwell.errors import FileMistakes, RunFailed, UsageError
from reachwell.plugs import find_one
from reachwell.published import current_run, read_run
from reachwell.run_lock import only_run

NAME = "social_prescribing"
SHIPPED = find_one("criteria", NAME).read_text(encoding="utf-8")
OLD = "2026.1"


def draft(folder: Path, version: str, threshold: int = 4) -> Path:
    text = SHIPPED.replace(f'version    = "{OLD}"', f'version    = "{version}"')
    assert text.count("threshold         = 5") == 1
    path = folder / f"{NAME}.toml"
    path.write_text(text.replace("threshold         = 5", f"threshold         = {threshold}"), encoding="utf-8")
    return path


@pytest.fixture
def area(settled) -> Area:
    # As an area is that has no file of its own yet.
    (settled.folder / "criteria" / f"{NAME}.toml").unlink(missing_ok=True)
    return settled.area


def told(area: Area) -> list[tuple[str, str, str, str]]:
    return [(row["version"], row["live"], row["by"], row["reason"]) for row in history(area)]


def refused(area: Area, kind: type[Exception], words: str, *what: str | Path, **more: str) -> None:
    before = (told(area), live(area))
    with pytest.raises(kind, match=words):
        apply(area, *what, **more)  # type: ignore[arg-type]
    assert (told(area), live(area)) == before


def live(area: Area) -> str:
    return find_one("criteria", NAME, area.folder).read_text(encoding="utf-8")


def test_what_is_applied_is_live_from_the_next_run_which_names_its_version(settled, area, tmp_path: Path) -> None:
    made = apply(area, draft(tmp_path, "2026.2"), "Ann", "too few")
    assert made is not None
    assert told(area) == [("2026.2", "live", "Ann", "too few"), (OLD, "", "", criteria_history._BY_HAND)]
    assert settled.night().exit_code == 0
    facts = read_run(area, current_run(area))["programmes"][NAME]
    assert (facts["version"], facts["digest"]) == ("2026.2", made.digest)


def test_nothing_is_noted_before_the_first_apply_and_the_live_one_is_told(area) -> None:
    assert told(area) == [(OLD, "live", "", criteria_history._BY_HAND)]


def test_the_same_again_changes_nothing(area, tmp_path: Path) -> None:
    apply(area, draft(tmp_path, "2026.2"), "Ann", "too few")
    before = told(area)
    assert apply(area, draft(tmp_path, "2026.2"), "Bob", "again") is None
    assert told(area) == before


@pytest.mark.parametrize("version", [OLD, "2026.2"])
def test_a_version_has_one_content(area, tmp_path: Path, version: str) -> None:
    apply(area, draft(tmp_path, "2026.2"), "Ann", "too few")
    refused(area, UsageError, f"a version {version} .* already", draft(tmp_path, version, 3), "Ann", "x")


def test_the_first_apply_needs_a_new_version_too(area, tmp_path: Path) -> None:
    refused(area, UsageError, f"a version {OLD} .* already", draft(tmp_path, OLD), "Ann", "x")


def test_a_file_with_mistakes_is_refused(area, tmp_path: Path) -> None:
    refused(area, FileMistakes, "threshold", draft(tmp_path, "2026.2", 0), "Ann", "x")
    refused(area, FileMistakes, "is not there", tmp_path / f"gone/{NAME}.toml", "Ann", "x")


@pytest.mark.parametrize(("by", "reason"), [("", "x"), (" ", "x"), ("Ann", ""), ("Ann", "\n")])
def test_who_and_why_must_be_said(area, tmp_path: Path, by: str, reason: str) -> None:
    refused(area, UsageError, "is empty: say who", draft(tmp_path, "2026.2"), by, reason)


def test_a_file_of_another_name_says_which_programme_it_replaces(area, tmp_path: Path) -> None:
    file = draft(tmp_path, "2026.2").rename(tmp_path / "draft.toml")
    refused(area, UsageError, f"no programme of the area is called 'draft'.*{NAME}", file, "Ann", "x")
    assert apply(area, file, "Ann", "x", NAME) is not None
    assert told(area)[0][:2] == ("2026.2", "live")


def test_an_earlier_version_is_live_again(area, tmp_path: Path) -> None:
    apply(area, draft(tmp_path, "2026.2"), "Ann", "too few")
    assert rollback(area, OLD, "Bob", "too many") is not None
    assert live(area) == SHIPPED
    assert told(area)[0] == (OLD, "live", "Bob", f"back to {OLD}: too many")
    assert [is_live for _, is_live, *_ in told(area)] == ["live", "", ""]
    assert rollback(area, OLD, "Bob", "once more") is None


@pytest.mark.parametrize(("applied", "words"), [(False, "None was applied yet"), (True, f"There are: {OLD}, 2026.2")])
def test_a_version_that_never_was_is_told_with_those_there_were(
    area, tmp_path: Path, applied: bool, words: str
) -> None:
    if applied:
        apply(area, draft(tmp_path, "2026.2"), "Ann", "x")
    before = (told(area), live(area))
    with pytest.raises(UsageError, match=words):
        rollback(area, "2025.9", "Bob", "x")
    assert (told(area), live(area)) == before


def test_a_change_by_hand_is_told_and_can_be_gone_back_to(area, tmp_path: Path) -> None:
    apply(area, draft(tmp_path, "2026.2"), "Ann", "x")
    by_hand = live(area) + "# mine\n"
    (area.folder / "criteria" / f"{NAME}.toml").write_text(by_hand, encoding="utf-8")
    (version, is_live, by, reason), *rest = told(area)
    assert version.startswith("2026.2, changed by hand (")
    assert (is_live, by, reason) == ("live", "", criteria_history._BY_HAND)
    assert not any(each[1] for each in rest)
    apply(area, draft(tmp_path, "2026.3", 3), "Ann", "y")
    rollback(area, version, "Bob", "z")
    assert live(area) == by_hand


def test_a_live_file_with_mistakes_can_be_replaced(area, tmp_path: Path) -> None:
    (area.folder / "criteria" / f"{NAME}.toml").write_text("name = 3\n", encoding="utf-8")
    assert told(area)[0][:2] == ("with mistakes", "live")
    assert apply(area, draft(tmp_path, "2026.2"), "Ann", "mended") is not None
    with pytest.raises(FileMistakes):
        rollback(area, "with mistakes", "Bob", "x")
    assert told(area)[0][:2] == ("2026.2", "live")


def test_nothing_changes_while_a_run_or_another_apply_is_under_way(area, tmp_path: Path) -> None:
    with only_run(area.data):
        refused(area, RunFailed, "another run is under way", draft(tmp_path, "2026.2"), "Ann", "x")


def test_an_apply_that_was_killed_says_that_it_is_not_live_and_may_be_done_again(
    area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reachwell.made_live.write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            apply(area, draft(tmp_path, "2026.2"), "Ann", "x")
    assert [(version, is_live) for version, is_live, *_ in told(area)] == [("2026.2", ""), (OLD, "live")]
    assert apply(area, draft(tmp_path, "2026.2"), "Ann", "x") is not None
    assert told(area)[0][:2] == ("2026.2", "live")


def test_a_folder_that_cannot_be_written_is_told(area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reachwell.made_live.write_text", full)
    with pytest.raises(RunFailed, match=r"social_prescribing\.toml cannot be written \(No space left on device\)"):
        apply(area, draft(tmp_path, "2026.2"), "Ann", "x")
