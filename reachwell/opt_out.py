"""Opt-outs: whose data may not be used, by the codes of their record, as a delivery is loaded."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from reachwell import codelists
from reachwell.extract import Tables


def opt_out_codes(area: Path | None) -> pl.DataFrame:
    """The codes of type 1 opt-outs as a code list."""
    return codelists.read_all(area).filter(pl.col("list") == codelists.OPT_OUTS)


def dissenting(events: pl.DataFrame, lists: pl.DataFrame, on: date) -> set[str]:
    """Whose latest code of the list of type 1 opt-outs is a dissent.

    events: patient_id, code, system, on_date and recorded_on; a dissent counts where its row is not fit to be used
    too, and a withdrawal dated after the extract does not, so that a date written wrong puts nobody on a list. lists:
    the code list of opt-outs. on: the extract's day. On one day the dissent holds; what has no day is the oldest.
    Source: features/type_1_opt_out.sql, which says the same of what is in the lake.
    """
    codes = lists.select("code", "system", "category")
    is_to_come = pl.max_horizontal("on_date", "recorded_on").fill_null(date.min) > on
    latest = (
        events.join(codes, on=["code", "system"], how="inner")
        .filter((pl.col("category") == "dissent") | ~is_to_come)
        .sort("on_date", "category", descending=[True, False], nulls_last=[True, False])
        .unique("patient_id", keep="first", maintain_order=True)
    )
    return set(latest.filter(pl.col("category") == "dissent")["patient_id"].drop_nulls())


@dataclass
class OptOuts:
    """Who has opted out of a practice's data, before a delivery and as it is loaded.

    before: those known so far. may_return: whether the delivery can say that one of them has withdrawn: only a full
    extract can, since of a person who was erased nothing is left that changes could add to.
    on: the extract's day. erases: False leaves everybody in the data, and the criteria keep them off the lists; whoever
    was erased stays out until a full extract brings all that was known of them, their dissent too.
    """

    lists: pl.DataFrame
    on: date
    before: Collection[str] = frozenset()
    may_return: bool = False
    erases: bool = True
    found: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)

    @property
    def standing(self) -> set[str]:
        """Who has opted out now: their pseudonyms. Whoever is not in a full extract stays among them."""
        return (set(self.before) - self.returned) | self.found

    @property
    def new(self) -> set[str]:
        """Who was not known to have opted out before."""
        return self.standing - set(self.before)

    def add(self, rows: pl.DataFrame) -> None:
        """Count who dissents by rows that are not taken over as events; rows: as dissenting() takes them."""
        if self.erases:
            self.found |= dissenting(rows, self.lists, self.on)

    def leave_out(self, tables: Tables) -> tuple[Tables, int]:
        """Some patients' tables, whole, without those who have opted out, and how many patients these are."""
        if not self.erases and not self.before:
            return tables, 0
        found = dissenting(tables["event"], self.lists, self.on) if self.erases else set()
        there = set(tables["patient"]["patient_id"])
        self.found |= found
        if self.may_return:
            self.returned |= (there & set(self.before)) - self.found
        out = pl.Series(sorted(self.standing), dtype=pl.String)
        kept = {name: frame.filter(~pl.col("patient_id").is_in(out.implode()).fill_null(False))
                for name, frame in tables.items()}  # fmt: skip
        return kept, len(there & self.standing)
