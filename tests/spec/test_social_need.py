"""Social need or isolation: by a code, a loneliness score, or many symptoms that no new condition explains."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient   | on_date    | code                       || social_need | points
    lonely    | 2026-05-01 | 267076002 Feeling lonely   || met         | 3
    widowed   | 2026-05-01 | 33553000 Widowed           || met         | 3
    homeless  | 2026-05-01 | 32911000 Homeless          || met         | 3
    money     | 2026-05-01 | 160932005 Financial problem|| met         | 3
    several   | 2026-05-01 | 267076002 Feeling lonely   ||             |
              | 2026-05-01 | 32911000 Homeless          || met         | 3
    married   | 2026-05-01 | 87915002 Married           || not_met     | 0
""")
def test_a_code_of_social_need_is_enough():
    """Several give no more points."""


@chapter.shows("""
    event
    patient    | on_date    | code                     || social_need
    24 months  | 2024-11-21 | 267076002 Feeling lonely || not_met
    a day less | 2024-11-22 | 267076002 Feeling lonely || met
    today      | 2026-11-21 | 267076002 Feeling lonely || met
    tomorrow   | 2026-11-22 | 267076002 Feeling lonely || not_met
    undated    |            | 267076002 Feeling lonely || not_met
""")
def test_it_counts_for_24_months():
    """What has no date is inside no look-back."""


@chapter.shows("""
    event
    patient | on_date    | code                            | value || loneliness_score value | social_need
    5       | 2026-05-01 | UCLA-3 Loneliness score         | 5     || 5                      | not_met
    6       | 2026-05-01 | UCLA-3 Loneliness score         | 6     || 6                      | met
    9       | 2026-05-01 | UCLA-3 Loneliness score         | 9     || 9                      | met
    2       | 2026-05-01 | UCLA-3 Loneliness score         | 2     || -                      | not_met
    10      | 2026-05-01 | UCLA-3 Loneliness score         | 10    || -                      | not_met
    better  | 2025-05-01 | UCLA-3 Loneliness score         | 9     ||                        |
            | 2026-05-01 | UCLA-3 Loneliness score         | 3     || 3                      | not_met
    old     | 2024-11-21 | UCLA-3 Loneliness score         | 9     || -                      | not_met
""")
def test_a_loneliness_score_of_6_is_enough_where_it_was_taken():
    """It runs from 3 to 9. Where it was not taken it is skipped: that alone does not make the need "not known"."""


@chapter.shows("""
    event
    patient     | on_date    | code                || symptom_contact_days value | symptom_chapters value | social_need
    diffuse     | 2026-05-01 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-02 | 25064002 Headache   ||                            |                        |
                | 2026-05-03 | 161891005 Backache  ||                            |                        |
                | 2026-05-04 | 422587007 Nausea    ||                            |                        |
                | 2026-05-05 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-06 | 84229001 Fatigue    || 6                          | 4                      | met
    three kinds | 2026-05-01 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-02 | 25064002 Headache   ||                            |                        |
                | 2026-05-03 | 161891005 Backache  ||                            |                        |
                | 2026-05-04 | 57676002 Joint pain ||                            |                        |
                | 2026-05-05 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-06 | 84229001 Fatigue    || 6                          | 3                      | not_met
    five days   | 2026-05-01 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-02 | 25064002 Headache   ||                            |                        |
                | 2026-05-03 | 161891005 Backache  ||                            |                        |
                | 2026-05-03 | 422587007 Nausea    ||                            |                        |
                | 2026-05-04 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-05 | 84229001 Fatigue    || 5                          | 4                      | not_met
    unseen      | 2026-05-01 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-02 | 25064002 Headache   ||                            |                        |
                | 2026-05-03 | 161891005 Backache  ||                            |                        |
                | 2026-05-04 | 422587007 Nausea    ||                            |                        |
                | 2026-05-05 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-07 | 84229001 Fatigue    || 5                          | 4                      | not_met
    explained   | 2026-05-01 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-02 | 25064002 Headache   ||                            |                        |
                | 2026-05-03 | 161891005 Backache  ||                            |                        |
                | 2026-05-04 | 422587007 Nausea    ||                            |                        |
                | 2026-05-05 | 84229001 Fatigue    ||                            |                        |
                | 2026-05-06 | 84229001 Fatigue    ||                            |                        |
                | 2026-06-01 | 69896004 Arthritis  || 6                          | 4                      | not_met

    contact
    patient     | on_date    | days
    diffuse     | 2026-05-06 | 6
    three kinds | 2026-05-06 | 6
    five days   | 2026-05-06 | 6
    unseen      | 2026-05-06 | 6
    explained   | 2026-05-06 | 6
""")
def test_six_contact_days_with_four_kinds_of_symptom_and_no_new_condition_are_enough():
    """A symptom noted on a day without a contact is no contact day; a new condition explains the symptoms."""


@chapter.shows("""
    patient
    patient | registered_on
    new     | 2026-01-01
    newly   | 2026-01-01

    event
    patient | on_date    | code                       || social_need
    newly   | 2026-05-01 | 267076002 Feeling lonely   || met

    found
    patient || social_need
    new     || not_known
""")
def test_of_whoever_registered_lately_it_is_not_known_unless_it_is_met():
    """The symptoms that another practice recorded might make it so."""
