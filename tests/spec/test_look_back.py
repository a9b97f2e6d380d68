"""Look-backs: every window begins after `since` and ends with the index date."""

from datetime import date

import pytest

from reachwell.look_back import LookBack


@pytest.mark.parametrize(
    ("look_back", "on", "since"),
    [
        ("12 months", "2026-11-21", "2025-11-21"),
        ("24 months", "2026-11-21", "2024-11-21"),
        ("2 years", "2026-11-21", "2024-11-21"),
        ("12 weeks", "2026-11-21", "2026-08-29"),
        ("84 days", "2026-11-21", "2026-08-29"),
        ("1 day", "2026-01-01", "2025-12-31"),
        ("1 month", "2026-01-15", "2025-12-15"),
        ("13 months", "2026-01-15", "2024-12-15"),
    ],
)
def test_a_look_back_begins_after_the_same_day_that_long_ago(look_back: str, on: str, since: str) -> None:
    assert LookBack.parse(look_back).since(date.fromisoformat(on)) == date.fromisoformat(since)


@pytest.mark.parametrize(
    ("look_back", "on", "since"),
    [
        ("12 months", "2024-02-29", "2023-02-28"),
        ("1 year", "2024-02-29", "2023-02-28"),
        ("48 months", "2024-02-29", "2020-02-29"),
        ("12 months", "2025-02-28", "2024-02-28"),
        ("12 months", "2025-03-01", "2024-03-01"),
        ("1 month", "2025-03-31", "2025-02-28"),
        ("1 month", "2024-03-31", "2024-02-29"),
        ("6 months", "2025-08-31", "2025-02-28"),
        ("365 days", "2024-02-29", "2023-03-01"),
    ],
)
def test_where_the_earlier_month_is_shorter_it_begins_after_its_last_day(look_back: str, on: str, since: str) -> None:
    assert LookBack.parse(look_back).since(date.fromisoformat(on)) == date.fromisoformat(since)


@pytest.mark.parametrize("look_back", ["9999 years", "9999 months", "9999 weeks", "9999 days"])
def test_a_look_back_begins_with_the_calendar_at_the_earliest(look_back: str) -> None:
    assert LookBack.parse(look_back).since(date(2, 1, 1)) == date.min


@pytest.mark.parametrize(
    ("look_back", "weeks"), [("12 weeks", 12), ("84 days", 12), ("1 day", 1 / 7), ("12 months", 365 / 7)]
)
def test_its_length_in_weeks_is_that_of_its_days(look_back: str, weeks: float) -> None:
    assert LookBack.parse(look_back).weeks(date(2026, 11, 21)) == weeks


@pytest.mark.parametrize("text", ["1 year", "12 months", "1 week", "90 days"])
def test_it_is_written_as_it_was_read(text: str) -> None:
    assert str(LookBack.parse(f" {text} ")) == text


@pytest.mark.parametrize(
    "text", ["12", "months", "0 months", "-1 days", "1.5 years", "12 fortnights", "12 months ago", ""]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write a period such as '12 months'"):
        LookBack.parse(text)
