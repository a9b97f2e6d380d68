"""The terminal: data on stdout, messages on stderr, no colour where none is wanted."""

import json
from typing import Any

from rich.console import Console

# Where nobody looks, tables are as wide as they like: a wrapped path or sentence is of no use to a program.
_WIDE = 200


class _Data(Console):
    def on_broken_pipe(self) -> None:
        # The reader has gone, as `head` does; what it wanted it has.
        raise BrokenPipeError


def say(message: str) -> None:
    """Print a message for people on stderr, unwrapped, so that paths stay whole."""
    Console(stderr=True, highlight=False).print(f"reachwell: {message}", soft_wrap=True, markup=False)


def out(*what: Any) -> None:
    """Print data on stdout."""
    console = _Data(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    for each in what:
        console.print(each)


def out_text(text: str) -> None:
    """Print plain text on stdout as it is."""
    _Data(highlight=False).print(text, soft_wrap=True, markup=False)


def out_json(what: Any) -> None:
    """Print JSON on stdout."""
    print(json.dumps(what, indent=2, ensure_ascii=False, default=str))
