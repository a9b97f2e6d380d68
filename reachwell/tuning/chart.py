"""The chart of a sweep: list size, what is known, deprivation and overlap with the live list, as SVG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from reachwell.errors import RunFailed

_PANELS = {
    "new": "People on the list",
    "share_known": "Answers known, of those listed",
    "share_deprived": "In the two most deprived fifths",
    "share_kept": "Still on it, of the live list",
}
# Told apart without colour too.
_MARKERS = "osD^vPX*"


def write_chart(told: pl.DataFrame, now: Mapping[str, float | None], path: Path) -> None:
    """Draw what tune.told() gave; one line for each value of the second number. now: the live values.

    Figures that are hidden leave a gap. The same figures give the same file. RunFailed where it cannot be written.
    """
    first, *others = now
    figure = Figure(figsize=(10, 7), layout="constrained")
    # The text stays text, to be read aloud and searched; names within the file do not change from run to run.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "reachwell", "font.size": 11}):
        for panel, (column, title) in zip(figure.subplots(2, 2, sharex=True).flat, _PANELS.items(), strict=True):
            _draw(panel, told, first, others[0] if others else None, column)
            panel.set_title(title, loc="left", fontweight="bold")
            panel.set_xlabel(first)
            panel.tick_params(labelbottom=True)
            if (live := now[first]) is not None:
                panel.axvline(live, color="0.4", linestyle=":", label=f"live: {live:g}")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6), frameon=False)
        try:
            figure.savefig(path, format="svg", metadata={"Date": None})
        except OSError as error:
            raise RunFailed(f"{path} cannot be written: {error.strerror}") from None


def _draw(panel: Any, told: pl.DataFrame, first: str, second: str | None, column: str) -> None:
    lines = told.partition_by(second, maintain_order=True) if second else [told]
    for place, line in enumerate(lines):
        label = f"{second} = {line[second][0]:g}" if second else "the list"
        values = line[column].cast(pl.Float64).to_numpy()
        panel.plot(line[first], values, marker=_MARKERS[place % len(_MARKERS)], label=label)
        if column == "share_deprived" and not second:
            low, high = (line[name].cast(pl.Float64).to_numpy() for name in ("deprived_low", "deprived_high"))
            panel.fill_between(line[first], low, high, alpha=0.2, linewidth=0)
    panel.set_ylim(bottom=0)
    panel.grid(alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
    if column != "new":
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        panel.set_ylim(0, 1.02)
    if told[first].dtype.is_integer():
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
