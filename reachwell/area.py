"""An area's folder: its settings (reachwell.toml) and where everything in it lies."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from reachwell.errors import FileMistakes, UsageError
from reachwell.manifest import ODS_CODE
from reachwell.mistakes import in_words

SETTINGS_FILE = "reachwell.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Practice(_Section):
    """One practice: where its deliveries lie and how many link workers serve it."""

    ods: Annotated[str, Field(pattern=ODS_CODE, description="ODS code, such as B83001")]
    name: Annotated[str, Field(min_length=1)]
    format: Annotated[str, Field(description="a file name in sql/sources", min_length=1)]
    from_: Annotated[str, Field(alias="from", min_length=1, description="any fsspec URL; one sub-folder per delivery")]
    link_workers: Annotated[float, Field(ge=0, le=100, description="full-time equivalents")]
    key_id: Annotated[str | None, Field(min_length=1, description="set it to accept a new pseudonym key")] = None


class Schedule(_Section):
    """When the nightly run starts."""

    nightly: Annotated[str, Field(description="a cron line of five fields")] = "0 2 * * *"
    timezone: str = "Europe/London"

    @field_validator("nightly")
    @classmethod
    def _five_fields(cls, line: str) -> str:
        try:
            CronSim(line, datetime.now())
        except CronSimError:
            raise ValueError("write a cron line of five fields, such as '0 2 * * *'") from None
        return line

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; write one such as 'Europe/London'") from None
        return name


class Validation(_Section):
    """When a delivery is refused, and when it is late."""

    max_bad_rows: Annotated[float, Field(ge=0, le=1, description="share of rows; more rejects")] = 0.005
    max_age_days: Annotated[int, Field(ge=0)] = 3
    max_fall: Annotated[float, Field(ge=0, le=1, description="share of a table's rows; a fall by more rejects")] = 0.5


class Privacy(_Section):
    """What becomes of people who have opted out, and of what is old."""

    type_1_opt_out: Annotated[
        Literal["erase", "exclude"], Field(description="gone from all data, or kept and on no list")
    ] = "erase"
    keep_nights: Annotated[int, Field(ge=1, description="older runs and snapshots are removed")] = 90


class Prices(_Section):
    """What medicines cost, for systems that do not say."""

    drug_tariff: Annotated[str, Field(min_length=1, description="the file of Drug Tariff Part VIIIA, from this folder")]


class AreaSection(_Section):
    """The area itself."""

    name: Annotated[str, Field(min_length=1)]
    programmes: Annotated[
        tuple[str, ...], Field(min_length=1, description="file names in criteria/; the first is served first")
    ] = ("social_prescribing",)


class Settings(_Section):
    """reachwell.toml, parsed once."""

    area: AreaSection
    practice: Annotated[tuple[Practice, ...], Field(min_length=1)]
    schedule: Schedule = Schedule()
    validation: Validation = Validation()
    privacy: Privacy = Privacy()
    prices: Prices | None = None
    setting: dict[str, float] = {}

    @model_validator(mode="after")
    def _practices_once(self) -> Self:
        codes = [practice.ods for practice in self.practice]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"practice {', '.join(twice)} is listed more than once")
        return self


class Area:
    """An area's folder: settings, and the place of every file the stages read and write."""

    def __init__(self, folder: Path, settings: Settings, data: Path | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self.data = data or folder / "data"
        self.inbox = self.data / "inbox"
        self.mirror = self.data / "mirror"
        self.lake = self.data / "lake"
        self.quarantine = self.data / "quarantine"
        self.published = self.data / "published"
        self.features = self.data / "features"
        self.state = self.data / "state.sqlite"
        self.warehouse = self.data / "reachwell.duckdb"
        self.scratch = self.data / "scratch"
        self.prices = folder / settings.prices.drug_tariff if settings.prices else None

    @property
    def erases_opted_out(self) -> bool:
        """Whether people with a type 1 opt-out are left out of all data, and not of the lists only."""
        return self.settings.privacy.type_1_opt_out == "erase"

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read an area's settings; FileMistakes names every mistake in them."""
        folder = Path(folder).absolute()
        path = folder / SETTINGS_FILE
        try:
            settings = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
        except FileNotFoundError:
            raise UsageError(
                f"{path} is not there. Name an area's folder with --dir, or make one: reachwell init DIR"
            ) from None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise FileMistakes(SETTINGS_FILE, ["is not UTF-8 text; save it as UTF-8"]) from None
        except tomllib.TOMLDecodeError as error:
            raise FileMistakes(SETTINGS_FILE, [f"is not TOML: {error}"]) from None
        except ValidationError as error:
            raise FileMistakes(SETTINGS_FILE, in_words(error)) from None
        return cls(folder, settings)

    def practice(self, ods: str) -> Practice:
        """A practice by its ODS code; UsageError lists those in the settings."""
        for practice in self.settings.practice:
            if practice.ods == ods:
                return practice
        known = ", ".join(practice.ods for practice in self.settings.practice)
        raise UsageError(f"practice {ods} is not in {SETTINGS_FILE}, which has {known}")
