"""Who is left out, who needs somebody else than a link worker, and who can be on the list."""

from datetime import date

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    patient
    patient          | birth_month | registered_on | deregistered_on | died_on    || step
    here             | 1950-01     | 2000-01-01    |                 |            || eligible
    died             | 1950-01     | 2000-01-01    |                 | 2026-11-21 || died
    died tomorrow    | 1950-01     | 2000-01-01    |                 | 2026-11-22 || eligible
    left             | 1950-01     | 2000-01-01    | 2026-11-21      |            || left the practice
    leaves tomorrow  | 1950-01     | 2000-01-01    | 2026-11-22      |            || eligible
    died, then left  | 1950-01     | 2000-01-01    | 2026-11-02      | 2026-11-01 || died
    joins today      | 1950-01     | 2026-11-21    |                 |            || eligible
    joins tomorrow   | 1950-01     | 2026-11-22    |                 |            || not registered yet
    joined some time | 1950-01     |               |                 |            || eligible
    born tomorrow    | 2026-12     | 2026-11-21    |                 |            || nobody
""")
def test_only_people_alive_and_registered_on_the_index_date_are_listed():
    """What happens after the index date has not happened."""


@chapter.shows("""
    patient
    patient   | birth_month || step
    18        | 2008-11     || eligible
    nearly 18 | 2008-12     || under the minimum age
    child     | 2020-01     || under the minimum age
""")
def test_people_come_of_age_with_the_month_of_their_birth():
    """The day of birth is not sent, so the first of the month stands for it."""


@chapter.shows(
    """
    patient
    patient   | birth_month || step
    18        | 2006-02     || eligible
    nearly 18 | 2006-03     || under the minimum age
    """,
    on=date(2024, 2, 29),
)
def test_the_29th_of_february_is_still_february():
    """March begins the day after."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || step
    out       | 2015-01-01 | 827241000000103 Dissent            || type_1_opt_out
    read2     | 2015-01-01 | 9Nu0. Dissent                      || type_1_opt_out
    ctv3      | 2015-01-01 | XaZ89 Dissent                      || type_1_opt_out
    in again  | 2015-01-01 | 827241000000103 Dissent            ||
              | 2020-01-01 | 827261000000102 Dissent withdrawn  || eligible
    out again | 2015-01-01 | 827241000000103 Dissent            ||
              | 2020-01-01 | 827261000000102 Dissent withdrawn  ||
              | 2022-01-01 | 827241000000103 Dissent            || type_1_opt_out
    one day   | 2015-01-01 | 827261000000102 Dissent withdrawn  ||
              | 2015-01-01 | 827241000000103 Dissent            || type_1_opt_out
    undated   |            | 827241000000103 Dissent            || type_1_opt_out
    then in   |            | 827241000000103 Dissent            ||
              | 2015-01-01 | 827261000000102 Dissent withdrawn  || eligible
""")
def test_the_latest_of_opt_out_and_withdrawal_wins():
    """On one day the opt-out holds. It is looked for without any look-back."""


@chapter.shows("""
    event
    patient     | on_date    | code                      || step
    referred    | 2026-05-01 | 871731000000106 Referral  || referred
    by read2    | 2026-05-01 | 8T09. Referral            || referred
    12 months   | 2025-11-21 | 871731000000106 Referral  || eligible
    a day less  | 2025-11-22 | 871731000000106 Referral  || referred
    undated     |            | 871731000000106 Referral  || eligible
    declined    | 2026-05-01 | 871711000000103 Declined  || declined
    long ago    | 2025-11-21 | 871711000000103 Declined  || eligible
    not long    | 2025-11-22 | 871711000000103 Declined  || declined
    both        | 2026-05-01 | 871711000000103 Declined  ||
                | 2026-04-01 | 871731000000106 Referral  || referred
    opted out   | 2026-05-01 | 871731000000106 Referral  ||
                | 2026-05-01 | 827241000000103 Dissent   || type_1_opt_out
""")
def test_who_was_referred_or_declined_within_12_months_is_left_out():
    """The first exclusion that fits is told."""


@chapter.shows("""
    event
    patient       | on_date    | code                              || step          | route
    dying         | 2019-01-01 | 526631000000108 End of life       || another route | end_of_life
    undated       |            | 713673000 End of life care plan   || another route | end_of_life
    self-harm     | 2026-01-01 | 401206008 Deliberate self-harm    || another route | self_harm
    long ago      | 2025-11-21 | 401206008 Deliberate self-harm    || eligible      | -
    safeguarding  | 2024-11-22 | 766561000000109 Safeguarding      || another route | adult_safeguarding
    over          | 2024-11-21 | 766561000000109 Safeguarding      || eligible      | -
    psychosis     | 2001-01-01 | 69322001 Psychotic disorder       || another route | serious_mental_illness
    care home     | 2026-01-01 | 248171000000108 Lives in care home|| another route | care_home

    medicine
    patient       | on_date    | name                              || step          | route
    lithium       | 2025-11-22 | Lithium carbonate 400mg           || another route | serious_mental_illness
    lithium once  | 2025-11-21 | Lithium carbonate 400mg           || eligible      | -
