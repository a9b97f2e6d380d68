"""Opt-outs: whose data may not be used, by the codes of their record, as a delivery is loaded."""

from collections.abc import Collection
from dataclasses import dataclass, field

import polars as pl

from reachwell.extract import Tables

LIST = "type_1_opt_out"


def dissenting(events: pl.DataFrame, lists: pl.DataFrame) -> set[str]:
    """Whose latest code of the list of type 1 opt-outs is a dissent.

    events: patient_id, code, system and on_date; rows that are not fit to be used count too, so that a date written
    wrong puts nobody on a list. lists: all code lists. On one day the dissent holds; what has no day is the oldest.
    Source: features/type_1_opt_out.sql, which says the same of what is in the lake.
    """
    codes = lists.filter(pl.col("list") == LIST).select("code", "system", "category")
    latest = (
        events.join(codes, on=["code", "system"], how="inner")
        .sort("on_date", "category", descending=[True, False], nulls_last=[True, False])
        .unique("patient_id", keep="first", maintain_order=True)
    )
    return set(latest.filter(pl.col("category") == "dissent")["patient_id"].drop_nulls())


@dataclass
class OptOuts:
    """Who has opted out of a practice's data, before a delivery and as it is loaded.

    before: those known so far. may_return: whether the delivery can say that one of them has withdrawn: only a full
    extract can, since of a person who was erased nothing is left that changes could add to.
    erases: False leaves everybody in the data; the criteria then keep them off the lists.
    """

    lists: pl.DataFrame
    before: Collection[str] = frozenset()
    may_return: bool = False
    erases: bool = True
    found: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)

    @property
    def standing(self) -> set[str]:
        """Who has opted out now: their pseudonyms. Whoever is not in a full extract stays among them."""
        return (set(self.before) - self.returned) | self.found if self.erases else set()

    @property
    def new(self) -> set[str]:
        """Who was not known to have opted out before."""
        return self.standing - set(self.before)

    def leave_out(self, tables: Tables) -> tuple[Tables, int]:
        """Some patients' tables, whole, without those who have opted out, and how many patients these are."""
        if not self.erases:
            return tables, 0
        found, there = dissenting(tables["event"], self.lists), set(tables["patient"]["patient_id"])
        self.found |= found
        if self.may_return:
            self.returned |= (there & set(self.before)) - found
        out = pl.Series(sorted(self.standing), dtype=pl.String)
        kept = {name: frame.filter(~pl.col("patient_id").is_in(out.implode()).fill_null(False))
                for name, frame in tables.items()}  # fmt: skip
        return kept, len(there & self.standing)
