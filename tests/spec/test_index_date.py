"""The index date: what is later than it, or was written later, is not there; what was never sent is not known."""

from datetime import date

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient        | on_date    | recorded_on | code                  || lives_alone
    today          | 2026-11-21 | 2026-11-21  | 105529008 Lives alone || met
    tomorrow       | 2026-11-22 |             | 105529008 Lives alone || not_known
    written late   | 2026-11-01 | 2026-11-22  | 105529008 Lives alone || not_known
    written        | 2026-11-01 | 2026-11-21  | 105529008 Lives alone || met
    no day written | 2026-11-01 |             | 105529008 Lives alone || met
    undated, late  |            | 2026-11-22  | 105529008 Lives alone || not_known
""")
def test_rows_dated_or_recorded_later_do_not_exist():
    """A run for an earlier day sees what that day saw."""


@chapter.shows("""
    event
    patient | on_date    | recorded_on | code                        || lives_alone
    ann     | 2025-01-01 |             | 105529008 Lives alone       ||
            | 2026-11-01 | 2026-11-22  | 224133007 Lives with family || met
    ben     | 2025-01-01 |             | 105529008 Lives alone       ||
            | 2026-11-22 |             | 224133007 Lives with family || met
""")
def test_what_is_later_outdates_nothing():
    """The newest is the newest of what was there."""


@chapter.shows(
    """
    event
    patient | on_date    | code                      || lives_alone | social_need | long_term_conditions | at_risk
    late    | 2026-11-22 | 105529008 Lives alone     || not_known   | not_known   | not_known            | not_known
    """,
    empty=("event",),
)
def test_a_table_that_has_no_row_yet_is_as_good_as_empty():
    """What the practice begins to send tomorrow says nothing of whom it had today."""


@chapter.shows(
    """
    contact
    patient | on_date    | days || not_using_services | frequent_attendance | mental_health | points | points_if_known
    ann     | 2026-11-01 | 2    || not_met            | not_met             | not_known     | 0      | 12
    """,
    empty=("event",),
)
def test_where_no_events_are_sent_what_rests_on_them_is_not_known():
    """But what rests on contacts and medicines is: a condition or none, Ann does use services."""


@chapter.shows(
    """
    patient
    patient    | care_home || step          | route
    marked     | yes       || another route | care_home
    not marked | no        || eligible      | -
    """,
    empty=("event",),
)
def test_a_yes_is_a_yes_whatever_else_is_not_sent():
    """The source marks who lives in a care home; without events nobody else can be said not to."""


@chapter.shows(
    """
    event
    patient | on_date    | code             || not_using_services
    ann     | 2020-01-01 | 195967001 Asthma || not_known
    """,
    covers_from=date(2025, 11, 23),
)
def test_counts_reach_back_no_further_than_the_extract():
    """A day is missing from the 12 months, and there might have been a contact on it."""


@chapter.shows(
    """
    event
    patient | on_date    | code             || not_using_services
    ann     | 2020-01-01 | 195967001 Asthma || met
    """,
    covers_from=date(2025, 11, 22),
    migrated_on=date(2025, 11, 22),
)
def test_an_extract_or_system_that_begins_with_the_look_back_is_enough():
    """The first day of the 12 months is the day after 21 November 2025."""


@chapter.shows("""
    event
    patient | on_date    | code                        || lives_alone
    ann     | 2026-01-01 | 105529008 Lives alone       || met
""")
def test_a_person_belongs_to_one_practice():
    """The Ann of this practice lives alone; see the next one's."""


@chapter.shows("""
    event
    patient | on_date    | code                        || lives_alone
    ann     | 2026-02-01 | 224133007 Lives with family || not_met

    contact
    patient | on_date    | days || contact_days value
    ann     | 2026-02-01 | 3    || 3
""")
def test_the_same_pseudonym_in_another_practice_is_somebody_else():
    """Though both practices are measured in one batch."""
