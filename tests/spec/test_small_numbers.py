"""Small numbers: what an area user may see of a count of patients. Source: OpenSAFELY's disclosure control."""

import polars as pl
import pytest

from reachwell.small_numbers import shown_count, suppressed

COUNTS = {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1_002: 1_000, 1_003: 1_005}


@pytest.mark.parametrize(("count", "seen"), COUNTS.items())
def test_up_to_7_are_hidden_and_the_rest_rounded_to_5(count: int, seen: int | None) -> None:
    """Nobody stays nobody: an empty count tells of no person."""
    assert pl.DataFrame({"patients": [count]}).select(suppressed(pl.col("patients"))).item() == seen


def test_a_count_that_is_not_known_is_not_shown() -> None:
    frame = pl.DataFrame({"patients": [None, 20]}, schema={"patients": pl.Int64})
    assert frame.select(suppressed(pl.col("patients"))).to_series().to_list() == [None, 20]


@pytest.mark.parametrize(("seen", "words"), [(None, "7 or fewer"), (0, "0"), (10, "10"), (1_005, "1,005")])
def test_a_hidden_count_is_shown_as_7_or_fewer(seen: int | None, words: str) -> None:
    assert shown_count(seen) == words
