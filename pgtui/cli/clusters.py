"""`pgtui clusters`: what there is on every host."""

import argparse
from typing import TYPE_CHECKING, Any

from pgtui.cli.parser import add_output_options
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json, put_table, say
from pgtui.cli.wiring import Wiring
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from pgtui.domain.cluster import Cluster, InventorySnapshot
    from pgtui.services.bundle import Services

COLUMNS = ("CLUSTER", "HOST", "STATE", "VERSION", "PLACE", "DATA DIRECTORY")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser)
    parser.epilog = "Exit code 1 when no host can be used."


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    async def use(services: "Services") -> int:
        snapshot = await services.inventory.look()
        if given.json:
            put_json(snapshot_as_json(snapshot))
        else:
            _print(snapshot)
        return 0 if any(not host.problem for host in snapshot.hosts) else 1

    return with_services(wiring, use)


def snapshot_as_json(snapshot: "InventorySnapshot") -> dict[str, Any]:
    """Return what `clusters --json` prints."""
    return {
        "taken": snapshot.taken.isoformat(),
        "hosts": [
            {
                "kind": host.kind.value,
                "title": host.title,
                "version": host.version or None,
                "problem": host.problem or None,
                "hint": host.hint or None,
            }
            for host in snapshot.hosts
        ],
        "clusters": [_cluster_as_json(cluster) for cluster in snapshot.clusters],
    }


def _cluster_as_json(cluster: "Cluster") -> dict[str, Any]:
    return {
        "name": cluster.name,
        "host": cluster.place.kind.value,
        "place": cluster.place.name,
        "state": cluster.state.value,
        "version": str(cluster.version) if cluster.version else None,
        "data_directory": cluster.data_directory,
        "image": cluster.image,
        "user": cluster.user,
        "database": cluster.database,
        "backups": list(cluster.backups),
        "archive": cluster.archive,
        "from_config": cluster.from_config,
        "problem": cluster.problem or None,
    }


def _print(snapshot: "InventorySnapshot") -> None:
    if snapshot.clusters:
        put_table(COLUMNS, [_row(cluster) for cluster in snapshot.clusters])
    else:
        put("No clusters were found.")
        say("Start one, name one in the configuration, or try `pgtui demo`.")
    for cluster in snapshot.clusters:
        if cluster.problem:
            say(f"{visible(cluster.name)}: {visible(cluster.problem)}")
    for host in snapshot.hosts:
        if host.problem:
            say(f"{host.title}: {host.problem}" + (f"\n  {host.hint}" if host.hint else ""))


def _row(cluster: "Cluster") -> tuple[str, ...]:
    return (
        cluster.name,
        cluster.place.kind.value,
        cluster.state.value,
        str(cluster.version) if cluster.version else "?",
        cluster.place.name if cluster.place.kind.value == "docker" else "",
        cluster.data_directory or "?",
    )
