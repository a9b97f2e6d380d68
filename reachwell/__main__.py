"""The command: errors become one message and an exit code, never a traceback."""

import sys
import traceback
from pathlib import Path


def main() -> None:
    """Run the command line."""
    from cyclopts import CycloptsError

    from reachwell.cli import app
    from reachwell.errors import ReachwellError
    from reachwell.terminal import say

    try:
        code = app()
    except ReachwellError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except CycloptsError as error:
        say(f"{str(error).strip()} See: reachwell --help")
        sys.exit(2)
    except KeyboardInterrupt:
        say("interrupted; the next run puts right what was left unfinished")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of stdout has gone, as `head` does; what it wanted it has.
        sys.stdout = None
        sys.exit(0)
    except Exception as error:
        # Another library's message may quote a patient's value; where it arose may be told.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        say(f"{place}. This is a fault of reachwell; please report this line.")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
