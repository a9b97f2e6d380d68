"""Shown: tables of figures, shares and numbers as people read them in a terminal."""

from collections.abc import Container

from rich.table import Table

from reachwell.small_numbers import shown_count


def table(title: str, *columns: str, words: Container[str] = ()) -> Table:
    """A table of figures, which are set to the right but for the first column. words: the columns of words besides."""
    # As wide as its title at least, so that the title is one line.
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, min_width=len(title))
    for place, name in enumerate(columns):
        made.add_column(name, justify="right" if place and name not in words else "left", overflow="fold")
    return made


def number(count: int, word: str) -> str:
    """A number of things: 1 practice, 2 practices."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def count(patients: int | None) -> str:
    """A suppressed count in a narrow cell; * is what is hidden."""
    return "*" if patients is None else shown_count(patients)


def percent(share: float | None, places: int = 0) -> str:
    """A share as people read it: more than nothing is never 0%, and less than all never 100%; "-" where not told."""
    if share is None:
        return "-"
    least = 10.0**-places
    if 0 < share * 100 < least / 2:
        return f"<{least:.{places}f}%"
    if 100 - least / 2 <= share * 100 < 100:
        return f">{100 - least:.{places}f}%"
    return f"{share * 100:.{places}f}%"
