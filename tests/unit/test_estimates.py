"""Rates, shares and their limits: published examples, and how often the limits hold."""

import numpy as np
import pytest

from reachwell.estimates import dispersion, rate, told_rate, told_share
from reachwell.limits import Estimate, difference, share


def rounded(estimate: Estimate | None) -> tuple[float, ...] | None:
    return estimate and tuple(round(each, 4) for each in (estimate.value, estimate.low, estimate.high))


def test_a_rate_has_limits_from_how_much_people_differ() -> None:
    # Of 0, 2 and 4: the mean is 2, the standard error of the sum root(8 x 3/2), of the mean a third of that: 1.1547.
    events, years = np.array([0.0, 2.0, 4.0]), np.ones(3)
    assert rounded(rate(events, years)) == (2.0, 0.0, 4.2632)
    # Half of the time is twice the rate.
    assert rate(events, years / 2).value == 4.0
    assert dispersion(events, years) == pytest.approx(12 / 6)


def test_whoever_left_counts_for_the_time_until_then() -> None:
    assert rate(np.array([1.0, 1.0]), np.array([1.0, 0.25])).value == 2 / 1.25


@pytest.mark.parametrize("events", [[], [3.0]])
def test_of_fewer_than_two_people_no_limits_are_known(events: list[float]) -> None:
    assert rate(np.array(events), np.ones(len(events))) is None
    assert dispersion(np.array(events), np.ones(len(events))) is None


def test_limits_hold_where_few_people_have_most_events() -> None:
    draw, held = np.random.default_rng(7), 0
    for _ in range(1000):
        # A gamma of shape 0.5 makes the variance nine times that of a Poisson count.
        people = draw.poisson(draw.gamma(0.5, 8, size=500)).astype(float)
        found = rate(people, np.ones(500))
        held += found.low <= 4 <= found.high
    assert 930 <= held <= 970


def test_shares_and_differences_are_those_published() -> None:
    # Newcombe 1998, Statistics in Medicine 17: 857 (method 3) and 873 (method 10).
    assert rounded(share(15, 148)) == (0.1014, 0.0624, 0.1605)
    assert rounded(difference(share(56, 70), share(48, 80))) == (0.2, 0.0524, 0.3339)
    assert rounded(share(0, 10)) == (0.0, 0.0, 0.2775)
    assert share(0, 0) is None
    assert difference(share(1, 2), None) is None


def test_told_limits_hold_the_exact_ones_whatever_the_told_figures_stand_for() -> None:
    draw = np.random.default_rng(5)
    for _ in range(200):
        people = draw.poisson(draw.gamma(0.5, 8, size=int(draw.integers(20, 400)))).astype(float)
        events, years = people.sum(), float(len(people))
        exact = rate(people, np.ones(len(people)))
        for step in (10, 50):
            nearest = int((events + 5) // 10 * 10)
            coarse = (nearest + step // 2) // step * step
            told = told_rate(coarse, int((years + 5) // 10 * 10), dispersion(people, np.ones(len(people))), step)
            if told:
                assert told.low <= exact.low
                assert told.high >= exact.high


def test_told_shares_hold_the_exact_ones() -> None:
    for of in range(8, 120, 7):
        for count in range(8, of + 1):
            told = told_share((count + 5) // 10 * 10, (of + 5) // 10 * 10)
            exact = share(count, of)
            assert told.low <= exact.low + 1e-12
            assert told.high >= exact.high - 1e-12
            assert 0 <= told.low <= told.value <= told.high <= 1


def test_what_is_hidden_gives_nothing() -> None:
    assert told_rate(None, 100, 1.0, 10) is None
    assert told_rate(100, None, 1.0, 10) is None
    assert told_rate(100, 100, None, 10) is None
    assert told_share(None, 100) is None
    assert told_share(10, None) is None
    assert told_share(0, 0) is None
