"""Log: what a run tells of its steps, in names and counts only; `progress` shows it."""

import logging
from typing import Any

_log = logging.getLogger("reachwell")


def tell(message: str, **facts: Any) -> None:
    """Tell of a step. facts: never a patient's value."""
    _log.info(message, extra={"reachwell": facts})
