"""Lives alone: the newest living status says; what is old is still known, what nobody recorded is not."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient   | on_date    | code                                      || lives_alone | points
    alone     | 2026-05-01 | 105529008 Lives alone                     || met         | 2
    no help   | 2026-05-01 | 160726006 Lives alone, no help available  || met         | 2
    family    | 2026-05-01 | 224133007 Lives with family               || not_met     | 0
    care home | 2026-05-01 | 248171000000108 Lives in care home        || not_met     | 0
    lonely    | 2026-05-01 | 267076002 Feeling lonely                  || not_known   | 3
""")
def test_a_living_status_says_alone_or_with_others():
    """Feeling lonely says nothing of living alone."""


@chapter.shows("""
    event
    patient   | on_date    | code                        || lives_alone
    widowed   | 2020-03-01 | 447051007 Lives with spouse ||
              | 2025-08-01 | 105529008 Lives alone       || met
    moved in  | 2020-03-01 | 105529008 Lives alone       ||
              | 2025-08-01 | 224133007 Lives with family || not_met
""")
def test_the_newest_living_status_wins():
    """A person lives as the record said last."""


@chapter.shows("""
    event
    patient   | on_date    | code                        || lives_alone
    both      | 2025-08-01 | 105529008 Lives alone       ||
              | 2025-08-01 | 224133007 Lives with family || not_met
""")
def test_with_others_wins_where_one_day_says_both():
    """Where two codes of the newest day contradict each other, the person is not taken to live alone."""


@chapter.shows("""
    event
    patient   | on_date    | code                     | value || lives_alone
    one       | 2026-05-01 | 63512-8 Household size   | 1     || met
    two       | 2026-05-01 | 63512-8 Household size   | 2     || not_met
    nobody    | 2026-05-01 | 63512-8 Household size   | 0     || not_known
    no number | 2026-05-01 | 63512-8 Household size   |       || not_known
    no answer | 2025-05-01 | 105529008 Lives alone    |       ||
              | 2026-05-01 | 63512-8 Household size   | 0     || met
""")
def test_a_household_of_one_lives_alone():
    """A size that cannot be, or is not given, says nothing, and does not outdate what was said before."""


@chapter.shows("""
    event
    patient      | on_date    | code                        || lives_alone
    long ago     | 2009-01-01 | 105529008 Lives alone       || met
    undated      |            | 105529008 Lives alone       || met
    undated, and |            | 105529008 Lives alone       ||
                 | 2009-01-01 | 224133007 Lives with family || not_met
""")
def test_an_old_living_status_is_stale_but_known():
    """There is no look-back. What has no date counts as older than anything dated."""
