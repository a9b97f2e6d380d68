"""Reference: the product and its slow twin agree on everybody, and what they are tried on leaves nothing out."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.practice import Practice, answers, judged, programme
from tests.reference.drawn_practices import batch
from tests.reference.record import MEANINGS
from tests.reference.twin import RULES, judge

# What no generated practice reaches; a test fails when one of these is reached after all.
# Medicines are known by their names and not by codes of events; sensitive codes are stripped before anything else.
KNOWN_GAPS = {("list", "psychotropic_medicine"), ("list", "sensitive")}
STEPS = ["died", "left the practice", "not registered yet", "under the minimum age", "another route", "eligible"]


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_product_and_twin_agree_on_every_patient(seed):
    on, practices = batch(seed)
    expected = {(each.ods, patient): told for each in practices for patient, told in judge(each, on).items()}
    with TemporaryDirectory() as folder:
        found = answers(judged(practices, on, Path(folder)))
    assert found.keys() == expected.keys()
    wrong = [who for who in expected if found[who] != expected[who]]
    assert not wrong, "\n".join(line for who in wrong for line in _told(on, practices, who, found[who], expected[who]))


def _told(on, practices: list[Practice], who, found, expected):
    """What differs about one patient, and all that is known of them."""
    mine = next(each for each in practices if each.ods == who[0])
    yield f"{' '.join(who)} on {on}; covers_from {mine.covers_from}, migrated_on {mine.migrated_on}"
    for name, answer in expected.items():
        if found[name] != answer:
            yield f"  {name}: the product says {found[name]}, the twin {answer}"
    for table in ("patient", "event", "contact", "medicine"):
        rows = getattr(mine, table)
        yield f"  {table}, of {len(rows)} rows in the practice:"
        for row in rows:
            if row["patient_id"] == who[1]:
                yield "    " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)


def test_the_twin_has_the_programmes_rules_and_points():
    assert {rule.id: rule.points for rule in programme().rule} == {rule: points for rule, (points, _) in RULES.items()}


@pytest.fixture(scope="module")
def reached() -> Counter[tuple[str, str]]:
    """How often 100 batches reach each answer, by the twin."""
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(100):
        on, practices = batch(seed)
        for each in practices:
            found.update(
                ("list", name) for row in each.event for name, _ in MEANINGS.get((row["code"], row["system"]), [])
            )
            for told in judge(each, on).values():
                found.update((name, told[name]) for name in ("step", "route", *RULES))
    return found


def test_generated_practices_reach_every_answer_but_the_known_gaps(reached):
    possible = {(rule, result) for rule in RULES for result in ("met", "not_met", "not_known")}
    possible |= {("step", step) for step in [*STEPS, *(each.id for each in programme().exclusions)]}
    possible |= {("route", each.id) for each in programme().route} | {("route", None)}
    possible |= {("list", name) for meanings in MEANINGS.values() for name, _ in meanings}
    assert possible - reached.keys() == KNOWN_GAPS
    assert reached.keys() <= possible
