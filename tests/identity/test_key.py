"""The practice's key: made once, for its owner only, and never taken for whole where it is not."""

import os
import re
from pathlib import Path

import pytest

from reachwell.errors import UsageError
from reachwell.identity.key import new_key, read_key

posix_only = pytest.mark.skipif(os.name != "posix", reason="only POSIX files say who may read them")


def test_a_key_is_read_as_it_was_made(tmp_path: Path) -> None:
    made = new_key(tmp_path / "practice.key")
    assert read_key(tmp_path / "practice.key") == made
    assert len(made.secret) == 32
    assert re.fullmatch("[0-9a-f]{8}", made.id)
    assert new_key(tmp_path / "another.key").id != made.id


@posix_only
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        new_key(tmp_path / "practice.key")
    finally:
        os.umask(before)
    assert (tmp_path / "practice.key").stat().st_mode & 0o777 == 0o600


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    made = new_key(tmp_path / "practice.key")
    for shown in (repr(made), str(made), made.id):
        assert made.secret.hex() not in shown
        assert repr(made.secret) not in shown


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "practice.key"
    made = new_key(file)
    with pytest.raises(UsageError, match="is there already"):
        new_key(file)
    assert read_key(file) == made
    with pytest.raises(UsageError, match="cannot be written"):
        new_key(tmp_path / "no such folder" / "practice.key")


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "practice.key"
    new_key(file)
    file.chmod(mode)
    with pytest.raises(UsageError, match=f"chmod 600 {file}"):
        read_key(file)


@pytest.mark.parametrize("text", ["", "hello\n", "\x00\xff", "{}\n" * 3, f"{'0' * 64}\n"])
def test_what_is_no_key_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "practice.key"
    file.write_bytes(text.encode("latin-1"))
    file.chmod(0o600)
    with pytest.raises(UsageError, match="is no key file"):
        read_key(file)


@pytest.mark.parametrize("cut", [1, 2, 40, 65])
def test_a_key_that_was_cut_off_is_refused_and_not_shown(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "practice.key"
    made = new_key(file)
    file.write_bytes(file.read_bytes()[: -cut - 1])
    with pytest.raises(UsageError, match="does not hold a whole key") as refused:
        read_key(file)
    assert not re.search("[0-9a-f]{9}", str(refused.value).replace(str(tmp_path), ""))
    assert made.secret.hex()[:8] not in str(refused.value)


def test_a_key_saved_by_a_windows_editor_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "practice.key"
    made = new_key(file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert read_key(file) == made


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reachwell new-key"):
        read_key(tmp_path / "practice.key")
    with pytest.raises(UsageError, match="is not there"):
        read_key(tmp_path)
