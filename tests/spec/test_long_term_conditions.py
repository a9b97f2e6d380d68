"""Long-term conditions: one or more of those on the lists, ever, unless resolved later."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient  | on_date    | code                               || long_term_conditions
    asthma   | 1985-01-01 | 195967001 Asthma                   || met
    undated  |            | 38341003 Hypertensive disorder     || met
    today    | 2026-11-21 | 44054006 Type 2 diabetes mellitus  || met
    tomorrow | 2026-11-22 | 44054006 Type 2 diabetes mellitus  || not_met
    worker   | 2026-05-01 | 160903007 Full-time employment     || not_met

    found
    patient  || long_term_conditions
    healthy  || not_met
""")
def test_a_condition_counts_however_long_ago_it_was_recorded():
    """Synthetic extracts call full-time employment a condition; the lists do not."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || long_term_conditions value
    twice     | 2019-01-01 | 195967001 Asthma                   ||
              | 2022-01-01 | 195967001 Asthma                   || 1
    two codes | 2019-01-01 | 38341003 Hypertensive disorder     ||
              | 2022-01-01 | 59621000 Essential hypertension    || 1
    both      | 2019-01-01 | 195967001 Asthma                   ||
              | 2022-01-01 | 84757009 Epilepsy                  || 2
""")
def test_the_same_condition_counts_once():
    """However often and by whichever of its codes it was recorded."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || long_term_conditions | not_using_services | points
    one       | 2019-01-01 | 195967001 Asthma                   || met                  | met                | 3
    two       | 2019-01-01 | 195967001 Asthma                   ||                      |                    |
              | 2022-01-01 | 84757009 Epilepsy                  || met                  | met                | 3
""")
def test_conditions_are_a_gate_more_than_a_rank():
    """One gives a point, and more give no more. The other two points are for not using services."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || long_term_conditions
    resolved  | 2010-01-01 | 195967001 Asthma                   ||
              | 2020-01-01 | 162660004 Asthma resolved          || not_met
    again     | 2010-01-01 | 195967001 Asthma                   ||
              | 2020-01-01 | 162660004 Asthma resolved          ||
              | 2024-01-01 | 195967001 Asthma                   || met
    one day   | 2020-01-01 | 195967001 Asthma                   ||
              | 2020-01-01 | 162660004 Asthma resolved          || not_met
    another   | 2010-01-01 | 195967001 Asthma                   ||
              | 2020-01-01 | 162658001 Epilepsy resolved        || met
    of nothing| 2020-01-01 | 162660004 Asthma resolved          || not_met
""")
def test_the_latest_of_diagnosis_and_resolution_wins():
    """On one day the resolution does. A resolution speaks of its own condition only."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || long_term_conditions
    was over  |            | 162660004 Asthma resolved          ||
              | 1985-01-01 | 195967001 Asthma                   || met
    is over   |            | 195967001 Asthma                   ||
              | 1985-01-01 | 162660004 Asthma resolved          || not_met
    who knows |            | 195967001 Asthma                   ||
              |            | 162660004 Asthma resolved          || not_met
""")
def test_what_has_no_date_counts_as_older_than_anything_dated():
    """Of two without a date the resolution wins, as on one day."""


@chapter.shows("""
    event
    patient   | on_date    | code             | system || long_term_conditions
    snomed    | 2020-01-01 | 44054006         | snomed || met
    read2     | 2020-01-01 | 44054006         | read2  || not_met
""")
def test_a_code_means_something_only_in_its_own_system():
    """The same characters are other codes elsewhere."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || new_long_term_conditions value
    old       | 2020-01-01 | 195967001 Asthma                   || 0
    day before| 2024-11-21 | 195967001 Asthma                   || 0
    new       | 2024-11-22 | 195967001 Asthma                   || 1
    again     | 2020-01-01 | 195967001 Asthma                   ||
              | 2026-05-01 | 195967001 Asthma                   || 0
    two new   | 2026-05-01 | 195967001 Asthma                   ||
              | 2026-06-01 | 84757009 Epilepsy                  || 2
""")
def test_a_condition_is_new_where_it_was_first_recorded_within_24_months():
    """Recorded again is not new."""


@chapter.shows("""
    event
    patient   | on_date    | code                               || new_long_term_conditions value
    undated   |            | 195967001 Asthma                   ||
              | 2026-05-01 | 195967001 Asthma                   || 0
""")
def test_a_condition_also_recorded_without_a_date_is_not_new():
    """What has no date counts as older than anything dated, so the dated diagnosis is not the first."""
