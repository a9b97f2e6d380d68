"""Place: where a practice's deliveries are loaded to, and by which settings."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
    erases_opted_out: whether people with a type 1 opt-out are left out of all data. accepted_keys: by practice, the
    id of a new pseudonym key that may come.
    """

    plugs: Path | None
    lake: Path
    mirror: Path
    quarantine: Path | None
    scratch: Path
    max_bad_rows: float
    max_fall: float
    prices: Path | None
    erases_opted_out: bool = True
    accepted_keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, area: Area) -> Self:
        """An area's own place."""
        limits = area.settings.validation
        return cls(area.folder, area.lake, area.mirror, area.quarantine, area.scratch, limits.max_bad_rows,
                   limits.max_fall, area.prices, area.erases_opted_out,
                   {each.ods: each.key_id for each in area.settings.practice if each.key_id})  # fmt: skip

    @classmethod
    def aside(cls, area: Area | None, folder: Path) -> Self:
        """A place in a folder that is thrown away, by an area's settings if there is one."""
        if area:
            own = cls.of(area)
            return replace(own, lake=folder / "lake", mirror=folder / "mirror", quarantine=None, scratch=folder)
        limits = Validation()
        lake, mirror = folder / "lake", folder / "mirror"
        return cls(None, lake, mirror, None, folder, limits.max_bad_rows, limits.max_fall, None)

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
