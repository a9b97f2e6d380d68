"""Conditions, but not using services: no contact for 12 months, or more than two missed appointments a year."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient      | on_date    | code
    nobody saw   | 2020-01-01 | 195967001 Asthma
    12 months    | 2020-01-01 | 195967001 Asthma
    a day less   | 2020-01-01 | 195967001 Asthma
    was missed   | 2020-01-01 | 195967001 Asthma

    contact
    patient      | on_date    | status   || not_using_services | points
    12 months    | 2025-11-21 | attended || met                | 3
    a day less   | 2025-11-22 | attended || not_met            | 1
    was missed   | 2026-11-01 | missed   || met                | 3

    found
    patient      || not_using_services | points
    nobody saw   || met                | 3
    healthy      || not_met            | 0
""")
def test_no_contact_for_12_months_with_a_condition():
    """Whoever has no condition need not be seen. An appointment that was missed is no contact."""


@chapter.shows("""
    event
    patient       | on_date    | code
    six           | 2020-01-01 | 195967001 Asthma
    seven         | 2020-01-01 | 195967001 Asthma
    one is old    | 2020-01-01 | 195967001 Asthma
    none is old   | 2020-01-01 | 195967001 Asthma
    cancelled     | 2020-01-01 | 195967001 Asthma
    twice a day   | 2020-01-01 | 195967001 Asthma

    contact
    patient       | on_date    | days | status    | kind  || missed_appointments value | not_using_services
    six           | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2025-01-01 | 6    | missed    | gp    || 6                         | not_met
    seven         | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2025-01-01 | 7    | missed    | gp    || 7                         | met
    one is old    | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2023-11-27 | 7    | missed    | gp    || 6                         | not_met
    none is old   | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2023-11-28 | 7    | missed    | gp    || 7                         | met
    cancelled     | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2025-01-01 | 7    | cancelled | gp    || 0                         | not_met
    twice a day   | 2026-11-01 | 1    | attended  | gp    ||                           |
                  | 2025-01-01 | 4    | missed    | gp    ||                           |
                  | 2025-01-01 | 3    | missed    | nurse || 7                         | met
""")
def test_more_than_six_missed_appointments_in_36_months_with_a_condition():
    """From 22 November 2023 on; appointments count, not days. Who cancels has let the practice know."""


@chapter.shows("""
    patient
    patient     | registered_on
    unseen      | 2026-01-01
    seen        | 2026-01-01
    missing     | 2026-01-01
    healthy     | 2026-01-01
    two years   | 2024-11-01

    event
    patient     | on_date    | code
    unseen      | 2020-01-01 | 195967001 Asthma
    seen        | 2020-01-01 | 195967001 Asthma
    missing     | 2020-01-01 | 195967001 Asthma
    two years   | 2020-01-01 | 195967001 Asthma

    contact
    patient     | on_date    | days | status    || not_using_services
    seen        | 2026-11-01 | 1    | attended  || not_known
    missing     | 2026-11-01 | 7    | missed    || met

    found
    patient     || not_using_services
    unseen      || not_known
    healthy     || not_met
    two years   || met
""")
def test_of_whoever_registered_lately_no_contact_is_not_known():
    """They may have been seen elsewhere; seven missed appointments are enough whenever they registered."""


@chapter.shows(
    """
    event
    patient     | on_date    | code             || contact_days value | not_using_services
    asthmatic   | 2020-01-01 | 195967001 Asthma || -                  | not_known

    found
    patient     || not_using_services
    healthy     || not_met
    """,
    empty=("contact",),
)
def test_where_no_contacts_are_sent_nobody_is_said_not_to_come():
    """A practice that sends none has not seen none."""
