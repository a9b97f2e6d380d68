"""The contract of published prevalences: a CSV in sql/prevalence/, each figure once, of a list or category there is."""

import csv

import pytest

from reachwell.coverage import prevalence
from reachwell.plugs import find

FILES = find("sql/prevalence")


def test_all_files_can_be_read_and_every_line_is_told() -> None:
    lines = 0
    for path in FILES.values():
        with path.open(encoding="utf-8", newline="") as file:
            lines += len(list(csv.DictReader(file)))
    assert prevalence.read_all().height == lines > 0


@pytest.mark.parametrize("name", FILES)
def test_a_file_tells_each_list_and_category_once(name: str) -> None:
    with FILES[name].open(encoding="utf-8", newline="") as file:
        told = [(row["list"], row["category"]) for row in csv.DictReader(file)]
    assert len(told) == len(set(told))
