"""Conditions: what a programme's file can ask of a patient, as exclusion, route or rule."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from reachwell.look_back import LookBack

COMPARISONS = ("is", "is_one_of", "at_least", "at_most", "more_than", "less_than", "between")
Number = Annotated[float, Field(allow_inf_nan=False)]
Points = Annotated[int, Field(ge=0, le=100)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="small letters, digits and _")]
Text = Annotated[str, Field(min_length=1)]


def look_back(text: Any) -> Any:
    """A period as the file writes it."""
    return LookBack.parse(text) if isinstance(text, str) else text


PERIOD = WithJsonSchema({"type": "string", "examples": ["12 months", "12 weeks"]})
Within = Annotated[LookBack | None, BeforeValidator(look_back), PERIOD]


class Part(BaseModel):
    """A part of a criteria file: nothing that it does not know, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


class Condition(Part):
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

    @property
    def asked(self) -> "Condition":
        """What is asked for alone, however it is called and whatever it is worth."""
        return Condition.model_construct(**{name: getattr(self, name) for name in Condition.model_fields})

    def leaves(self) -> Iterator["Condition"]:
        """The comparisons this condition is made of, from left to right."""
        if self.feature is not None:
            yield self
        for part in (*(self.all or ()), *(self.any or ())):
            yield from part.leaves()


class Band(Part):
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
    def steps(self) -> tuple[tuple[Condition, int], ...]:
        """What earns points, and how many more than the step before: one step where the rule has no bands."""
        if not self.bands:
            return ((self.asked, self.points),)
        bare = self.asked
        bands = sorted(self.bands, key=lambda band: band.at_least)
        earned = [0, *(band.points for band in bands)]
        return tuple(
            (bare.model_copy(update={"at_least": band.at_least}), band.points - before)
            for band, before in zip(bands, earned, strict=False)
        )

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
