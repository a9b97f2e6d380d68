"""At risk of diabetes: HbA1c 42 to 47, fasting glucose 5.5 to 6.9 or prediabetes, and no diabetes."""

from tests.spec.drawn import Chapter

chapter = Chapter()


@chapter.shows("""
    event
    patient | on_date    | code                    | value | unit     || hba1c value | at_risk   | points
    41      | 2026-05-01 | 999791000000106 HbA1c   | 41    | mmol/mol || 41          | not_known | 0
    42      | 2026-05-01 | 999791000000106 HbA1c   | 42    | mmol/mol || 42          | met       | 1
    47      | 2026-05-01 | 999791000000106 HbA1c   | 47    | mmol/mol || 47          | met       | 1
    48      | 2026-05-01 | 999791000000106 HbA1c   | 48    | mmol/mol || 48          | not_known | 0
    41.4    | 2026-05-01 | 999791000000106 HbA1c   | 41.4  | mmol/mol || 41          | not_known | 0
    41.5    | 2026-05-01 | 999791000000106 HbA1c   | 41.5  | mmol/mol || 42          | met       | 1
    no unit | 2026-05-01 | 999791000000106 HbA1c   | 42    |          || 42          | met       | 1
    zero    | 2026-05-01 | 999791000000106 HbA1c   | 0     | mmol/mol || -           | not_known | 0
""")
def test_hba1c_of_42_to_47_is_a_risk():
    """Whole numbers. Outside of it the glucose might still tell, so it is not known."""


@chapter.shows("""
    event
    patient  | on_date    | code                  | value | unit || hba1c value | at_risk
    5.9%     | 2026-05-01 | 4548-4 HbA1c          | 5.9   | %    || 41          | not_known
    6.0%     | 2026-05-01 | 4548-4 HbA1c          | 6.0   | %    || 42          | met
    6.4%     | 2026-05-01 | 4548-4 HbA1c          | 6.4   | %    || 46          | met
    6.5%     | 2026-05-01 | 4548-4 HbA1c          | 6.5   | %    || 48          | not_known
    by code  | 2026-05-01 | 4548-4 HbA1c          | 6.0   |      || 42          | met
    by unit  | 2026-05-01 | 999791000000106 HbA1c | 6.0   | %    || 42          | met
""")
def test_hba1c_in_per_cent_is_converted():
    """mmol/mol = (per cent - 2.15) x 10.929, rounded: the IFCC master equation. LOINC 4548-4 is per cent by itself."""


@chapter.shows("""
    event
    patient | on_date    | code                            | value | unit   || fasting_glucose value | at_risk
    5.4     | 2026-05-01 | 1003141000000105 Plasma glucose | 5.4   | mmol/L || 5.4                   | not_known
    5.5     | 2026-05-01 | 1003141000000105 Plasma glucose | 5.5   | mmol/L || 5.5                   | met
    6.9     | 2026-05-01 | 1003141000000105 Plasma glucose | 6.9   | mmol/L || 6.9                   | met
    7.0     | 2026-05-01 | 1003141000000105 Plasma glucose | 7.0   | mmol/L || 7                     | not_known
    5.45    | 2026-05-01 | 1003141000000105 Plasma glucose | 5.45  | mmol/L || 5.5                   | met
    6.95    | 2026-05-01 | 1003141000000105 Plasma glucose | 6.95  | mmol/L || 7                     | not_known
    98      | 2026-05-01 | 1558-6 Fasting glucose          | 98    | mg/dL  || 5.4                   | not_known
    99      | 2026-05-01 | 1558-6 Fasting glucose          | 99    | mg/dL  || 5.5                   | met
    125     | 2026-05-01 | 1558-6 Fasting glucose          | 125   | MG/DL  || 6.9                   | met
    126     | 2026-05-01 | 1558-6 Fasting glucose          | 126   | mg/dL  || 7                     | not_known
""")
def test_fasting_glucose_of_5_5_to_6_9_is_a_risk():
    """One decimal; mg/dL are divided by 18.016."""


@chapter.shows("""
    event
    patient    | on_date    | code                    | value | unit || hba1c value | at_risk
    higher     | 2026-05-01 | 999791000000106 HbA1c   | 40    |      ||             |
               | 2026-05-01 | 999791000000106 HbA1c   | 43    |      || 43          | met
    per cent   | 2026-05-01 | 999791000000106 HbA1c   | 41    |      ||             |
               | 2026-05-01 | 4548-4 HbA1c            | 6.0   | %    || 42          | met
    newer      | 2026-05-01 | 999791000000106 HbA1c   | 43    |      ||             |
               | 2026-06-01 | 999791000000106 HbA1c   | 40    |      || 40          | not_known
    12 months  | 2025-11-21 | 999791000000106 HbA1c   | 43    |      || -           | not_known
    a day less | 2025-11-22 | 999791000000106 HbA1c   | 43    |      || 43          | met
    undated    |            | 999791000000106 HbA1c   | 43    |      || -           | not_known
""")
def test_the_newest_measurement_within_12_months_counts():
    """Of one day the higher one, whatever units they came in."""


@chapter.shows("""
    event
    patient | on_date    | code                            | value | unit   || fasting_glucose value | at_risk
    mixed   | 2026-05-01 | 1003141000000105 Plasma glucose | 6.8   | mmol/L ||                       |
            | 2026-05-01 | 1558-6 Fasting glucose          | 97    | mg/dL  || 6.8                   | met
""")
def test_glucose_of_one_day_in_two_units_is_compared_after_conversion():
    """97 mg/dL are 5.4 mmol/L, which is less than 6.8."""


@chapter.shows("""
    event
    patient      | on_date    | code                               | value || at_risk
    prediabetes  | 2012-01-01 | 700449008 Non-diabetic hyperglyc.  |       || met
    undated      |            | 714628002 Prediabetes              |       || met
    all measured | 2026-05-01 | 999791000000106 HbA1c              | 38    ||
                 | 2026-05-01 | 1003141000000105 Plasma glucose    | 5.0   || not_met
""")
def test_prediabetes_is_a_risk_whenever_it_was_recorded():
    """Whoever was measured in both ways, both in range, and has no such code is not at risk."""


@chapter.shows("""
    event
    patient      | on_date    | code                              | value || at_risk
    diabetic     | 2020-01-01 | 44054006 Type 2 diabetes mellitus |       ||
                 | 2026-05-01 | 999791000000106 HbA1c             | 43    || not_met
    unmeasured   | 2020-01-01 | 46635009 Type 1 diabetes mellitus |       || not_met
    resolved     | 2020-01-01 | 44054006 Type 2 diabetes mellitus |       ||
                 | 2024-01-01 | 315051004 Diabetes resolved       |       ||
                 | 2026-05-01 | 999791000000106 HbA1c             | 43    || met

    found
    patient      || at_risk
    unknown      || not_known
""")
def test_whoever_has_diabetes_is_not_at_risk_of_it():
    """That is known without any measurement."""
