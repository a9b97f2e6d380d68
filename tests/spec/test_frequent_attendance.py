"""Frequent attender: in the top tenth by contact days for their sex and age, and at least 10 of them in 12 months."""

from datetime import date

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_rank value | contact_days value | frequent_attendance | points
    often     | 2026-11-01 | 10   || 0.1                | 10                 | met                 | 2
    quite     | 2026-11-01 | 9    || 0.2                | 9                  | not_met             | 0

    found
    patient   || contact_rank value | contact_days value | frequent_attendance | points
    quiet x 8 || 0.3                | 0                  | not_met             | 0
""")
def test_one_of_ten_is_the_top_tenth():
    """The rank is the share of people up to and with the person."""


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_rank value | frequent_attendance
    often     | 2026-11-01 | 40   || 0.111111           | not_met

    found
    patient   || frequent_attendance
    quiet x 8 || not_met
""")
def test_of_nine_people_nobody_is_the_top_tenth():
    """However many contacts there were."""


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_rank value | frequent_attendance
    most      | 2026-11-01 | 9    || 0.05               | not_met

    found
    patient   || frequent_attendance
    quiet x 19|| not_met
""")
def test_the_top_tenth_needs_ten_contact_days():
    """In a practice that sees few people, attending more than the others is not frequent."""


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_rank value | frequent_attendance
    tied x 3  | 2026-11-01 | 12   || 0.1                | met

    found
    patient   || contact_rank value
    quiet x 7 || 0.4
""")
def test_people_who_tie_share_the_better_rank():
    """Three with as many days as each other are all first of ten; whoever follows is fourth."""


@chapter.shows("""
    contact
    patient   | on_date    | days | kind  | status    || contact_days value | frequent_attendance
    days      | 2026-11-01 | 10   | gp    | attended  ||                    |
              | 2026-11-01 | 10   | nurse | attended  || 10                 | met
    contacts  | 2026-11-01 | 9    | gp    | attended  ||                    |
              | 2026-11-01 | 9    | nurse | attended  || 9                  | not_met
    missed    | 2026-11-01 | 20   | gp    | missed    || 0                  | not_met
    cancelled | 2026-11-01 | 20   | gp    | cancelled || 0                  | not_met

    found
    patient    || frequent_attendance
    quiet x 20 || not_met
""")
def test_contact_days_count_not_contacts():
    """Encounters differ by supplier, days do not. What was missed or cancelled was no contact."""


@chapter.shows("""
    contact
    patient   | on_date    | days || contact_days value | frequent_attendance
    in        | 2025-12-01 | 10   || 10                 | met
    one out   | 2025-11-30 | 10   || 9                  | not_met
    today     | 2026-11-21 | 10   || 10                 | met
    tomorrow  | 2026-11-22 | 10   || 9                  | not_met

    found
    patient    || frequent_attendance
    quiet x 40 || not_met
""")
def test_contacts_of_the_last_12_months_count():
    """From 22 November 2025 to 21 November 2026."""


@chapter.shows("""
    patient
    patient    | sex    | birth_month
    woman      | female | 1950-01
    women x 9  | female | 1950-01
    man        | male   | 1950-01
    men x 9    | male   | 1950-01
    young      | female | 1990-01
    youths x 9 | female | 1990-01

    contact
    patient    | on_date    | days || frequent_attendance
    woman      | 2026-11-01 | 11   || met
    women x 9  | 2026-11-01 | 10   || not_met
    man        | 2026-11-01 | 40   || met
    men x 9    | 2026-11-01 | 30   || not_met
    young      | 2026-11-01 | 15   || met
    youths x 9 | 2026-11-01 | 14   || not_met
""")
def test_sexes_and_age_bands_are_ranked_apart():
    """Women and the old attend more; each is compared with their like."""


@chapter.shows("""
    patient
    patient   | birth_month
    64        | 1961-12
    60 x 9    | 1966-01
    65        | 1961-11
    70 x 9    | 1956-01
    44        | 1981-12
    30 x 9    | 1996-01
    45        | 1981-11

    contact
    patient   | on_date    | days || contact_rank value | frequent_attendance
    64        | 2026-11-01 | 12   || 0.181818           | not_met
    60 x 9    | 2026-11-01 | 11   || 0.272727           | not_met
    65        | 2026-11-01 | 30   || 0.1                | met
    70 x 9    | 2026-11-01 | 20   || 0.2                | not_met
    44        | 2026-11-01 | 50   || 0.1                | met
    30 x 9    | 2026-11-01 | 40   || 0.2                | not_met
    45        | 2026-11-01 | 13   || 0.0909091          | met
""")
def test_the_bands_begin_at_18_45_and_65():
    """Eleven people are from 45 to 64; ten are older, ten are younger."""


@chapter.shows("""
    patient
    patient   | registered_on
    new       | 2025-11-23
    just long | 2025-11-22
    not given |

    contact
    patient   | on_date    | days || contact_rank value | frequent_attendance
    new       | 2026-11-01 | 60   || -                  | not_known
    not given | 2026-11-01 | 60   || -                  | not_known
    just long | 2026-11-01 | 12   || 0.1                | met
    often x 9 | 2026-11-01 | 11   || 0.2                | not_met
""")
def test_who_was_not_registered_for_all_12_months_is_not_ranked():
    """They neither have a rank nor push others down; the days they have are a lower bound."""


@chapter.shows("""
    patient
    patient   | died_on    | deregistered_on | registered_on
    died      | 2026-11-20 |                 | 2000-01-01
    left      |            | 2026-11-20      | 2000-01-01

    contact
    patient   | on_date    | days || contact_rank value
    died      | 2026-11-01 | 60   || -
    left      | 2026-11-01 | 60   || -
    often     | 2026-11-01 | 12   || 0.1

    found
    patient   || contact_rank value
    quiet x 9 || 0.2
""")
def test_who_died_or_left_is_not_ranked():
    """The rank is among those the practice looks after now."""


@chapter.shows(
    """
    contact
    patient   | on_date    | days || contact_rank value | contact_days value | frequent_attendance
    often     | 2026-11-01 | 12   || -                  | 12                 | not_known

    found
    patient   || frequent_attendance
    quiet x 9 || not_known
    """,
    covers_from=date(2026, 1, 1),
)
def test_where_the_extract_covers_less_nobody_is_ranked():
    """Nor where the practice changed its system within the 12 months."""


@chapter.shows(
    """
    contact
    patient   | on_date    | days || contact_rank value | contact_days value | frequent_attendance
    often     | 2026-11-01 | 12   || -                  | 12                 | not_known
    """,
    migrated_on=date(2025, 11, 23),
)
def test_where_the_system_was_changed_nobody_is_ranked():
    """What was recorded before a change of system may not have come along."""


@chapter.shows(
    """
    found
    patient    || contact_rank value | contact_days value | frequent_attendance
    anyone x 5 || -                  | -                  | not_known
    """,
    empty=("contact",),
)
def test_where_no_contacts_are_sent_nobody_is_ranked():
    """Nobody having any is no tie."""
