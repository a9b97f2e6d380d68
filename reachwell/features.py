"""The catalogue of features: what is measured of a patient, one SQL file each."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reachwell.errors import FileMistakes
from reachwell.look_back import LookBack
from reachwell.plugs import find
from reachwell.sql_file import SqlFile

_REQUIRED = ("title", "says", "unit", "absent")
_OPTIONAL = ("one", "none", "within", "needs", "ask", "setting")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Feature:
    """One feature: its SQL and what its header says of it."""

    file: SqlFile
    absent: float | None
    within: LookBack | None
    settings: dict[str, float]

    @property
    def name(self) -> str:
        """The feature's name: its file's."""
        return self.file.name

    @property
    def title(self) -> str:
        """What it is called on lists and pages."""
        return self.file.header["title"]

    @property
    def says(self) -> str:
        """The sentence, with {value}, {within} and {detail}."""
        return self.file.header["says"]

    @property
    def says_none(self) -> str | None:
        """The sentence where the value is 0 or no; None where `says` does."""
        if "none" in self.file.header:
            return self.file.header["none"]
        within = " in {within}" if self.within else ""
        return f"no {lower_first(self.title)} recorded{within}" if self.is_flag else None

    @property
    def says_one(self) -> str | None:
        """The sentence where the value is 1; None where `says` does."""
        return self.file.header.get("one")

    @property
    def unit(self) -> str:
        """The value's unit."""
        return self.file.header["unit"]

    @property
    def ask(self) -> str | None:
        """What to ask a person for where it is not known; None where asking cannot help."""
        return self.file.header.get("ask")

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns, as table.column, without any value in which nothing is known."""
        return tuple(each.strip() for each in self.file.header.get("needs", "").split(",") if each.strip())

    @property
    def is_flag(self) -> bool:
        """Whether the value is yes or no."""
        return self.unit == "yes or no"

    @cached_property
    def is_count(self) -> bool:
        """Whether no row means none within a window: a lower bound where the window is not whole."""
        return self.absent is not None and not self.is_flag and self.within is not None

    def key(self, within: LookBack | None) -> str:
        """The name of this feature at a look-back: what measured values are filed under."""
        return f"{self.name} within {within}" if within else self.name


def lower_first(title: str) -> str:
    """A title inside a sentence: "PAM level" and "HbA1c" keep their capitals, "Lives alone" does not."""
    first = title.split()[0]
    return title if any(each.isupper() for each in first[1:]) else title[:1].lower() + title[1:]


def read(path: Path) -> Feature:
    """Read a feature's file; FileMistakes names every mistake in its header."""
    file = SqlFile.read(path, _REQUIRED, _OPTIONAL)
    header = file.header
    mistakes = []
    within = None
    if "within" in header:
        try:
            within = LookBack.parse(header["within"])
        except ValueError as error:
            mistakes.append(f"within: {error}")
    if "since" in file.parameters and within is None and "within" not in header:
        mistakes.append("uses $since but its header has no '-- within:'")
    absent: float | None = None
    if header["absent"] in ("true", "false"):
        absent = float(header["absent"] == "true")
    elif header["absent"] != UNKNOWN:
        try:
            absent = float(header["absent"])
        except ValueError:
            mistakes.append("absent should be a number, true, false or unknown")
    settings = {}
    for each in filter(None, header.get("setting", "").split(",")):
        name, _, value = each.partition("=")
        try:
            settings[name.strip()] = float(value)
        except ValueError:
            mistakes.append("setting should read: name = number")
    if mistakes:
        raise FileMistakes(path.name, mistakes)
    return Feature(file, absent, within, settings)


def catalogue(area: Path | None = None) -> dict[str, Feature]:
    """Every feature by name: the shipped ones, and the area's in place of those they name."""
    return {name: read(path) for name, path in find("features", area).items()}
