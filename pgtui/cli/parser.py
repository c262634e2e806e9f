"""The command line: its commands, each in a module that is imported only when it is asked for."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

from pgtui.domain.errors import BadInput
from pgtui.domain.visible import visible


@dataclass(frozen=True)
class Command:
    """One command: its module below pgtui.cli, which has `add_arguments` and `run`."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("clusters", "clusters", "list the clusters of every host"),
    Command("status", "status", "tell whether WAL is safe now, as a monitoring plugin does"),
    Command("doctor", "doctor", "look for what is missing, wrong or left behind"),
    Command("archive", "archive", "set up, check and prune a cluster's archive; switch WAL"),
    Command("recover", "recover", "bring a cluster's past back, in a sandbox"),
    Command("sandbox", "sandbox", "list, query and remove sandboxes"),
    Command("jobs", "jobs", "show what was run; finish or undo what was interrupted"),
    Command("start", "server", "start a cluster's server"),
    Command("stop", "server", "stop a cluster's server"),
    Command("restart", "server", "restart a cluster's server"),
    Command("reload", "server", "have a cluster's server read its configuration again"),
    Command("demo", "demo", "make a cluster with a small history, and open the console on it"),
)


class CommandModule(Protocol):
    """What a command's module holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""


class Parser(argparse.ArgumentParser):
    """argparse whose complaints are one sentence and a hint."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{visible(_sentence(message))}", f"`{self.prog} --help` shows what there is.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        if action.option_strings:
            raise BadInput(
                f"{action.option_strings[-1]} cannot be {visible(str(value), 80)!r}.",
                f"It can be: {', '.join(choices)}.",
            )
        near = get_close_matches(str(value), choices, n=1)
        what = "command" if action.dest == "command" else (action.metavar or action.dest)
        raise BadInput(
            f"There is no {what} {visible(str(value), 80)!r}.",
            f"Did you mean {near[0]}?" if near else f"There are: {', '.join(choices)}.",
        )

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        if action.type in (positive, not_negative):
            try:
                return action.type(arg_string)
            except ValueError:
                name = action.option_strings[-1] if action.option_strings else action.dest
                limit = "above zero" if action.type is positive else "from zero on"
                raise BadInput(
                    f"{name} must be a whole number {limit}, not {visible(arg_string, 80)!r}.",
                    f"`{self.prog} --help` shows what there is.",
                ) from None
        return super()._get_value(action, arg_string)


def positive(text: str) -> int:
    """Read a whole number above zero. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def not_negative(text: str) -> int:
    """Read a whole number from zero on. Raises ValueError."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; `command` is None for the console. Raises BadInput; --help exits."""
    parser = Parser(
        prog="pgtui",
        description="A terminal console for PostgreSQL backup and recovery. Without a command it opens.",
        epilog="Exit codes: 0 done, 1 failed or unhealthy, 2 usage or bad input, 130 interrupted. "
        "`status` has those of a monitoring plugin.",
    )
    parser.add_argument("-V", "--version", action="version", version=_version())
    _add_global(parser, for_command=False)
    parsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in COMMANDS:
        sub = add_command(parsers, command.name, command.summary)
        if command.name in arguments:
            module: CommandModule = command_module(command)
            module.add_arguments(sub)
    return parser.parse_args(arguments)


def command_module(command: Command) -> Any:
    """Import a command's module."""
    return import_module(f"pgtui.cli.{command.module}")


def command_named(name: str) -> Command:
    """Return one of the commands."""
    return next(command for command in COMMANDS if command.name == name)


def add_command(
    parsers: "argparse._SubParsersAction[Any]", name: str, summary: str
) -> argparse.ArgumentParser:
    """Add a command, or a command's action: the global options may stand behind it too."""
    sub: argparse.ArgumentParser = parsers.add_parser(name, help=summary, description=_sentence(summary))
    _add_global(sub, for_command=True)
    return sub


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command has that changes something."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--plan", action="store_true", help="show the steps with their commands; change nothing")
    how.add_argument("--script", action="store_true", help="print the steps as a bash script; change nothing")
    how.add_argument("--yes", action="store_true", help="do it without asking")


def _add_global(parser: argparse.ArgumentParser, *, for_command: bool) -> None:
    # A command's parser must not put its defaults over what was given before the command's name.
    unset: Any = argparse.SUPPRESS if for_command else None
    off: Any = argparse.SUPPRESS if for_command else False
    group = parser.add_argument_group("global options")
    group.add_argument("--config", metavar="FILE", type=Path, default=unset, help="read this configuration")
    group.add_argument("--theme", metavar="NAME", default=unset, help="dark, light, ansi-dark or ansi-light")
    group.add_argument("--no-animation", action="store_true", default=off, help="nothing moves by itself")
    group.add_argument("--verbose", action="store_true", default=off, help="tell more on standard error")


def _version() -> str:
    from pgtui import __version__

    return f"pgtui {__version__}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
