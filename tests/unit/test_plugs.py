"""Plugs are found by name; an area's data and queries win over the shipped ones, its Python is never read."""

from pathlib import Path

import pytest

from reachwell.errors import UsageError
from reachwell.plugs import SUFFIXES, digest, find, find_one, load_python, shipped


def put(area: Path, name: str, text: str = "") -> Path:
    path = area / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("folder", [folder for folder, suffix in SUFFIXES.items() if suffix != ".py"])
def test_an_areas_plug_wins_over_the_shipped_one_and_stands_beside_the_others(tmp_path: Path, folder: str) -> None:
    before = find(folder)
    first = next(iter(before))
    own = put(tmp_path, f"{folder}/{first}{SUFFIXES[folder]}")
    new = put(tmp_path, f"{folder}/zz_mine{SUFFIXES[folder]}")
    found = find(folder, tmp_path)
    assert found == {**before, first: own, "zz_mine": new}
    assert list(found) == sorted(found)
    assert find_one(folder, first, tmp_path) == own
    assert find_one(folder, first) == before[first]


@pytest.mark.parametrize("folder", ["models", "pipelines"])
def test_an_areas_python_is_never_found(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"{folder}/nightly.py", "raise SystemExit")
    put(tmp_path, f"{folder}/mine.py", "raise SystemExit")
    assert find(folder, tmp_path) == find(folder)
    with pytest.raises(UsageError, match=r"no .* file is called 'mine'"):
        find_one(folder, "mine", tmp_path)


def test_what_is_hidden_private_or_of_another_kind_is_no_plug(tmp_path: Path) -> None:
    for name in ("_draft.sql", ".swp.sql", "notes.txt", "phq9.sql~", "deeper/one.sql"):
        put(tmp_path, f"features/{name}")
    assert find("features", tmp_path) == find("features")


def test_an_area_without_plugs_has_the_shipped_ones(tmp_path: Path) -> None:
    for folder in SUFFIXES:
        assert find(folder, tmp_path) == find(folder)
        assert all(path.is_relative_to(shipped()) for path in find(folder).values())


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no criteria file is called 'x'\. There are: .*social_prescribing") as told:
        find_one("criteria", "x")
    assert told.value.exit_code == 2


def test_a_shipped_flow_is_imported_from_its_file() -> None:
    with pytest.raises(UsageError, match="no pipelines file is called 'weekly'"):
        load_python("pipelines", "weekly")


def test_the_digest_is_of_names_and_contents_wherever_they_lie(tmp_path: Path) -> None:
    here = [put(tmp_path, "here/a.sql", "1"), put(tmp_path, "here/b.sql", "2")]
    there = [put(tmp_path, "there/b.sql", "2"), put(tmp_path, "there/deeper/a.sql", "1")]
    assert digest(here) == digest(reversed(here)) == digest(there)
    others = [
        [put(tmp_path, "content/a.sql", "1"), put(tmp_path, "content/b.sql", "3")],
        [put(tmp_path, "name/a.sql", "1"), put(tmp_path, "name/c.sql", "2")],
        [put(tmp_path, "swapped/a.sql", "2"), put(tmp_path, "swapped/b.sql", "1")],
        here[:1],
        [],
    ]
    assert len({digest(here), *map(digest, others)}) == len(others) + 1
