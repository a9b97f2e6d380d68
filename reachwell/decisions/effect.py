"""Effect: who is off a programme's list because of a decision, in words, and whose acceptance takes a place."""

import hashlib
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Protocol

import polars as pl

from reachwell.conditions import Condition
from reachwell.criteria import Programme
from reachwell.decisions.kinds import ACCEPTED, ALREADY, DECLINED, KINDS, REASONS, WRONG
from reachwell.features import Feature
from reachwell.look_back import LookBack
from reachwell.measure import KEY
from reachwell.outcome import leaf_of

# As long as the default programme leaves out whoever was referred.
YEAR = LookBack(12, "month")
_DAY = "%-d %b %Y"


class Answers(Protocol):
    """What is asked of the matcher."""

    patients: pl.DataFrame
    values: pl.DataFrame
    features: dict[str, Feature]

    def met(self, condition: Condition) -> pl.Series:
        """Whether a condition is met, a value per patient."""


def turns_on(decided: pl.DataFrame | None, programme: Programme) -> Hashable:
    """What else of a programme its decisions depend on. decided: those of the programme, as DECIDED."""
    if decided is None:
        return ()
    # Points are no part of it: with other points nothing is to be asked anew.
    wrong = bool((decided["decision"] == WRONG).any())
    rules = tuple((rule.id, tuple(step for step, _ in rule.steps)) for rule in programme.rule if wrong)
    return programme.id, programme.when_declined.hide_for, rules


def left_out(decided: pl.DataFrame, programme: Programme, answers: Answers) -> pl.Series:
    """Why each patient is left out by a decision that stands, in words, null for all others; in the patients' order."""
    here = decided.join(answers.patients.select(*KEY, "index_date"), on=KEY, how="inner")
    off = here.filter(_holds(here, programme)).select(*KEY, "decision", "facts", words=words())
    wrong = off.filter(pl.col("decision") == WRONG)
    if wrong.height:
        changed = wrong.join(facts(answers, programme, wrong), on=[*KEY, "facts"], how="anti")
        off = off.join(changed, on=KEY, how="anti")
    joined = answers.patients.select(*KEY).join(off, on=KEY, how="left", maintain_order="left")
    return joined["words"].alias("decided")


def _holds(here: pl.DataFrame, programme: Programme) -> pl.Expr:
    on = here["index_date"].unique().to_list()

    def since(within: LookBack) -> pl.Expr:
        return pl.col("index_date").replace_strict({day: within.since(day) for day in on}, return_dtype=pl.Date)

    return (
        pl.when(pl.col("decision").is_in([ACCEPTED, ALREADY]))
        .then(pl.col("on_date") > since(YEAR))
        .when(pl.col("decision") == DECLINED)
        .then(pl.col("on_date") > since(programme.when_declined.hide_for))
        .when(pl.col("decision") == WRONG)
        .then(True)
        .otherwise(pl.col("index_date") < pl.col("until"))
    )


def words() -> pl.Expr:
    """A decision in words, over rows as DECIDED."""
    filled = pl.col("decision").replace_strict({name: each.says for name, each in KINDS.items()})
    told = {
        "{day}": pl.col("on_date").dt.strftime(_DAY),
        "{until}": pl.col("until").dt.strftime(_DAY).fill_null(""),
        "{reason}": pl.col("reason").replace({name: label.lower() for name, label in REASONS.items()}),
    }
    for mark, value in told.items():
        filled = filled.str.replace(mark, value, literal=True)
    return filled


def facts(answers: Answers, programme: Programme, people: pl.DataFrame) -> pl.DataFrame:
    """practice_id, patient_id and facts: a digest of what a programme's rules find of some people.

    It is made of which rules, and steps of rules, are met, not met or not known, and of what was measured. A count over
    a look-back, or a rank, changes from night to night though nobody touched the record; of these only what they decide
    is in it. people: practice_id and patient_id; whoever is not among the patients is left out.
    """
    places = answers.patients.select(*KEY).with_row_index("row").join(people, on=KEY, how="semi", maintain_order="left")
    rows, features = places["row"], {each.name: each for each in answers.features.values()}
    columns: dict[str, pl.Series] = {}
    for rule in programme.rule:
        for place, (step, _) in enumerate(rule.steps):
            columns[f"{rule.id} {place}"] = answers.met(step)[rows]
        for leaf in (leaf_of(each, features) for each in rule.leaves()):
            if not (leaf.feature.is_count or leaf.feature.unit == "share"):
                columns[leaf.key] = answers.values[leaf.key][rows]
    found = pl.DataFrame(dict(sorted(columns.items())))
    digests = [_digest(dict(zip(found.columns, row, strict=True))) for row in found.iter_rows()]
    return places.select(*KEY).with_columns(facts=pl.Series(digests, dtype=pl.String))


def _digest(found: Mapping[str, object]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def accepted(decided: pl.DataFrame, on: date) -> pl.DataFrame:
    """practice_id, patient_id and on_date: whoever was accepted in the 12 months before an index date, in whichever
    programme first. decided: as DECIDED, of practices with that index date.
    """
    since = YEAR.since(on)
    theirs = decided.filter(pl.col("decision") == ACCEPTED, pl.col("on_date") > since)
    return theirs.group_by(KEY).agg(pl.col("on_date").min())
