"""Start, stop, restart and reload a server: as plans, like everything that changes something."""

from pgtui.domain.cluster import Cluster
from pgtui.domain.plan import (
    Plan,
    PlannedStep,
    ReloadServer,
    RestartServer,
    StartServer,
    StopMode,
    StopServer,
)


def start_plan(cluster: Cluster) -> Plan:
    """Return the plan that starts a stopped server."""
    step = PlannedStep(StartServer(cluster.place), undo=(StopServer(cluster.place),))
    return Plan("Start the server", cluster.name, (step,))


def stop_plan(cluster: Cluster, mode: StopMode = StopMode.FAST) -> Plan:
    """Return the plan that stops a running server."""
    stop = StopServer(cluster.place, mode)
    step = PlannedStep(stop, undo=(StartServer(cluster.place),), is_destructive=True)
    return Plan("Stop the server", cluster.name, (step,), outcome="Nobody can connect until it is started.")


def restart_plan(cluster: Cluster, mode: StopMode = StopMode.FAST) -> Plan:
    """Return the plan that restarts a running server."""
    step = PlannedStep(RestartServer(cluster.place, mode), is_destructive=True)
    return Plan("Restart the server", cluster.name, (step,), outcome="Every session was ended.")


def reload_plan(cluster: Cluster) -> Plan:
    """Return the plan that has a server reload its configuration."""
    return Plan("Reload the configuration", cluster.name, (PlannedStep(ReloadServer(cluster.place)),))
