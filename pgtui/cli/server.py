"""`pgtui start`, `stop`, `restart` and `reload`: a cluster's server."""

import argparse
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_output_options, add_plan_options
from pgtui.cli.plans import carry_out, job_as_json, wish_of
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json
from pgtui.cli.wiring import Wiring
from pgtui.domain.job import JobState

if TYPE_CHECKING:
    from pgtui.domain.cluster import Cluster
    from pgtui.domain.plan import Plan
    from pgtui.services.bundle import Services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cluster", metavar="CLUSTER", help="as `pgtui clusters` calls it")
    if parser.prog.split()[-1] in ("stop", "restart"):
        parser.add_argument(
            "--mode",
            metavar="MODE",
            choices=["smart", "fast", "immediate"],
            default="fast",
            help="how the server is shut down: smart, fast (the default) or immediate",
        )
    add_plan_options(parser)
    add_output_options(parser)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    wish = wish_of(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        cluster = await services.inventory.cluster(given.cluster)
        job = await carry_out(services.jobs, _plan(given, cluster), wish)
        if job is None:
            return 0
        if wish.json:
            put_json(job_as_json(job))
        elif job.state is JobState.DONE:
            put(f"{job.plan.title}: done. {job.plan.outcome}".rstrip())
        return 0 if job.state is JobState.DONE else 1

    return with_services(wiring, use)


def _plan(given: argparse.Namespace, cluster: "Cluster") -> "Plan":
    from pgtui.domain.plan import StopMode
    from pgtui.services import server_control

    match given.command:
        case "start":
            return server_control.start_plan(cluster)
        case "stop":
            return server_control.stop_plan(cluster, StopMode(given.mode))
        case "restart":
            return server_control.restart_plan(cluster, StopMode(given.mode))
        case _:
            return server_control.reload_plan(cluster)
