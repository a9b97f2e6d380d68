"""Finds plug files by name: in the area's folder, then in the checkout, then in the wheel."""

import hashlib
import importlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from reachwell.errors import UsageError

_PACKAGE = Path(__file__).parent
_WHEEL = _PACKAGE / "_plugs"

SUFFIXES = {
    "criteria": ".toml",
    "criteria/patients": ".toml",
    "features": ".sql",
    "models": ".py",
    "pipelines": ".py",
    "sql/codelists": ".csv",
    "sql/prevalence": ".csv",
    "sql/reports": ".sql",
    "sql/sources": ".sql",
    "sql/tables": ".sql",
}
# An area brings data and queries only: its Python would run with every right the nightly run has.
_NEVER_FROM_AREA = {".py"}


def shipped() -> Path:
    """The folder of the plugs that come with reachwell: the wheel's, or the checkout's."""
    return _WHEEL if _WHEEL.is_dir() else _PACKAGE.parent


def find(folder: str, area: Path | None = None) -> dict[str, Path]:
    """Every plug of one folder, by name, in the order of the names.

    folder: a key of SUFFIXES. area: the area's folder, whose plugs win over the shipped ones.
    """
    suffix = SUFFIXES[folder]
    places = [shipped()] if area is None or suffix in _NEVER_FROM_AREA else [shipped(), area]
    found = {plug.stem: plug for place in places for plug in (place / folder).glob(f"[!_.]*{suffix}")}
    return dict(sorted(found.items()))


def find_one(folder: str, name: str, area: Path | None = None) -> Path:
    """One plug by name; UsageError lists the names there are."""
    plugs = find(folder, area)
    if name not in plugs:
        raise UsageError(f"no {folder} file is called '{name}'. There are: {', '.join(plugs) or 'none'}")
    return plugs[name]


def load_python(folder: str, name: str) -> ModuleType:
    """Import a shipped Python plug (a flow, a model) under the name that another process finds it by."""
    find_one(folder, name)
    package = "reachwell._plugs." if _WHEEL.is_dir() else ""
    return importlib.import_module(f"{package}{folder}.{name}")


def digest(paths: Iterable[Path]) -> str:
    """The SHA-256 of files by their names and contents, whatever folder they lie in."""
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda each: each.name):
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return total.hexdigest()
