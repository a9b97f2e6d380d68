"""Safely: a step of the night whose failure never says what stands in a patient's record."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import polars as pl

from reachwell.errors import ReachwellError, RunFailed

_P = ParamSpec("_P")
_T = TypeVar("_T")


def safely(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """A step that raises none but our own errors.

    Prefect keeps the text of an exception, and a library's own text may quote a patient's value.
    """

    @wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except ReachwellError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            raise _without_values(error, function.__name__) from None

    return wrapped


def _without_values(error: BaseException, step: str) -> RunFailed:
    # Polars tells of a file it could not write by its kind of error for all that goes wrong in a query.
    if isinstance(error, OSError) or "os error" in str(error):
        reason = (error.strerror if isinstance(error, OSError) else None) or "a file could not be read or written"
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        return RunFailed(f"{step}: {reason}{where}. Check that the disk is not full and the folder may be written.")
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return RunFailed(f"{step}: {place}. This is a fault of reachwell; please report this line.")
