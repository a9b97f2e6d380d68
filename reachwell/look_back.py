"""Look-back windows such as "12 months": every window is (since, on]."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_PERIOD = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?")


@dataclass(frozen=True, order=True)
class LookBack:
    """A look-back of so many days, weeks, months or years before the index date."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "12 months", "1 year", "90 days" or "12 weeks"; ValueError says what was expected."""
        found = _PERIOD.fullmatch(text.strip())
        if not found:
            raise ValueError("write a period such as '12 months', '12 weeks' or '90 days'")
        return cls(int(found[1]), found[2])

    def since(self, on: date) -> date:
        """The last day before the window: 12 months before 29 February is 28 February.

        A window that would reach back before the calendar begins starts with the calendar.
        """
        if self.unit in ("day", "week"):
            days = self.count * (7 if self.unit == "week" else 1)
            return on - timedelta(days=days) if days < on.toordinal() else date.min
        months = self.count * (12 if self.unit == "year" else 1)
        year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
        if year < 1:
            return date.min
        last_day = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(on.day, last_day))

    def weeks(self, on: date) -> float:
        """The window's length in weeks."""
        return (on - self.since(on)).days / 7

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'s' if self.count != 1 else ''}"
