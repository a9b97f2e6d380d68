"""The command line: what it is called, what its exit codes mean, and which commands there are."""

from cyclopts import App

from reachwell import __version__
from reachwell.commands import backtest, codelists, coverage, criteria, decisions, looking, practice, running, tuning
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
for commands in (running, looking, decisions, criteria, tuning, coverage, backtest, codelists, practice):
    commands.add_to(app)
