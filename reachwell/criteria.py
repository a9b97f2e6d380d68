"""Criteria: a programme's TOML file, parsed once into frozen objects, every mistake told together."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from reachwell.area import SETTINGS_FILE, Area
from reachwell.criteria_mistakes import named, same_ids, unknown_names
from reachwell.errors import FileMistakes
from reachwell.features import Feature, catalogue
from reachwell.look_back import LookBack
from reachwell.mistakes import in_words, nearest
from reachwell.plugs import find_one

DECLINED = "social_prescribing_declined"
COMPARISONS = ("is", "is_one_of", "at_least", "at_most", "more_than", "less_than", "between")
Number = Annotated[float, Field(allow_inf_nan=False)]
Points = Annotated[int, Field(ge=0, le=100)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="small letters, digits and _")]
Text = Annotated[str, Field(min_length=1)]


def _look_back(text: Any) -> Any:
    return LookBack.parse(text) if isinstance(text, str) else text


_PERIOD = WithJsonSchema({"type": "string", "examples": ["12 months", "12 weeks"]})
Within = Annotated[LookBack | None, BeforeValidator(_look_back), _PERIOD]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


class Condition(_Part):
    """A comparison of one feature, or several conditions joined by all or any."""

    feature: str | None = None
    within: Within = None
    is_: Annotated[bool | Number | None, Field(alias="is")] = None
    is_one_of: Annotated[tuple[Number, ...], Field(min_length=1)] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    less_than: Number | None = None
    between: tuple[Number, Number] | None = None
    all: Annotated[tuple["Condition", ...], Field(min_length=1)] | None = None
    any: Annotated[tuple["Condition", ...], Field(min_length=1)] | None = None
    when_unknown: Literal["skip"] | None = None

    @property
    def comparison(self) -> tuple[str, Any]:
        """The one comparison that is set, and what it compares with."""
        for name in COMPARISONS:
            value = self.is_ if name == "is" else getattr(self, name)
            if value is not None:
                return name, value
        return "", None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(each is not None for each in (self.feature, self.all, self.any)) != 1:
            raise ValueError("write one of feature, all or any")
        self._check_comparisons()
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("between should have its lower end first")
        return self

    def _check_comparisons(self) -> None:
        given = [name for name in COMPARISONS if (self.is_ if name == "is" else getattr(self, name)) is not None]
        if self.feature is None and (given or self.within):
            raise ValueError(f"{(given or ['within'])[0]} belongs to a feature, not to all or any")
        if self.feature is not None and len(given) != 1:
            raise ValueError(f"write one comparison with the feature: {', '.join(COMPARISONS)}")

    def leaves(self) -> Iterator["Condition"]:
        """The comparisons this condition is made of, from left to right."""
        if self.feature is not None:
            yield self
        for part in (*(self.all or ()), *(self.any or ())):
            yield from part.leaves()


class Band(_Part):
    """Points from a value on."""

    at_least: Number
    points: Points


class Rule(Condition):
    """A target group: who meets it gets its points."""

    id: Identifier
    label: Text
    points: Points = 0
    bands: Annotated[tuple[Band, ...], Field(min_length=1, description="the highest that fits counts")] | None = None

    @model_validator(mode="after")
    def _points_once(self) -> Self:
        if (self.bands is None) == ("points" not in self.model_fields_set):
            raise ValueError("write either points or bands")
        return self

    def _check_comparisons(self) -> None:
        if self.bands is None:
            super()._check_comparisons()
        elif self.feature is None or self.comparison[0]:
            raise ValueError("bands go with one feature and no other comparison")

    @property
    def most_points(self) -> int:
        """The most points the rule can give."""
        return max(band.points for band in self.bands) if self.bands else self.points


class Exclude(Condition):
    """Who is not on the list at all."""

    id: Identifier
    because: Text


class Route(Exclude):
    """Who needs somebody else than a link worker; private reasons are for clinicians only."""

    to: Text
    private: bool = False


class Population(_Part):
    """Whom the programme speaks of."""

    minimum_age: Annotated[int, Field(ge=0, le=120)] = 18


class ListSettings(_Part):
    """The threshold, the order and the capacity."""

    threshold: Annotated[int, Field(ge=1)]
    order: tuple[Literal["points", "model"], ...] = ("points",)
    caseload_per_year: Annotated[int, Field(ge=1, le=2000)] = 225


class WhenDeclined(_Part):
    """How long somebody who declined is not asked again."""

    hide_for: Annotated[LookBack, BeforeValidator(_look_back), _PERIOD] = LookBack(12, "month")


class ProgrammeFile(_Part):
    """What a file in criteria/ says: who is offered what."""

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


def read(path: Path, catalogue: Mapping[str, Feature]) -> Programme:
    """Read a programme; FileMistakes tells every mistake of the file: rule, what was expected, nearest name."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise FileMistakes(str(path), ["is not there"]) from None
    except OSError as error:
        raise FileMistakes(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise FileMistakes(path.name, ["is not UTF-8 text; save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise FileMistakes(path.name, [f"is not TOML: {error}"]) from None
    digest = hashlib.sha256(text.encode()).hexdigest()
    mistakes = unknown_names(raw, catalogue)
    programme = None
    try:
        parsed = ProgrammeFile.model_validate(raw)
        programme = Programme(**dict(parsed), id=path.stem, digest=digest)
    except ValidationError as error:
        known = {
            *Rule.model_fields,
            *Route.model_fields,
            *Programme.model_fields,
            *ListSettings.model_fields,
            "is",
        }
        mistakes = [named(each, raw) for each in in_words(error, names=known)] + mistakes
    if programme is not None:
        mistakes += same_ids(each.id for each in programme.conditions)
    if mistakes or programme is None:
        raise FileMistakes(path.name, mistakes)
    return programme


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
