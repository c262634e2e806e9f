"""`pgtui archive`: a cluster's archive. The code of each action is in another module."""

import argparse
from typing import Any, Protocol

from pgtui.cli import archive_check, archive_setup
from pgtui.cli.wiring import Wiring


class Actions(Protocol):
    """What a module of actions holds."""

    ACTIONS: tuple[str, ...]
    """Their names."""

    def add_arguments(self, parsers: "argparse._SubParsersAction[Any]") -> None:
        """Add the actions."""

    def run(self, given: argparse.Namespace, wiring: Wiring) -> int:
        """Carry one out and return the exit code."""


_MODULES: tuple[Actions, ...] = (archive_setup, archive_check)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parsers = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in _MODULES:
        module.add_arguments(parsers)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    module = next(module for module in _MODULES if given.action in module.ACTIONS)
    return module.run(given, wiring)
