"""Pull: new deliveries are copied from a practice's place into the inbox, checksummed, never changed."""

import errno
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import fsspec

from reachwell.area import Practice
from reachwell.atomic import new_folder, sweep
from reachwell.errors import ReachwellError, RunFailed, Unreachable
from reachwell.manifest import CHECKSUMS, MANIFEST_FILE

# Asked with a copy's folder and the name it is to have.
Admits = Callable[[Path, str], bool]
_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


class _NotAdmitted(Exception):
    """A copy may not stay."""


def pull(practice: Practice, inbox: Path, base: Path = Path(), admits: Admits | None = None) -> list[Path]:
    """Copy a practice's new deliveries into its inbox folder; returns the copies made.

    A delivery is a sub-folder of the practice's place. One whose files have other names or sizes than
    the copy already made is copied again under a new name: what was received once is never changed.
    base: where a place that is neither a URL nor an absolute path begins. admits: whether a copy may stay; it is asked
    before the copy takes its name, and of one that may not stay nothing is left.
    Raises Unreachable where the place does not answer, and RunFailed where the inbox cannot be written; what
    was copied before stays.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    sweep(inbox)
    try:
        url = practice.from_ if "://" in practice.from_ else str(base / practice.from_)
        # A file's URL writes a space as %20; other file systems take their URLs as they are.
        url = unquote(url) if url.startswith("file://") else url
        place, root = fsspec.url_to_fs(url)
        if not place.exists(root):
            raise FileNotFoundError
        folders = sorted(entry["name"] for entry in place.ls(root, detail=True) if entry["type"] == "directory")
        return [copy for folder in folders if (copy := _copy_if_new(place, folder, inbox, admits))]
    except ReachwellError:
        raise
    except Exception as error:
        # Each file system has errors of its own. No URL in the message: it may hold a password.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
            raise RunFailed(
                f"{practice.ods}: the inbox cannot be written ({reason}). Make room, then run again."
            ) from None
        raise Unreachable(
            f"{practice.ods}: the place of its deliveries cannot be read ({reason}). "
            "Check 'from' in reachwell.toml, and that the place is there and may be read."
        ) from None


def digest_of(delivery: Path) -> str:
    """A delivery's SHA-256 over the names and checksums of its files."""
    return hashlib.sha256((delivery / CHECKSUMS).read_bytes()).hexdigest()


def files_of(delivery: Path) -> dict[str, int]:
    """A received delivery's files and their sizes in bytes."""
    return {
        file.relative_to(delivery).as_posix(): file.stat().st_size
        for file in sorted(delivery.rglob("*"))
        if file.is_file() and file.name != CHECKSUMS
    }


def checksums(delivery: Path) -> str:
    """The checksum lines of a folder's files, as `sha256sum --check` reads them."""
    lines = []
    for name in files_of(delivery):
        with (delivery / name).open("rb") as data:
            lines.append(f"{hashlib.file_digest(data, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines)


def _same_manifest(place: fsspec.AbstractFileSystem, folder: str, target: Path) -> bool:
    # A date corrected in it makes it neither longer nor shorter.
    there, here = f"{folder.rstrip('/')}/{MANIFEST_FILE}", target / MANIFEST_FILE
    return not here.exists() or place.cat_file(there) == here.read_bytes()


def _copy_if_new(place: fsspec.AbstractFileSystem, folder: str, inbox: Path, admits: Admits | None) -> Path | None:
    name = PurePosixPath(folder.rstrip("/")).name
    if name.startswith("."):
        return None
    there = {
        PurePosixPath(path).relative_to(PurePosixPath(folder)).as_posix(): int(info["size"])
        for path, info in place.find(folder, detail=True).items()
    }
    there = {name: size for name, size in there.items() if PurePosixPath(name).name != CHECKSUMS}
    target, count = inbox / name, 1
    while target.exists():
        if files_of(target) == there and _same_manifest(place, folder, target):
            return None
        count += 1
        target = inbox / f"{name}~{count}"
    with suppress(_NotAdmitted), new_folder(target) as aside:
        for file in sorted(there):
            (aside / file).parent.mkdir(parents=True, exist_ok=True)
            place.get_file(f"{folder.rstrip('/')}/{file}", str(aside / file))
        if admits and not admits(aside, target.name):
            raise _NotAdmitted
        (aside / CHECKSUMS).write_text(checksums(aside), encoding="utf-8", newline="\n")
        return target
    return None
