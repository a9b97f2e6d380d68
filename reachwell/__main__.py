"""The command: errors become one message and an exit code, never a traceback."""

import sys


def main() -> None:
    """Run the command line."""
    from reachwell.cli import app, say
    from reachwell.errors import ReachwellError

    try:
        code = app()
    except ReachwellError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("interrupted; the next run puts right what was left unfinished")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of stdout has gone, as `head` does; what it wanted it has.
        sys.stdout = None
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
