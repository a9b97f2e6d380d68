"""Three values, Kleene's way: met (T), not met (F) and not known (?), and how all, any and skip join them."""

import tomllib
from typing import Any

import polars as pl
import pytest

from reachwell.conditions import Condition, Rule
from reachwell.outcome import outcome, worth
from tests.practice import catalogue

VALUES = {"T": 1.0, "F": 0.0, "?": None}
WORDS = {True: "T", False: "F", None: "?"}
A, B, C = (f"feature = '{name}', is = true" for name in ("prediabetes", "end_of_life", "diabetes"))
DAYS = "contact_days within 12 months"


def told(condition: Condition, values: pl.DataFrame) -> list[str]:
    """A condition's outcome for each row of measured values."""
    found = values.select(outcome(condition, catalogue(), set(values.columns)).alias("found"))
    return [WORDS[each] for each in found["found"]]


def joined(text: str) -> Condition:
    """A condition as a criteria file writes it."""
    return Condition.model_validate(tomllib.loads(text))


def drawn(table: str) -> dict[str, list[str]]:
    """A drawn table by columns."""
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


TRUTH = drawn("""
    a | b | all | any | all, b skipped | any, b skipped | all, both skipped | any, both skipped
    T | T | T   | T   | T              | T              | T                 | T
    T | F | F   | T   | F              | T              | F                 | T
    T | ? | ?   | T   | T              | T              | T                 | T
    F | T | F   | T   | F              | T              | F                 | T
    F | F | F   | F   | F              | F              | F                 | F
    F | ? | F   | ?   | F              | F              | F                 | F
    ? | T | ?   | T   | ?              | T              | T                 | T
    ? | F | F   | ?   | F              | ?              | F                 | F
    ? | ? | ?   | ?   | ?              | ?              | ?                 | ?
""")
SKIP = ", when_unknown = 'skip'"


@pytest.mark.parametrize("join", ["all", "any"])
@pytest.mark.parametrize(
    ("which", "skip_a", "skip_b"),
    [("", "", ""), (", b skipped", "", SKIP), (", both skipped", SKIP, SKIP)],
    ids=["none skipped", "one skipped", "both skipped"],
)
def test_all_and_any_follow_the_truth_table(join: str, which: str, skip_a: str, skip_b: str) -> None:
    """What is skipped decides nothing where it is not known; where all are skipped and unknown, nothing is known."""
    values = pl.DataFrame(
        {"prediabetes": [VALUES[a] for a in TRUTH["a"]], "end_of_life": [VALUES[b] for b in TRUTH["b"]]},
        schema={"prediabetes": pl.Float64, "end_of_life": pl.Float64},
    )
    condition = joined(f"{join} = [ {{ {A}{skip_a} }}, {{ {B}{skip_b} }} ]")
    assert told(condition, values) == TRUTH[join + which]


NESTED = drawn("""
    a | b | c | a and (b or c) | a or (b and c) | a and (b or c, where known) | not a
    T | F | ? | ?              | T              | F                           | F
    T | ? | ? | ?              | T              | T                           | F
    F | ? | ? | F              | ?              | F                           | T
    F | ? | F | F              | F              | F                           | T
    ? | T | T | ?              | T              | ?                           | ?
    ? | F | F | F              | ?              | F                           | ?
""")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("a and (b or c)", f"all = [ {{ {A} }}, {{ any = [ {{ {B} }}, {{ {C} }} ] }} ]"),
        ("a or (b and c)", f"any = [ {{ {A} }}, {{ all = [ {{ {B} }}, {{ {C} }} ] }} ]"),
        (
            "a and (b or c, where known)",
            f"all = [ {{ {A} }}, {{ any = [ {{ {B}{SKIP} }}, {{ {C}{SKIP} }} ]{SKIP} }} ]",
        ),
        ("not a", A.replace("true", "false").replace(", ", "\n")),
    ],
)
def test_all_and_any_nest(column: str, text: str) -> None:
    """The mental health rule has the third form: where a score was taken, one of them must be mild to moderate."""
    columns = {"a": "prediabetes", "b": "end_of_life", "c": "diabetes"}
    values = pl.DataFrame({key: [VALUES[each] for each in NESTED[letter]] for letter, key in columns.items()})
    assert told(joined(text), values) == NESTED[column]


COMPARED = drawn("""
    value|at_least = 10 | more_than = 10 | at_most = 10 | less_than = 10 | between = [5,10] | is = 10 | is_one_of = [9]
    4     | F             | F              | T            | T              | F                 | F       | F
    5     | F             | F              | T            | T              | T                 | F       | F
    9     | F             | F              | T            | T              | T                 | F       | T
    10    | T             | F              | T            | F              | T                 | T       | F
    11    | T             | T              | F            | F              | F                 | F       | F
    ?     | ?             | ?              | ?            | ?              | ?                 | ?       | ?
""")
LOWER_BOUND = drawn("""
    value|at_least = 10 | more_than = 10 | at_most = 10 | less_than = 10 | between = [5,10] | is = 10 | is_one_of = [9]
    9     | ?             | ?              | ?            | ?              | ?                 | ?       | ?
    10    | T             | ?              | ?            | ?              | ?                 | ?       | ?
    11    | T             | T              | ?            | ?              | ?                 | ?       | ?
    ?     | ?             | ?              | ?            | ?              | ?                 | ?       | ?
""")
COMPARISONS = list(COMPARED)[1:]


def days(table: dict[str, list[str]], partial: bool) -> pl.DataFrame:
    """A drawn column of contact days, all of them lower bounds or none."""
    numbers = [None if each == "?" else float(each) for each in table["value"]]
    return pl.DataFrame({DAYS: numbers, f"{DAYS} at least": [partial] * len(numbers)})


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_comparison_includes_the_ends_it_names(comparison: str) -> None:
    """Only more_than and less_than leave their end out."""
    condition = joined(f"feature = 'contact_days'\n{comparison}")
    assert told(condition, days(COMPARED, partial=False)) == COMPARED[comparison]
    assert told(condition, days(COMPARED, partial=False).select(DAYS)) == COMPARED[comparison]


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_lower_bound_can_meet_at_least_and_more_than_and_tells_nothing_else(comparison: str) -> None:
    """There may have been more than what is on record."""
    condition = joined(f"feature = 'contact_days'\n{comparison}")
    assert told(condition, days(LOWER_BOUND, partial=True)) == LOWER_BOUND[comparison]


BANDS = drawn("""
    value | whole | result | points
    4     | yes   | F      | 0
    5     | yes   | T      | 1
    9     | yes   | T      | 1
    10    | yes   | T      | 2
    99    | yes   | T      | 4
    4     | no    | ?      | 0
    10    | no    | T      | 2
    ?     | yes   | ?      | 0
""")


def test_of_bands_the_highest_that_fits_counts() -> None:
    """In whatever order they are written. The lowest band decides whether the rule is met."""
    bands: list[dict[str, Any]] = [
        {"at_least": 10, "points": 2},
        {"at_least": 5, "points": 1},
        {"at_least": 20, "points": 4},
    ]
    rule = Rule.model_validate({"id": "often", "label": "Often", "feature": "contact_days", "bands": bands})
    values = days(BANDS, partial=False).with_columns(
        pl.Series(f"{DAYS} at least", [each == "no" for each in BANDS["whole"]])
    )
    assert told(rule, values) == BANDS["result"]
    given = values.select(worth(rule, catalogue(), set(values.columns))).to_series()
    assert given.to_list() == [int(each) for each in BANDS["points"]]
    assert rule.most_points == 4
