"""Criteria: a programme's TOML file, parsed once into frozen objects, every mistake told together."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
)

from reachwell.area import SETTINGS_FILE, Area
from reachwell.conditions import PERIOD, Exclude, Part, Route, Rule, Text, look_back
from reachwell.criteria_mistakes import FORMAT, mistakes_in, named, of_a_newer_form
from reachwell.errors import FileMistakes
from reachwell.features import Feature, catalogue
from reachwell.look_back import LookBack
from reachwell.made_live import digest_of
from reachwell.mistakes import in_words, nearest
from reachwell.plugs import find_one

DECLINED = "social_prescribing_declined"
REFERRAL = "social_prescribing_referral"


class Population(Part):
    """Whom the programme speaks of."""

    minimum_age: Annotated[int, Field(ge=0, le=120)] = 18


class ListSettings(Part):
    """The threshold, the order and the capacity."""

    threshold: Annotated[int, Field(ge=1)]
    order: tuple[Literal["points", "model"], ...] = ("points",)
    caseload_per_year: Annotated[int, Field(ge=1, le=2000)] = 225


class WhenDeclined(Part):
    """How long somebody who declined is not asked again."""

    hide_for: Annotated[LookBack, BeforeValidator(look_back), PERIOD] = LookBack(12, "month")


class ProgrammeFile(Part):
    """What a file in criteria/ says: who is offered what."""

    format: Annotated[int, Field(ge=1, description="the form of this file")] = FORMAT
    name: Text
    version: Text
    owner: Text
    reviewed: date
    review_due: date
    population: Population = Population()
    exclude: tuple[Exclude, ...] = ()
    route: tuple[Route, ...] = ()
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]
    list: ListSettings
    when_declined: WhenDeclined = WhenDeclined()


class Programme(ProgrammeFile):
    """One programme, with where it came from: its file's name and the SHA-256 of its text."""

    id: str
    digest: str

    @property
    def exclusions(self) -> tuple[Exclude, ...]:
        """The file's exclusions, and the one that follows from hide_for."""
        hide_for = self.when_declined.hide_for
        declined = Exclude(
            id="declined",
            feature=DECLINED,
            within=hide_for,
            is_=True,
            because=f"Declined social prescribing in the last {hide_for}",
        )
        return (*self.exclude, declined)

    @property
    def conditions(self) -> tuple[Exclude | Rule, ...]:
        """Every exclusion, route and rule."""
        return (*self.exclusions, *self.route, *self.rule)

    def wanted(self, catalogue: Mapping[str, Feature]) -> dict[str, tuple[Feature, LookBack | None]]:
        """The features and look-backs the programme asks for, by key."""
        pairs = [(catalogue[str(leaf.feature)], leaf.within) for each in self.conditions for leaf in each.leaves()]
        found = [(feature, within or feature.within) for feature, within in pairs]
        return {feature.key(within): (feature, within) for feature, within in found}


def wanted_by(
    programmes: Iterable[Programme], catalogue: Mapping[str, Feature]
) -> dict[str, tuple[Feature, LookBack | None]]:
    """What programmes ask for, and referrals, which take places whoever asks; by key."""
    referral = catalogue[REFERRAL]
    found = {referral.key(referral.within): (referral, referral.within)}
    for each in programmes:
        found |= each.wanted(catalogue)
    return found


# What a misspelt key may have been meant to be.
_KNOWN = {*Rule.model_fields, *Route.model_fields, *Programme.model_fields, *ListSettings.model_fields, "is"}


def read(path: Path, catalogue: Mapping[str, Feature]) -> Programme:
    """Read a programme; FileMistakes tells every mistake of the file: rule, what was expected, nearest name."""
    return parse(text_of(path), path.name, catalogue)


def text_of(path: Path) -> str:
    """The text of a criteria file; FileMistakes where it cannot be read."""
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileMistakes(str(path), ["is not there"]) from None
    except OSError as error:
        raise FileMistakes(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise FileMistakes(path.name, ["is not UTF-8 text; save it as UTF-8"]) from None


def parse(text: str, file: str, catalogue: Mapping[str, Feature]) -> Programme:
    """A programme from the text of its file; FileMistakes as for read(). file: the file's name."""
    return programme_of(raw_of(text, file), file, catalogue, digest_of(text))


def raw_of(text: str, file: str) -> dict[str, Any]:
    """The text of a criteria file as TOML, not yet looked at; FileMistakes where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileMistakes(file, [f"is not TOML: {error}"]) from None


def programme_of(raw: Mapping[str, Any], file: str, catalogue: Mapping[str, Feature], digest: str) -> Programme:
    """A programme from its file's text as TOML; FileMistakes as for read(). digest: what it is known by."""
    if newer := of_a_newer_form(raw):
        raise FileMistakes(file, [newer])
    mistakes: list[str] = []
    try:
        parsed = ProgrammeFile.model_validate(raw)
    except ValidationError as error:
        mistakes = [named(each, raw) for each in in_words(error, names=_KNOWN)]
    if mistakes := mistakes + mistakes_in(raw, catalogue):
        raise FileMistakes(file, mistakes)
    return Programme(**dict(parsed), id=Path(file).stem, digest=digest)


def read_programme(name: str, catalogue: Mapping[str, Feature], area: Path | None = None) -> Programme:
    """Read a programme by its file's name, the area's before the shipped one."""
    return read(find_one("criteria", name, area), catalogue)


@dataclass(frozen=True)
class Criteria:
    """What a run judges by: the catalogue of features and the programmes, in order of precedence."""

    features: dict[str, Feature]
    programmes: list[Programme]

    @classmethod
    def of(cls, area: Area) -> "Criteria":
        """Read an area's; FileMistakes names every mistake in a file."""
        features = catalogue(area.folder)
        known = {name for feature in features.values() for name in feature.settings}
        if wrong := sorted(area.settings.setting.keys() - known):
            told = [f"setting.{name}: no feature has such a setting.{nearest(name, known)}" for name in wrong]
            raise FileMistakes(SETTINGS_FILE, told)
        names = area.settings.area.programmes
        return cls(features, [read_programme(name, features, area.folder) for name in names])


def json_schema() -> str:
    """The JSON Schema of a criteria file, as text, for editors."""
    return json.dumps(ProgrammeFile.model_json_schema(by_alias=True), indent=2, ensure_ascii=False) + "\n"
