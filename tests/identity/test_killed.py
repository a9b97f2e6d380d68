"""Whatever is killed when: there is no half of a delivery, no half of a map, and no identity left lying about."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reachwell.errors import RunFailed
from reachwell.identity.patient_map import reading
from tests.identity.surgery import NUMBERS, Surgery, person

PEOPLE = [person("ann", NhsNumber=NUMBERS[0]), person("ben", NhsNumber=NUMBERS[1])]
# Dies when all tables are written, just before the manifest.
DIES = """
import os, signal, sys
from pathlib import Path
from reachwell.identity import pseudonymise
pseudonymise.write_text = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
pseudonymise.pseudonymise(*map(Path, sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_a_run_that_was_killed_leaves_nothing_and_the_next_one_is_as_if_it_were_the_first(elm: Surgery) -> None:
    delivery = elm.full(PEOPLE)
    elm._made = 1
    done = subprocess.run([sys.executable, "-c", DIES, delivery, elm.out, elm.key, elm.map])
    assert done.returncode == -signal.SIGKILL
    assert not elm.out.exists()
    assert not elm.map.exists() or elm.map.stat().st_size == 0
    elm._made -= 1
    assert elm.pseudonymised(delivery).new == 2
    assert not [*elm.folder.glob(".unfinished-*")]


def test_what_a_killed_run_left_of_identities_is_removed_by_the_next(elm: Surgery) -> None:
    left = elm.folder / f".unfinished-{elm.map.name}"
    left.mkdir()
    (left / "SRPatient.csv").write_text("Nightingale")
    elm.pseudonymised(elm.full(PEOPLE))
    assert not left.exists()


def test_a_run_that_ends_between_the_map_and_the_folder_can_be_run_again(
    elm: Surgery, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = elm.full(PEOPLE)

    def full_disk(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full_disk)
        with pytest.raises(RunFailed, match="No space left"):
            elm.pseudonymised(delivery)
    assert not elm.out.exists()
    with reading(elm.map) as known:
        made = [each.pseudonym for each in known.people().values()]
    assert elm.pseudonymised(delivery).new == 0
    assert sorted(elm.pseudonyms()) == sorted(made)
