"""From the command line to a command's run, and from what went wrong to a sentence and an exit code."""

import errno
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

from pgtui.cli.text import complain
from pgtui.cli.wiring import Options, Wiring
from pgtui.domain.errors import BadInput, PgtuiError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
PLUGIN_UNKNOWN = 3
READER_GONE = 141
"""What a shell tells of a program that SIGPIPE ended."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run(arguments: Sequence[str], wiring: Wiring) -> int:
    """Carry out a command line and return the exit code."""
    sys.excepthook = _last_resort(wiring)
    try:
        return _carry_out(arguments, wiring) if arguments else _open_console(wiring)
    except BadInput as error:
        if _is_of_status(arguments):
            return _unknown(error)
        complain(error)
        return BAD_INPUT
    except PgtuiError as error:
        complain(error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`). The interpreter flushes once more at its end: into nothing.
        _drop_output()
        return READER_GONE
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _drop_output()
        complain(PgtuiError(f"Output could not be written: {error.strerror}.", "Make room where it goes."))
        return FAILED


def _is_of_status(arguments: Sequence[str]) -> bool:
    from pgtui.cli.parser import COMMANDS

    names = [command.name for command in COMMANDS]
    return next((word for word in arguments if word in names), None) == "status"


def _unknown(error: BadInput) -> int:
    """What `status` cannot be meant to tell is unknown: a monitoring system would take 2 for critical."""
    from pgtui.cli.status_plugin import unknown_output
    from pgtui.cli.text import put

    # On standard output: that is where a plugin's words are read.
    put(unknown_output(error))
    sys.stdout.flush()
    return PLUGIN_UNKNOWN


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _carry_out(arguments: Sequence[str], wiring: Wiring) -> int:
    # Late, like the commands' own modules: the console alone needs nothing of it.
    from pgtui.cli.parser import command_module, command_named, parse

    given = parse(arguments)
    options = Options(given.config, given.theme, not given.no_animation, given.verbose)
    wiring = replace(wiring, options=options)
    if given.command is None:
        return _open_console(wiring)
    code: int = command_module(command_named(given.command)).run(given, wiring)
    sys.stdout.flush()
    return code


def _open_console(wiring: Wiring) -> int:
    check_terminal("`pgtui --help` lists the commands that need none.")
    return wiring.open_console(wiring.options, None)


def check_terminal(instead: str) -> None:
    """Raise BadInput unless the console can be drawn here: it is drawn on standard error."""
    if not (sys.stdin and sys.stdin.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        raise BadInput("The console needs a terminal on standard input and standard error.", instead)
    if os.environ.get("TERM") == "dumb":
        raise BadInput("The console cannot be drawn on a terminal of type dumb.", f"Set TERM; {instead}")


def _last_resort(
    wiring: Wiring,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        from pgtui.cli.crash import report_crash

        report_crash(wiring.state_directory, kind, error, trace)

    return show
