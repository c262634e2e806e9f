"""`pgtui archive`: a cluster's archive. The code of each action is in another module."""

import argparse
from collections.abc import Callable

from pgtui.cli import archive_check, archive_setup
from pgtui.cli.wiring import Wiring

_ACTIONS: dict[str, Callable[[argparse.Namespace, Wiring], int]] = {
    **dict.fromkeys(archive_setup.ACTIONS, archive_setup.run),
    "check": archive_check.run_check,
    "prune": archive_check.run_prune,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    archive_setup.add_arguments(actions)
    archive_check.add_check(actions)
    archive_check.add_prune(actions)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    return _ACTIONS[given.action](given, wiring)
