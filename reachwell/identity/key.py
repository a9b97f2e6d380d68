"""The practice's key: a small file that never leaves the practice, of which others know only the id."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reachwell.errors import RunFailed, UsageError

_FIRST_LINE = "reachwell pseudonym key 1: keep it in the practice, readable by nobody else"
_BYTES = 32
_MAKE = "Make one with: reachwell new-key FILE"


@dataclass(frozen=True)
class Key:
    """A practice's secret key, which is never shown."""

    secret: bytes

    @property
    def id(self) -> str:
        """What a manifest says of the key: eight hexadecimal digits from which nobody gets back to it."""
        return sha256(b"reachwell key id" + self.secret).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Key({self.id})"


def new_key(file: Path) -> Key:
    """Make a key of 256 random bits in a file of its own, for its owner only; an existing file is never overwritten."""
    key = Key(secrets.token_bytes(_BYTES))
    create_private(file, f"{_FIRST_LINE}\n{key.secret.hex()}\n".encode())
    return key


def read_key(file: Path) -> Key:
    """Read a key; UsageError where it is not there, not whole, or may be read by others."""
    if not file.is_file():
        raise UsageError(f"key file {file} is not there. {_MAKE}")
    refuse_if_others_may_read(file, "key file")
    try:
        lines = file.read_text(encoding="ascii").split("\n")
    except OSError as error:
        raise UsageError(f"key file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        lines = []
    if lines[:1] != [_FIRST_LINE]:
        raise UsageError(f"{file} is no key file of reachwell. {_MAKE}")
    digits = "".join(lines[1:]).strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * _BYTES}}}", digits):
        raise UsageError(
            f"key file {file} does not hold a whole key: {2 * _BYTES} hexadecimal digits were expected, there are "
            f"{len(digits)} characters. Take it from its backup; a new key would make everybody a stranger."
        )
    return Key(bytes.fromhex(digits))


def create_private(file: Path, content: bytes = b"") -> None:
    """Create a file that only its owner may read; UsageError where there is one already or none can be made."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            new.write(content)
    except FileExistsError:
        raise UsageError(f"{file} is there already. Nothing was changed; name another file.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Raise RunFailed where the disk or its permissions do not let something be written."""
    try:
        yield
    except OSError as error:
        raise RunFailed(
            f"{error.filename or target} cannot be written: {error.strerror}. Nothing has changed."
        ) from None


def refuse_if_others_may_read(file: Path, what: str) -> None:
    """Raise UsageError where others than a file's owner may read it; Windows has no such marks, and nothing is said."""
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise UsageError(f"{what} {file} may be read by others than its owner. Set it right first: chmod 600 {file}")
