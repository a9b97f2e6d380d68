"""High medicine cost: at least £20 a week over 12 weeks, which is £240 in all."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    medicine
    patient | on_date    | cost_pence || medicine_pounds_per_week value | medicine_cost | points
    240.00  | 2026-11-01 | 24000      || 20                             | met           | 1
    239.99  | 2026-11-01 | 23999      || 19.9992                        | not_met       | 0
    in two  | 2026-09-01 | 12000      ||                                |               |
            | 2026-11-01 | 12000      || 20                             | met           | 1
    free    | 2026-11-01 | 0          || 0                              | not_met       | 0

    found
    patient      || medicine_pounds_per_week value | medicine_cost
    no medicines || 0                              | not_met
""")
def test_the_cost_of_all_issues_is_spread_over_the_weeks():
    """Whoever has no issue costs nothing, and that is known."""


@chapter.shows("""
    medicine
    patient    | on_date    | cost_pence || medicine_cost
    12 weeks   | 2026-08-29 | 24000      || not_met
    a day less | 2026-08-30 | 24000      || met
    index date | 2026-11-21 | 24000      || met
    day after  | 2026-11-22 | 24000      || not_met
""")
def test_issues_of_the_last_12_weeks_count():
    """The day 12 weeks before the index date is no longer in, the index date is."""


@chapter.shows("""
    medicine
    patient      | on_date    | cost_pence || medicine_cost
    some unknown | 2026-11-01 | 23999      ||
                 | 2026-11-02 |            || not_known
    enough       | 2026-11-01 | 24000      ||
                 | 2026-11-02 |            || met
    none known   | 2026-11-02 |            || not_known
    long ago     | 2026-11-01 | 100        ||
                 | 2025-11-02 |            || not_met
""")
def test_an_issue_without_a_cost_makes_the_sum_a_lower_bound():
    """What is known may be enough; if not, the rest might have made it so. Issues before the 12 weeks do not matter."""


@chapter.shows(
    """
    medicine
    patient      | on_date    | cost_pence || medicine_cost
    has issues   | 2026-11-01 |            || not_known

    found
    patient      || medicine_cost
    no medicines || not_known
    """,
    empty=("medicine",),
)
def test_it_is_not_known_where_the_practice_sends_no_cost_at_all():
    """Then no issue has a price, and nobody can be said to be cheap."""


@chapter.shows("""
    patient
    patient        | registered_on
    new, dear      | 2026-10-01
    new, cheap     | 2026-10-01
    whole 12 weeks | 2026-08-30
    a day short    | 2026-08-31
    not given      |

    medicine
    patient        | on_date    | cost_pence || medicine_cost
    new, dear      | 2026-11-01 | 24000      || met
    new, cheap     | 2026-11-01 | 100        || not_known
    whole 12 weeks | 2026-11-01 | 100        || not_met
    a day short    | 2026-11-01 | 100        || not_known
    not given      | 2026-11-01 | 100        || not_known
""")
def test_of_a_patient_registered_for_less_it_is_a_lower_bound():
    """What another practice issued before is not known here."""
