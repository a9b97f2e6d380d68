"""Confidence limits of shares, against SciPy's and against a published example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from reachwell.limits import Estimate, difference, share


@given(st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_has_wilsons_limits(counts: tuple[int, int]) -> None:
    count, of = counts
    found = share(count, of)
    limits = binomtest(count, of).proportion_ci(method="wilson")
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((count / of, limits.low, limits.high), abs=1e-9)


@pytest.mark.parametrize(("count", "of"), [(None, 10), (10, None), (3, 0)])
def test_there_is_no_share_of_nobody_or_of_what_is_hidden(count: int | None, of: int | None) -> None:
    assert share(count, of) is None


def test_a_rounded_part_may_be_more_than_the_rounded_whole() -> None:
    assert share(20, 10) == share(10, 10)


def test_a_difference_has_newcombes_limits() -> None:
    """Source: Newcombe, Stat Med 1998;17:873, table II, method 10, contrast (a): 56/70 and 48/80."""
    found = difference(share(56, 70), share(48, 80))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_nothing_differs_from_what_is_not_known() -> None:
    assert difference(None, Estimate(0.5, 0.4, 0.6)) is None
    assert difference(Estimate(0.5, 0.4, 0.6), None) is None
