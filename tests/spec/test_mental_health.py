"""Mild to moderate depression or anxiety: recorded or treated within 12 months, and no score says otherwise."""

from datetime import date

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient      | on_date    | code                              || mental_health
    depressed    | 2026-01-01 | 35489007 Depressive disorder      || met
    anxious      | 2026-01-01 | 197480006 Anxiety disorder        || met
    12 months    | 2025-11-21 | 35489007 Depressive disorder      || not_met
    a day less   | 2025-11-22 | 35489007 Depressive disorder      || met
    undated      |            | 35489007 Depressive disorder      || not_met
    resolved     | 2026-01-01 | 35489007 Depressive disorder      ||
                 | 2026-02-01 | 196381000000100 Resolved          || not_met
    stressed     | 2026-01-01 | 73595000 Stress                   || not_met
""")
def test_a_diagnosis_counts_for_12_months():
    """Ever would be nearly a quarter of all people. A symptom is no diagnosis."""


@chapter.shows("""
    medicine
    patient      | on_date    | days | name                         || antidepressant_issues value | mental_health
    four         | 2026-06-01 | 4    | Sertraline 50mg tablets      || 4                           | met
    three        | 2026-06-01 | 3    | Sertraline 50mg tablets      || 3                           | not_met
    two kinds    | 2026-06-01 | 2    | Sertraline 50mg tablets      ||                             |
                 | 2026-08-01 | 2    | DIAZEPAM 2mg tablets         || 4                           | met
    one too old  | 2025-11-24 | 4    | Sertraline 50mg tablets      || 3                           | not_met
    other        | 2026-06-01 | 9    | Amlodipine 5mg tablets       || 0                           | not_met
    no name      | 2026-06-01 | 9    |                              || 0                           | not_met
    second word  | 2026-06-01 | 9    | Generic sertraline           || 0                           | not_met
    longer word  | 2026-06-01 | 9    | Sertralinex                  || 0                           | not_met
    lithium      | 2026-06-01 | 9    | Lithium carbonate 400mg      || 0                           | not_met
""")
def test_four_issues_of_an_antidepressant_or_anxiolytic_within_12_months_count_as_well():
    """A substance is the first word of the product's name, in small letters or capitals."""


@chapter.shows("""
    event
    patient | on_date    | code                              | value || phq9 value | mental_health
    4       | 2026-10-01 | 35489007 Depressive disorder      |       ||            |
            | 2026-10-01 | 720433000 PHQ-9                   | 4     || 4          | not_met
    5       | 2026-10-01 | 35489007 Depressive disorder      |       ||            |
            | 2026-10-01 | 720433000 PHQ-9                   | 5     || 5          | met
    14      | 2026-10-01 | 35489007 Depressive disorder      |       ||            |
            | 2026-10-01 | 720433000 PHQ-9                   | 14    || 14         | met
    15      | 2026-10-01 | 35489007 Depressive disorder      |       ||            |
            | 2026-10-01 | 720433000 PHQ-9                   | 15    || 15         | not_met
    28      | 2026-10-01 | 35489007 Depressive disorder      |       ||            |
            | 2026-10-01 | 720433000 PHQ-9                   | 28    || -          | met
""")
def test_a_phq9_of_5_to_14_is_mild_to_moderate():
    """A score out of its range, 0 to 27, was not taken."""


@chapter.shows("""
    event
    patient | on_date    | code                              | value || gad7 value | mental_health
    4       | 2026-10-01 | 48694002 Anxiety                  |       ||            |
            | 2026-10-01 | 445455005 GAD-7                   | 4     || 4          | not_met
    5       | 2026-10-01 | 48694002 Anxiety                  |       ||            |
            | 2026-10-01 | 445455005 GAD-7                   | 5     || 5          | met
    14      | 2026-10-01 | 48694002 Anxiety                  |       ||            |
            | 2026-10-01 | 70274-6 GAD-7                     | 14    || 14         | met
    15      | 2026-10-01 | 48694002 Anxiety                  |       ||            |
            | 2026-10-01 | 70274-6 GAD-7                     | 15    || 15         | not_met
    22      | 2026-10-01 | 48694002 Anxiety                  |       ||            |
            | 2026-10-01 | 445455005 GAD-7                   | 22    || -          | met
""")
def test_a_gad7_of_5_to_14_is_mild_to_moderate():
    """A score out of its range, 0 to 21, was not taken."""


@chapter.shows("""
    event
    patient      | on_date    | code                              | value || mental_health
    either       | 2026-10-01 | 35489007 Depressive disorder      |       ||
                 | 2026-10-01 | 720433000 PHQ-9                   | 2     ||
                 | 2026-10-01 | 445455005 GAD-7                   | 9     || met
    neither      | 2026-10-01 | 35489007 Depressive disorder      |       ||
                 | 2026-10-01 | 720433000 PHQ-9                   | 2     ||
                 | 2026-10-01 | 445455005 GAD-7                   | 20    || not_met
    score only   | 2026-10-01 | 720433000 PHQ-9                   | 9     || not_met
    old score    | 2026-10-01 | 35489007 Depressive disorder      |       ||
                 | 2026-05-21 | 720433000 PHQ-9                   | 2     || met
    newer score  | 2026-10-01 | 35489007 Depressive disorder      |       ||
                 | 2026-05-22 | 720433000 PHQ-9                   | 2     || not_met
    got better   | 2026-01-01 | 35489007 Depressive disorder      |       ||
                 | 2026-06-01 | 720433000 PHQ-9                   | 9     ||
                 | 2026-10-01 | 720433000 PHQ-9                   | 2     || not_met
    one day      | 2026-10-01 | 35489007 Depressive disorder      |       ||
                 | 2026-10-01 | 720433000 PHQ-9                   | 2     ||
                 | 2026-10-01 | 720433000 PHQ-9                   | 9     || met
""")
def test_where_scores_were_taken_within_6_months_one_of_them_must_be_mild_to_moderate():
    """The newest of each counts, of one day the higher. A score without a diagnosis or a treatment is not enough."""


@chapter.shows("""
    patient
    patient   | registered_on
    new       | 2026-06-01
    diagnosed | 2026-06-01
    treated   | 2026-06-01

    event
    patient   | on_date    | code                         || mental_health
    diagnosed | 2026-07-01 | 35489007 Depressive disorder || met

    medicine
    patient   | on_date    | days | name                  || mental_health
    treated   | 2026-07-01 | 4    | Sertraline 50mg       || met

    found
    patient   || mental_health
    new       || not_known
""")
def test_of_whoever_registered_lately_it_is_not_known_unless_it_is_met():
    """Another practice may have issued the medicines."""


@chapter.shows(
    """
    event
    patient   | on_date    | code                         || mental_health
    diagnosed | 2026-07-01 | 35489007 Depressive disorder || met

    found
    patient   || antidepressant_issues value | mental_health
    anyone    || -                           | not_known
    """,
    empty=("medicine",),
)
def test_where_no_medicines_are_sent_a_diagnosis_is_needed_to_know():
    """Nobody can be said not to be treated."""


@chapter.shows(
    """
    event
    patient   | on_date    | code                         || mental_health
    out       | 2023-02-28 | 35489007 Depressive disorder || not_met
    in        | 2023-03-01 | 35489007 Depressive disorder || met
    today     | 2024-02-29 | 35489007 Depressive disorder || met
    """,
    on=date(2024, 2, 29),
)
def test_on_29_february_12_months_begin_after_28_february():
    """A year without that day ends on the day before."""
