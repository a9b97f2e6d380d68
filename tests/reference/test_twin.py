"""The product and its slow twin agree on everybody, and the practices they are tried on reach every answer."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from tests.practice import answers, judged, programme
from tests.reference.strategies import batches
from tests.reference.twin import judge

FIXED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(FIXED, max_examples=60)
@given(batches())
def test_product_and_twin_agree_on_every_patient(batch):
    on, practices = batch
    expected = {(each.ods, patient): told for each in practices for patient, told in judge(each, on).items()}
    with TemporaryDirectory() as folder:
        found = answers(judged(practices, on, Path(folder)))
    wrong = [
        f"{' '.join(who)}: {name} is {found[who][name]}, the twin says {told[name]}"
        for who, told in expected.items()
        for name in told
        if who in found and found[who][name] != told[name]
    ]
    assert found.keys() == expected.keys()
    assert not wrong, "\n".join(wrong)
