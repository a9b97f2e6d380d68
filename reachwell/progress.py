"""Progress: the stages' log lines as a bar in a terminal, or as plain lines where there is none."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class _Handler(logging.Handler):
    def __init__(self, console: Console, practices: int, opening: str) -> None:
        super().__init__(logging.INFO)
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
            console=console, transient=True,
        )  # fmt: skip
        # Each practice is delivered and listed; then come publishing and the warehouse.
        self._task = self._bar.add_task(opening, total=2 * practices + 2)
        self._plain = not console.is_terminal
        self._console = console
        if self._plain:
            console.print(opening, soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        facts = getattr(record, "reachwell", {})
        message = record.getMessage()
        where = facts.get("practice") or ""
        done = {"delivered": 1, "publish": 1, "warehouse": 1, "batch": facts.get("practices", 0)}.get(message, 0)
        text = {
            "pull": f"{where}: looking for new deliveries",
            "load": f"{where}: checking and loading",
            "delivered": f"{where}: {facts.get('outcome')}",
            "batch": f"measuring {facts.get('practices')} practice{'' if facts.get('practices') == 1 else 's'}",
            "publish": "publishing",
            "warehouse": "building the warehouse",
        }.get(message)
        if text is None:
            return
        self._bar.update(self._task, description=text, advance=done)
        if self._plain and message in ("delivered", "batch", "publish"):
            self._console.print(text, soft_wrap=True)


@contextmanager
def shown(console: Console, practices: int, opening: str) -> Iterator[None]:
    """Show the progress of a run while the block lasts. opening: what is said until the first step begins."""
    handler = _Handler(console, practices, opening)
    logger = logging.getLogger("reachwell")
    level, spreads = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # Prefect prints whatever reaches the root logger.
    logger.propagate = False
    try:
        if console.is_terminal:
            with handler._bar:
                yield
        else:
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = spreads
