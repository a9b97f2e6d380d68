"""Invented practices against published figures: within stated bands, and with outcomes that can be foreseen a little.

docs/calibration.md shows the same figures of many practices together, with their sources.
"""

from datetime import date, timedelta

import pytest

from reachwell.invent import Tables, figures, invent_practice
from reachwell.invent.calibration import measured
from reachwell.invent.calibration.outcomes import discrimination
from reachwell.invent.figures import EVER_CODED

DAY = date(2026, 11, 19)
# How far one practice of 6,000 may lie from a figure, as a share of it: practices differ in deprivation, and of what
# is rare a practice has few.
COMMON, USUAL, RARE = 0.12, 0.25, 0.6
BANDS = {
    "women": (figures.WOMEN, 0.05), "aged 65 to 84": (0.16, 0.12), "aged 85 and over": (0.024, RARE),
    "deaths in a year": (figures.DEATHS_A_YEAR, RARE),
    "women over 65 living alone": (figures.ALONE_WOMEN, 0.2), "men over 65 living alone": (figures.ALONE_MEN, 0.2),
    "people living alone": (figures.ALONE, 0.15),
    "coded in the last 5 years, of those": (figures.LIVING_STATUS_FRESH, USUAL),
    "consultations": (figures.CONSULTATIONS, 0.2), "their consultations, times the mean": (0.529 / 0.272, COMMON),
    "adults with 2 conditions or more": (figures.MULTIMORBID_ADULTS, 0.3),
    "GP consultations of the top tenth": (figures.TOP_TENTH_CONSULTATIONS, COMMON),
    "frequent attenders for 3 years": (figures.PERSISTENT_ATTENDERS, 0.45),
    "top 3% attending less in 6 months": (figures.FALL_BACK, COMMON),
    "emergencies": (figures.EMERGENCIES, 0.45), "admissions": (figures.ADMISSIONS, RARE),
    "emergencies on Mondays": (figures.EMERGENCIES_ON_MONDAY, COMMON),
    "pounds of medicines a week": (figures.MEDICINES_A_WEEK, USUAL),
    "pounds an item": (figures.MEDICINES_AN_ITEM, COMMON),
    **{f"PAM level {place}": (share, RARE) for place, share in enumerate(figures.PAM_LEVELS, start=1)},
    **{
        name: (share, USUAL if share > 0.1 else 0.35 if share > 0.025 else RARE)
        for name, share in EVER_CODED.items()
        if name != "carer"
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def practice() -> Tables:
    return invent_practice("B83001", 6000, 7, DAY, noted_each=0)


@pytest.fixture(scope="module")
def found(practice: Tables) -> dict[str, float]:
    return measured([practice], DAY)


@pytest.mark.parametrize("name", BANDS)
def test_a_figure_is_about_the_published_one(found: dict[str, float], name: str) -> None:
    published, band = BANDS[name]
    assert found[name] == pytest.approx(published, rel=band)


def test_the_youngest_the_oldest_and_women_come_most(found: dict[str, float]) -> None:
    rates = [found[f"consultations, {age}"] for age in ("5 to 17", "18 to 64", "under 5", "65 to 84", "over 85")]
    assert rates == sorted(rates)
    assert found["consultations, women"] > 1.2 * found["consultations, men"]


def test_the_less_active_come_more(found: dict[str, float]) -> None:
    low, high = (sum(found[f"contacts a year at PAM level {each}"] for each in levels) for levels in ((1, 2), (3, 4)))
    assert low > high


def test_what_is_seldom_recorded_is_seldom_there(found: dict[str, float]) -> None:
    assert 0.03 < found["PAM recorded, adults with conditions"] < 0.12
    assert 0.25 < found["living status coded, over 65"] < 0.45
    assert 0.01 < found["type 1 opt-out"] < 0.05
    assert 0 < found["social prescribing declined"] < found["social prescribing referral"]


def test_a_past_day_looks_like_today(practice: Tables, found: dict[str, float]) -> None:
    past = measured([practice], DAY - timedelta(days=730))
    for name in ("consultations", "emergencies", "pounds of medicines a week", "hypertension", "depression"):
        assert past[name] == pytest.approx(found[name], rel=0.15)


def test_the_next_years_emergencies_and_admissions_can_be_foreseen_a_little(practice: Tables) -> None:
    areas = discrimination([practice], DAY - timedelta(days=365))
    for outcome, least in (("emergency", 0.6), ("admission", 0.65)):
        _, of_age, of_all = areas[outcome]
        assert of_all > least
        assert of_all > of_age + 0.03
        # Nobody can foresee chance.
        assert of_all < 0.85
