"""Errors a user can act on, each kind with its exit code. No message ever holds a patient's value."""

from collections.abc import Iterable

EXIT_CODES = {
    0: "done",
    1: "the run failed",
    2: "wrong usage, or a wrong settings or criteria file",
    3: "a plan has changes (only where a detailed exit code was asked for)",
    4: "a delivery was rejected",
    5: "a delivery is missing or too old",
}


class ReachwellError(Exception):
    """Something the user can put right: says what, where, what was expected and what to do."""

    exit_code = 1


class RunFailed(ReachwellError):
    """The run could not go on."""


class OutOfRoom(RunFailed):
    """Memory or disk did not suffice: nothing is wrong with what was read."""


class UsageError(ReachwellError):
    """A command, a setting or a file is wrong; nothing was changed."""

    exit_code = 2


class FileMistakes(UsageError):
    """Every mistake of one file, reported together. most: so many are told one by one, the others counted."""

    def __init__(self, file: str, mistakes: Iterable[str], most: int | None = None) -> None:
        self.mistakes = list(mistakes)
        count = len(self.mistakes)
        lines = [f"{file}: {mistake}" for mistake in self.mistakes[:most]]
        if len(lines) < count:
            lines.append(f"{file}: and {count - len(lines):,} more like these")
        summary = f"{count} mistake{'s' if count > 1 else ''} in {file}. Nothing was changed."
        super().__init__("\n".join([*lines, summary]))


class NotAsExpected(ReachwellError):
    """Criteria do not do with test patients what was expected."""


class DeliveryRejected(ReachwellError):
    """A delivery is not fit to be used; the practice keeps its last good snapshot."""

    exit_code = 4


class DeliveryLate(ReachwellError):
    """A practice has no delivery, or none that is new enough."""

    exit_code = 5


class Unreachable(ReachwellError):
    """A practice's place did not answer; trying again may help."""

    exit_code = 5


def exit_code_of(codes: Iterable[int]) -> int:
    """The exit code of several outcomes: the lowest that applies, 0 only if nothing is wrong."""
    return min((code for code in codes if code), default=0)
