"""Explain: a programme in plain English, as the command and the pages tell it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from reachwell.conditions import Exclude, Rule
from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.sentences import described
from reachwell.shown import number

_ORDERS = {"points": "most points first", "model": "by the model where one is in use"}


def in_plain_english(programme: Programme, features: Mapping[str, Feature]) -> str:
    """A programme as paragraphs and lists in plain text, in the order in which it is applied."""
    return "\n".join([*_title(programme), *_left_out(programme, features), *_listed(programme, features)]) + "\n"


def sql_of(programme: Programme, features: Mapping[str, Feature]) -> str:
    """The SQL of every feature that a programme asks for, each under its key and the file it is in."""
    pieces = [
        f"-- {key}: {feature.title} ({feature.unit}), from {feature.file.path.name}\n{feature.file.sql.strip()}\n"
        for key, (feature, _) in sorted(programme.wanted(features).items())
    ]
    return "\n".join(pieces)


def _title(programme: Programme) -> Iterator[str]:
    yield f"{programme.name}, version {programme.version}"
    yield (
        f"Owner {programme.owner}; reviewed on {_day(programme.reviewed)}, next review due on "
        f"{_day(programme.review_due)}."
    )


def _left_out(programme: Programme, features: Mapping[str, Feature]) -> Iterator[str]:
    age = programme.population.minimum_age
    yield f"\nWhom it speaks of: everybody registered with the practice, aged {age} or over."
    yield "\nNot on the list:"
    yield from _one_a_line(programme.exclusions, features)
    if programme.route:
        yield "\nNeeds somebody else than a link worker, and is counted apart:"
        for to in dict.fromkeys(each.to for each in programme.route):
            yield f"  to {to}:"
            yield from _one_a_line([each for each in programme.route if each.to == to], features, "    ")
    yield "\nAn exclusion or a route of which nothing is known does not apply."


def _listed(programme: Programme, features: Mapping[str, Feature]) -> Iterator[str]:
    yield "\nPoints:"
    for rule in programme.rule:
        yield f"  {_points(rule)}  {rule.label}: {described(rule, features)}"
    yield "What is not known gives no points."
    order = ", then ".join(_ORDERS[each] for each in programme.list.order)
    yield (
        f"\nOn the list: {number(programme.list.threshold, 'point')} or more, {order}; of equals, who has been on the "
        "list longest, then by a lot drawn each month."
    )
    yield (
        f"Places: {programme.list.caseload_per_year} people a year for each full-time link worker, a twelfth of them a "
        "month."
    )


def _one_a_line(entries: Sequence[Exclude], features: Mapping[str, Feature], indent: str = "  ") -> Iterator[str]:
    for each in entries:
        asked = described(each, features)
        # Where the reason says no more than the condition, once is enough.
        yield f"{indent}- {each.because}" + ("" if asked.lower() in each.because.lower() else f": {asked}")


def _points(rule: Rule) -> str:
    most = rule.most_points
    return f"{'up to ' if rule.bands else ''}{number(most, 'point')}".ljust(9)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
