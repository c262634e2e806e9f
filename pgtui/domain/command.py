"""A command to be run somewhere: always an argument list, never a shell string."""

import shlex
from dataclasses import dataclass

SERVER_ACCOUNT = ""
"""As a command's `user`: the account that the server itself runs under."""


@dataclass(frozen=True)
class Command:
    """One program with its arguments. Secrets have no place here: argv is visible to everyone."""

    argv: tuple[str, ...]
    """Program and arguments, passed on as they are."""
    user: str = SERVER_ACCOUNT
    """Operating system account: a name, `root`, or SERVER_ACCOUNT."""
    env: tuple[tuple[str, str], ...] = ()
    """Environment variables added to those that are there."""

    def __str__(self) -> str:
        return shlex.join(self.argv)


def assignments(command: Command) -> tuple[str, ...]:
    """Return the command's environment as `NAME=value` words, for `env` or `docker exec -e`."""
    return tuple(f"{name}={value}" for name, value in command.env)
