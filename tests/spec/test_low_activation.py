"""Low activation: PAM level 1 or 2, as the newest level or score within 24 months says."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient | on_date    | code                         | value || pam_level value | low_activation | points
    1       | 2026-05-01 | 962851000000103 PAM level    | 1     || 1               | met            | 3
    2       | 2026-05-01 | 962851000000103 PAM level    | 2     || 2               | met            | 3
    3       | 2026-05-01 | 962851000000103 PAM level    | 3     || 3               | not_met        | 0
    4       | 2026-05-01 | 962851000000103 PAM level    | 4     || 4               | not_met        | 0
""")
def test_levels_1_and_2_are_low():
    """A recorded level is taken as it is."""


@chapter.shows("""
    event
    patient | on_date    | code                         | value || pam_level value | low_activation
    0       | 2026-05-01 | 925431000000109 PAM-13 score | 0     || 1               | met
    47.0    | 2026-05-01 | 925431000000109 PAM-13 score | 47.0  || 1               | met
    47.1    | 2026-05-01 | 925431000000109 PAM-13 score | 47.1  || 2               | met
    55.1    | 2026-05-01 | 925431000000109 PAM-13 score | 55.1  || 2               | met
    55.2    | 2026-05-01 | 925431000000109 PAM-13 score | 55.2  || 3               | not_met
    72.4    | 2026-05-01 | 925431000000109 PAM-13 score | 72.4  || 3               | not_met
    72.5    | 2026-05-01 | 925431000000109 PAM-13 score | 72.5  || 4               | not_met
    100     | 2026-05-01 | 925431000000109 PAM-13 score | 100   || 4               | not_met
""")
def test_a_score_falls_into_a_level_by_the_cut_points():
    """47.0, 55.1 and 72.4 are the last scores of levels 1, 2 and 3."""


@chapter.shows("""
    event
    patient | on_date    | code                         | value || pam_level value
    47.04   | 2026-05-01 | 925431000000109 PAM-13 score | 47.04 || 1
    47.05   | 2026-05-01 | 925431000000109 PAM-13 score | 47.05 || 2
    55.14   | 2026-05-01 | 925431000000109 PAM-13 score | 55.14 || 2
    55.15   | 2026-05-01 | 925431000000109 PAM-13 score | 55.15 || 3
    72.44   | 2026-05-01 | 925431000000109 PAM-13 score | 72.44 || 3
    72.45   | 2026-05-01 | 925431000000109 PAM-13 score | 72.45 || 4
""")
def test_a_score_is_rounded_to_one_decimal_first():
    """So that no score falls between two levels."""


@chapter.shows("""
    event
    patient     | on_date    | code                         | value || pam_level value | low_activation
    -1          | 2026-05-01 | 925431000000109 PAM-13 score | -1    || -               | not_known
    101         | 2026-05-01 | 925431000000109 PAM-13 score | 101   || -               | not_known
    level 0     | 2026-05-01 | 962851000000103 PAM level    | 0     || -               | not_known
    level 5     | 2026-05-01 | 962851000000103 PAM level    | 5     || -               | not_known
    level 1.5   | 2026-05-01 | 962851000000103 PAM level    | 1.5   || -               | not_known
    no value    | 2026-05-01 | 962851000000103 PAM level    |       || -               | not_known
    then broken | 2025-05-01 | 962851000000103 PAM level    | 2     ||                 |
                | 2026-05-01 | 925431000000109 PAM-13 score | 101   || 2               | met
""")
def test_what_cannot_be_a_score_or_a_level_counts_for_nothing():
    """Nor does it hide the newest good one."""


@chapter.shows("""
    event
    patient  | on_date    | code                         | value || pam_level value
    better   | 2025-05-01 | 962851000000103 PAM level    | 1     ||
             | 2026-05-01 | 925431000000109 PAM-13 score | 80    || 4
    one day  | 2026-05-01 | 962851000000103 PAM level    | 3     ||
             | 2026-05-01 | 925431000000109 PAM-13 score | 40    || 3
""")
def test_the_newest_wins_and_of_one_day_the_level():
    """A level was stated; a score is turned into one by us."""


@chapter.shows("""
    event
    patient      | on_date    | code                      | value || low_activation
    24 months    | 2024-11-21 | 962851000000103 PAM level | 1     || not_known
    a day less   | 2024-11-22 | 962851000000103 PAM level | 1     || met
    index date   | 2026-11-21 | 962851000000103 PAM level | 1     || met
    undated      |            | 962851000000103 PAM level | 1     || not_known

    found
    patient        || low_activation
    never measured || not_known
""")
def test_it_is_not_known_of_whoever_was_not_measured_within_24_months():
    """PAM is missing for most people; missing is not "no"."""
