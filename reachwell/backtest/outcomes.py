"""Outcomes: who would have been listed at a past day, and what happened to everybody eligible in the 12 months after.

What came before and after is counted by the same features as everything else, cut at the day and a year later.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from reachwell.criteria import DECLINED, REFERRAL, Programme
from reachwell.errors import UsageError
from reachwell.lake import Snapshot
from reachwell.last_good import LastGood
from reachwell.look_back import LookBack
from reachwell.match import Matcher
from reachwell.measure import KEY, Wanted

YEAR = LookBack(12, "month")
FREQUENT = 0.10
_CONTACTS, _EMERGENCY, _RANK = "contact_days", "emergency_contacts", "contact_rank"


def year_after(on: date) -> date:
    """The last of the 12 months after a day: the same day a year later, and 28 February after a 29th."""
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return date(on.year + 1, on.month, day)


def refuse_unless_covered(snapshots: Sequence[Snapshot], on: date) -> None:
    """Raise UsageError unless the data of every practice begin by the day and reach to 12 months after it."""
    if not snapshots:
        raise UsageError("no practice has a list yet: no delivery has been loaded. See: reachwell status")
    last, first = min(snapshots, key=_end), max(snapshots, key=lambda each: each.covers_from)
    newest, oldest = _newest(last.extracted_on), first.covers_from
    ends = f"the data of {last.practice_id} end on {last.extracted_on}"
    begins = f"the data of {first.practice_id} begin on {oldest}"
    if newest < oldest:
        raise UsageError(f"no day can be looked back at yet: {begins}, {ends}, and 12 months after the day are needed")
    if on > newest:
        raise UsageError(f"what came in the 12 months after {on} is not known: {ends}. Name a day up to {newest}")
    if on < oldest:
        raise UsageError(f"nothing is known as of {on}: {begins}. Name a day from {oldest} to {newest}")


def _end(snapshot: Snapshot) -> date:
    return snapshot.extracted_on


def _newest(end: date) -> date:
    newest = YEAR.since(end)
    # 29 February ends on the same day as the 28th.
    following = newest + timedelta(days=1)
    return following if year_after(following) <= end else newest


def outcomes(data: LastGood, programmes: Sequence[Programme], name: str, on: date) -> pl.DataFrame:
    """A row per person who was eligible for the programme of that name on the day. Raises UsageError for a day that the
    data do not cover.

    programmes: all that share the places, in order of precedence. Columns: practice_id, patient_id; rank (null: not
    listed), within_capacity; frequent (attends most for sex and age, and neither the year before nor the one after has
    a referral); whole (the record of the 12 months before); ended (died or left within the 12 months after) and years
    (the part of these 12 months until then, 1 for whoever stayed); contact_days and emergency, each _before and
    _after; referred and declined, after. A count is null where it is not known.

    Before is (on - 12 months, on], after (on, on + 12 months].
    """
    refuse_unless_covered(data.snapshots, on)
    before = _before(data.at(on), programmes, name, on)
    after = _after(data.at(year_after(on)), on)
    return before.join(after, on=KEY, how="left", maintain_order="left").with_columns(
        frequent=(pl.col("rank_by_contacts") <= FREQUENT).fill_null(False)
        & ((pl.col("referred_before") == 0) & (pl.col("referred") == 0)).fill_null(False)
    ).drop("rank_by_contacts", "referred_before")  # fmt: skip


def _before(past: LastGood, programmes: Sequence[Programme], name: str, on: date) -> pl.DataFrame:
    wanted = {each: _wanted(past, each, YEAR) for each in (_CONTACTS, _EMERGENCY, _RANK, REFERRAL)}
    judge = past.judge(programmes, wanted.values())
    programme = next(each for each in programmes if each.id == name)
    listed = judge.lists(programmes)[name]
    patients = judge.matcher.patients
    rank, within = np.zeros(patients.height, np.int32), np.zeros(patients.height, bool)
    rank[listed.rows], within[listed.rows] = listed.rank, listed.within_capacity
    key = {each: feature.key(YEAR) for each, (feature, _) in wanted.items()}
    people = patients.hstack(judge.matcher.values.select(*key.values())).with_columns(rank=rank, within_capacity=within)
    return people.filter(judge.eligible(programme)).select(
        *KEY,
        pl.col("rank").replace(0, None),
        "within_capacity",
        whole=(pl.col("known_from") <= YEAR.since(on) + timedelta(days=1)).fill_null(False),
        contact_days_before=key[_CONTACTS],
        emergency_before=key[_EMERGENCY],
        rank_by_contacts=key[_RANK],
        referred_before=key[REFERRAL],
    )


def _after(later: LastGood, on: date) -> pl.DataFrame:
    """What came after a day, of everybody on record at the end; later: the data at the end."""
    length = (year_after(on) - on).days
    days = LookBack(length, "day")
    wanted = {each: _wanted(later, each, days) for each in (_CONTACTS, _EMERGENCY, REFERRAL, DECLINED)}
    matcher = Matcher(later.measured(wanted.values()))
    key = {each: feature.key(days) for each, (feature, _) in wanted.items()}
    end = pl.min_horizontal("died_on", "deregistered_on")
    return matcher.patients.hstack(matcher.values.select(*key.values())).select(
        *KEY,
        ended=end.is_not_null(),
        years=((end - pl.lit(on)).dt.total_days() / length).fill_null(1.0),
        contact_days_after=key[_CONTACTS],
        emergency_after=key[_EMERGENCY],
        referred=key[REFERRAL],
        declined=key[DECLINED],
    )


def _wanted(data: LastGood, name: str, within: LookBack) -> Wanted:
    return data.features[name], within
