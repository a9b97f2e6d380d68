"""The command line: what it is called, what its exit codes mean, and which commands there are."""

from cyclopts import App

from reachwell import (
    __version__,
    backtest_commands,
    codelist_commands,
    coverage_commands,
    criteria_commands,
    looking_commands,
    practice_commands,
    running_commands,
    tuning_commands,
)
from reachwell.errors import EXIT_CODES

_CODES = "\n".join(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())
app = App(
    name="reachwell",
    version=__version__,
    help="Finds the patients whom social prescribing might help and who are not being offered it.",
    help_epilogue=f"Exit codes:\n\n{_CODES}",
    help_format="plaintext",
    version_flags=["--version"],
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
)
for commands in (
    running_commands,
    looking_commands,
    criteria_commands,
    tuning_commands,
    backtest_commands,
    codelist_commands,
    coverage_commands,
    practice_commands,
):
    commands.add_to(app)
