"""Place: where a practice's deliveries are loaded to, and by which settings."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl

from reachwell import drug_tariff
from reachwell.area import Area, Validation
from reachwell.plugs import digest, find_one
from reachwell.source import Source


@dataclass(frozen=True)
class Place:
    """Where a practice's deliveries are loaded to, and by which settings.

    plugs: the area's folder, or None for the shipped plugs only. prices: the area's drug tariff, if it has one.
    """

    plugs: Path | None
    lake: Path
    mirror: Path
    quarantine: Path | None
    scratch: Path
    max_bad_rows: float
    max_fall: float
    prices: Path | None

    @classmethod
    def of(cls, area: Area) -> Self:
        """An area's own place."""
        return cls(area.folder, area.lake, area.mirror, area.quarantine, area.scratch,
                   area.settings.validation.max_bad_rows, area.settings.validation.max_fall, area.prices)  # fmt: skip

    @classmethod
    def aside(cls, area: Area | None, folder: Path) -> Self:
        """A place in a folder that is thrown away, by an area's settings if there is one."""
        limits = area.settings.validation if area else Validation()
        plugs, prices = (area.folder, area.prices) if area else (None, None)
        return cls(
            plugs, folder / "lake", folder / "mirror", None, folder, limits.max_bad_rows, limits.max_fall, prices
        )

    def source(self, name: str) -> Source:
        """An extract format as it is read here."""
        return Source.read(find_one("sql/sources", name, self.plugs))

    def source_digest(self, source: Source, data: str) -> str:
        """The digest of rows and of all that makes our tables of them: the source's SQL and the prices it uses."""
        # A corrected source, or a new month's prices, read the same delivery anew.
        used = [find_one("sql/sources", source.name, self.plugs)]
        if self.prices and source.uses_prices:
            self.tariff(source)
            used.append(self.prices)
        return f"{data}-{digest(used)[:8]}"

    def tariff(self, source: Source) -> pl.DataFrame:
        """The prices that a source uses; none where the area has no drug tariff.

        Raises UsageError or FileMistakes where the file is not there or is not Part VIIIA.
        """
        return drug_tariff.read(self.prices) if self.prices and source.uses_prices else drug_tariff.NONE

    @contextmanager
    def a_folder(self) -> Iterator[Path]:
        """A folder that is gone when the block ends."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch) as name:
            yield Path(name)
