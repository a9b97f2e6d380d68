"""Made live: what it takes to put a file of the area's in use, whichever it is: who and why, and the file written."""

import hashlib
from pathlib import Path

from reachwell.atomic import write_text
from reachwell.errors import RunFailed, UsageError


def refuse_unless_said(by: str, reason: str, who: str) -> None:
    """Raise UsageError unless it is said who does something and why. who: in the message's words, "who undoes it"."""
    for option, told in (("--by", by), ("--reason", reason)):
        if not told.strip():
            raise UsageError(f"{option} is empty: say {who}, and why")


def digest_of(text: str) -> str:
    """The SHA-256 of a file's text, by which runs and histories know it."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_live(path: Path, text: str) -> None:
    """Write a file in one step; RunFailed says where it cannot be written."""
    try:
        write_text(path, text)
    except OSError as error:
        raise RunFailed(f"{path} cannot be written ({error.strerror}). Check the folder's permissions.") from None
