"""Facts: what the rules found of people when somebody said that the record is wrong."""

from collections.abc import Sequence

import polars as pl

from reachwell.area import Area
from reachwell.criteria import Criteria
from reachwell.decisions.effect import facts
from reachwell.last_good import last_good


def facts_of(area: Area, ods: str, programme: str, patients: Sequence[str]) -> dict[str, str]:
    """By patient, the digest of what the programme's rules find of them in the data of the current lists."""
    judged = next(each for each in Criteria.of(area).programmes if each.id == programme)
    people = pl.DataFrame({"practice_id": [ods] * len(patients), "patient_id": list(patients)})
    with last_good(area, [ods]) as data:
        found = facts(data.judge([judged]).matcher, judged, people)
    return dict(found.select("patient_id", "facts").rows())
