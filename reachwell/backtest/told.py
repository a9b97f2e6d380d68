"""What an area may see of a backtest's figures: counts that hang together, and rates and shares made of those alone."""

import polars as pl

from reachwell.backtest.backtest import ESTIMATE, columns_of
from reachwell.estimates import told_rate, told_share
from reachwell.small_numbers import HIDDEN_UP_TO, NESTED_ROUNDED_TO, for_area

# More than hardly anybody has in a year, and the same for every draft and day: a step that followed from the people
# would say who has most. Whoever has more than this all the same can move a figure by two steps.
_STEPS = {"contact_days": 200, "emergency": 50}


def told(exact: pl.DataFrame) -> pl.DataFrame:
    """What an area may see of figures(): group, measure, kind, count, size, rounded_to (of count), value, low and high.

    Counts and person-years hang together (within places is part of listed; whoever died, of everybody), so all are told
    as nested ones. Events of 7 or fewer people are hidden as if they were as few. As one person more or less may not
    show in a count of people, so not in one of events: these are rounded to what hardly anybody has in a year.
    Rates and shares are made of the told counts only, with limits wide enough for what these stand for; they are hidden
    where a count is.
    """
    few = pl.col("persons").is_between(1, HIDDEN_UP_TO)
    figures = exact.select(count=pl.when(few).then("persons").otherwise("count"), size=pl.col("size").round())
    seen = for_area(figures, ["count", "size"], "nested", across=True)
    names = exact["measure"].str.replace("_(before|after)$", "")
    steps = [_STEPS.get(name, NESTED_ROUNDED_TO) for name in names]
    count = [_coarser(*each) for each in zip(seen["count"], steps, strict=True)]
    made = [
        told_rate(*each) if kind == "rate" else told_share(*each[:2])
        for kind, *each in zip(exact["kind"], count, seen["size"], exact["dispersion"], steps, strict=True)
    ]
    counted = {"count": count, "size": seen["size"], "rounded_to": steps}
    return pl.concat(
        [
            exact.select("group", "measure", "kind"),
            pl.DataFrame(counted, schema=dict.fromkeys(counted, pl.Int64)),
            pl.DataFrame([columns_of(each) for each in made], schema=ESTIMATE, orient="row"),
        ],
        how="horizontal",
    )


def _coarser(figure: int | None, step: int) -> int | None:
    """A told figure rounded to the step; hidden where less than half of one is left of it."""
    return ((figure + step // 2) // step * step or None) if figure else figure
