"""Changes: what differs between a table of two nights, by its rows' ids."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Changes:
    """New and changed rows as they are now, and rows that are gone as they were."""

    sent: pl.DataFrame
    gone: pl.DataFrame


def changes(before: pl.DataFrame, after: pl.DataFrame, key: str) -> Changes:
    """Compare two states of a table whose column `key` is the row's id, never twice in a state."""
    contents = [_contents(frame, key) for frame in (before, after)]
    # Polars' hashes are equal for equal rows within a process, which is all that is asked of them here.
    is_new = contents[1].join(contents[0], on=[key, "content"], how="anti", maintain_order="left")
    is_gone = contents[0].join(contents[1], on=key, how="anti", maintain_order="left")
    return Changes(after[is_new["place"]], before[is_gone["place"]])


def _contents(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.select(key).with_columns(content=frame.hash_rows(), place=pl.int_range(pl.len(), dtype=pl.UInt32))