""")
def test_whom_a_clinician_or_the_care_home_team_should_see_goes_another_route():
    """They are counted apart, never silently dropped."""


@chapter.shows("""
    event
    patient     | on_date    | code            | value || step          | route
    14          | 2026-10-01 | 720433000 PHQ-9 | 14    || eligible      | -
    15          | 2026-10-01 | 720433000 PHQ-9 | 15    || another route | severe_depression
    27          | 2026-10-01 | 720433000 PHQ-9 | 27    || another route | severe_depression
    28          | 2026-10-01 | 720433000 PHQ-9 | 28    || eligible      | -
    better      | 2026-09-01 | 720433000 PHQ-9 | 20    ||               |
                | 2026-10-01 | 720433000 PHQ-9 | 10    || eligible      | -
    6 months    | 2026-05-21 | 720433000 PHQ-9 | 20    || eligible      | -
""")
def test_a_phq9_of_15_or_more_goes_to_a_clinician():
    """Moderately severe and severe depression, by the newest score within 6 months."""


@chapter.shows("""
    event
    patient       | on_date    | code                              || route
    dementia      | 2020-01-01 | 52448006 Dementia                 || -
    severe        | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 925861000000102 Severe frailty    || severe_dementia
    moderate      | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 925831000000107 Moderate frailty  || -
    was severe    | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 925861000000102 Severe frailty    ||
                  | 2021-01-01 | 925831000000107 Moderate frailty  || -
    housebound    | 2020-01-01 | 26929004 Alzheimer's disease      ||
                  | 2020-01-01 | 160689007 Housebound              || severe_dementia
    out again     | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 160689007 Housebound              ||
                  | 2021-01-01 | 760661000000106 No longer         || -
    one day       | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 925831000000107 Moderate frailty  ||
                  | 2020-01-01 | 925861000000102 Severe frailty    || severe_dementia
    in and out    | 2020-01-01 | 52448006 Dementia                 ||
                  | 2020-01-01 | 160689007 Housebound              ||
                  | 2020-01-01 | 760661000000106 No longer         || -
    frail only    | 2020-01-01 | 925861000000102 Severe frailty    || -
""")
def test_dementia_with_severe_frailty_or_housebound_goes_to_a_clinician():
    """No code for the severity of dementia could be verified; these stand for it.

    The newest counts; of one day, the severest frailty, and being housebound no longer.
    """


@chapter.shows("""
    patient
    patient     | care_home || route
    marked      | yes       || care_home
    not marked  | no        || -
    moved in    |           ||
    moved out   |           ||
    one day     |           ||

    event
    patient     | on_date    | code                               | value || route
    moved in    | 2020-01-01 | 105529008 Lives alone              |       ||
                | 2024-01-01 | 160734000 Lives in nursing home    |       || care_home
    moved out   | 2020-01-01 | 160734000 Lives in nursing home    |       ||
                | 2024-01-01 | 224133007 Lives with family        |       || -
    one day     | 2024-01-01 | 160734000 Lives in nursing home    |       ||
                | 2024-01-01 | 224133007 Lives with family        |       || care_home
    household   | 2020-01-01 | 160734000 Lives in nursing home    |       ||
                | 2024-01-01 | 63512-8 Household size             | 1     || care_home
""")
def test_whoever_lives_in_a_care_home_goes_to_its_team():
    """The source marks it, or the newest living status says so; how many live there does not speak of it."""


@chapter.shows("""
    event
    patient     | on_date    | code                              || step           | route     | points
    two routes  | 2026-01-01 | 401206008 Deliberate self-harm    ||                |           |
                | 2026-01-01 | 526631000000108 End of life       || another route  | end_of_life | 0
    also out    | 2026-01-01 | 526631000000108 End of life       ||                |           |
                | 2026-01-01 | 871731000000106 Referral          || referred       | -         | 0
    with points | 2026-01-01 | 526631000000108 End of life       ||                |           |
                | 2026-01-01 | 105529008 Lives alone             || another route  | end_of_life | 2
""")
def test_the_first_route_counts_and_an_exclusion_before_any():
    """Points are given all the same, so that those over the threshold can be counted."""
