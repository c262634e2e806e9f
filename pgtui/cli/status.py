"""`pgtui status`: is WAL safe now? In the form of a monitoring plugin, or as JSON."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_output_options, positive
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json
from pgtui.cli.wiring import Wiring
from pgtui.domain.errors import BadInput, PgtuiError

if TYPE_CHECKING:
    from pgtui.domain.archive_status import ArchiveStatus
    from pgtui.services.bundle import Services

UNKNOWN = 3
AT_ONCE = 16
"""Clusters that are looked at side by side."""
EVERY = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("cluster", nargs="?", metavar="CLUSTER", help="which; the only one when there is one")
    which.add_argument(
        "--all", action="store_true", help="every cluster that runs or that the configuration names"
    )
    parser.add_argument(
        "--watch",
        nargs="?",
        metavar="SECONDS",
        type=positive,
        const=EVERY,
        help=f"go on until ctrl+c, and tell every so many seconds ({EVERY} unless told)",
    )
    add_output_options(parser)
    parser.epilog = (
        "The first line and the exit code are those of a monitoring plugin: 0 ok, idle or catching up; "
        "1 (warning) lagging or off; 2 (critical) failing or stopped; 3 unknown. With --all the worst "
        "counts, unknown between warning and critical. Bad input ends with 3, too: 2 would be taken for "
        "critical. With --json an object, with --watch one a line."
    )


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    async def use(services: "Services") -> int:
        if given.watch:
            from pgtui.cli.status_watch import watch

            return await watch(services, await _names(services, given), given)
        names = await _names(services, given)
        statuses = await _looks(services, names)
        return _tell(statuses, given)

    try:
        return with_services(wiring, use, tell_interrupted=False)
    except PgtuiError as error:
        from pgtui.cli.status_plugin import unknown_output

        # On standard output: that is where a plugin's words are read.
        put(unknown_output(error))
        return UNKNOWN


async def _names(services: "Services", given: argparse.Namespace) -> tuple[str, ...]:
    """Return which clusters are meant. Raises BadInput."""
    from pgtui.services.archive_monitor import worth_watching

    if given.cluster is not None:
        await services.inventory.cluster(given.cluster)
        return (given.cluster,)
    snapshot = await services.inventory.look()
    found = worth_watching(snapshot)
    if not found:
        problems = [host.problem for host in snapshot.hosts if host.problem]
        raise BadInput("There is no cluster that runs.", " ".join(problems) or "`pgtui clusters` lists all.")
    if len(found) > 1 and not given.all:
        known = ", ".join(repr(cluster.name) for cluster in found)
        raise BadInput("There are several clusters: name one, or say --all.", f"There are {known}.")
    return tuple(cluster.name for cluster in found)


async def _looks(services: "Services", names: tuple[str, ...]) -> "tuple[ArchiveStatus, ...]":
    room = asyncio.Semaphore(AT_ONCE)

    async def look(name: str) -> "ArchiveStatus":
        async with room:
            return await services.archive_monitor.look(name)

    return tuple(await asyncio.gather(*map(look, names)))


def _tell(statuses: "tuple[ArchiveStatus, ...]", given: argparse.Namespace) -> int:
    from pgtui.cli.status_json import overall_as_json, status_as_json
    from pgtui.cli.status_plugin import plugin_output, worst_code

    if not given.json:
        put(plugin_output(statuses))
    elif given.all:
        put_json(overall_as_json(statuses))
    else:
        put_json(status_as_json(statuses[0]))
    return worst_code(statuses)
