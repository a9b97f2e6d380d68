"""Planning: a criteria file against the live one, on the data of the current lists, from file to figures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reachwell.area import Area
from reachwell.criteria import Criteria, Programme, parse, text_of
from reachwell.criteria_history import of_area
from reachwell.last_good import LastGood, last_good
from reachwell.tuning.plan import Planner
from reachwell.tuning.plan_told import Told, told
from reachwell.tuning.plan_warnings import warnings

# What of a file decides who is listed.
_DECIDES = ("population", "exclude", "route", "rule", "list", "when_declined")


@dataclass(frozen=True)
class Planned:
    """A plan as an area user may see it. days: the index dates of the practices' data. differs: as differs() says."""

    live: Programme
    draft: Programme
    days: list[date]
    told: Told
    warnings: list[str]
    differs: bool


def name_of(area: Area, file: Path | None, programme: str | None) -> str:
    """Which of the area's programmes is meant: the one named, else the file's, else the only one; or UsageError."""
    named_by_file = file.stem if file and file.stem in area.settings.area.programmes else None
    return of_area(area, programme or named_by_file)


def draft_of(area: Area, file: Path, programme: str | None, data: LastGood) -> Programme:
    """A criteria file as a change of one of the area's programmes, whose id it takes; FileMistakes and UsageError."""
    name = name_of(area, file, programme)
    return parse(text_of(file), file.name, data.features).model_copy(update={"id": name})


def chosen(
    area: Area, file: Path | None, programme: str | None, data: LastGood, live: Sequence[Programme]
) -> Programme:
    """The programme that a question is about: a draft where there is a file, else the live one; as draft_of()."""
    if file:
        return draft_of(area, file, programme, data)
    name = name_of(area, None, programme)
    return next(each for each in live if each.id == name)


def in_place(draft: Programme, live: Iterable[Programme]) -> list[Programme]:
    """The live programmes, in their order, with a draft in the place of the one whose id it has."""
    return [draft if each.id == draft.id else each for each in live]


@contextmanager
def planning(area: Area) -> Iterator[tuple[LastGood, list[Programme]]]:
    """The data of the current lists and the live programmes, in order of precedence."""
    live = Criteria.of(area).programmes
    with last_good(area) as data:
        yield data, live


def planned(area: Area, file: Path, programme: str | None, today: date) -> Planned:
    """What a criteria file would change. Raises FileMistakes with every mistake of it, and UsageError where nothing is
    published yet or the programme is none of the area's; nothing is changed.
    """
    with planning(area) as (data, live):
        draft = draft_of(area, file, programme, data)
        before = next(each for each in live if each.id == draft.id)
        judge = data.judge([*live, draft])
        plan = Planner(judge, live).plan(draft)
        seen = told(plan)
        found = warnings(plan, seen, draft, judge.matcher, today)
        return Planned(before, draft, sorted({*data.dates.values()}), seen, found, differs(before, draft))


def differs(before: Programme, draft: Programme) -> bool:
    """Whether a draft may decide otherwise about anybody: by what the files say and not by whom they find.

    That anybody at all joins, told beside figures that stay, would say that a few do.
    """
    return any(getattr(before, name) != getattr(draft, name) for name in _DECIDES)
