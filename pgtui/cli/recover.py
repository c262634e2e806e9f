"""`pgtui recover`: a cluster as it was at a moment, in a sandbox."""

import argparse
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_output_options, add_plan_options, positive
from pgtui.cli.plans import Wish, carry_out, job_as_json, plan_as_json, tell, wish_of
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json
from pgtui.cli.wiring import Wiring
from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.plan import CreateSandbox, Plan
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from pgtui.services.bundle import Services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cluster", metavar="CLUSTER", help="as `pgtui clusters` calls it")
    parser.add_argument(
        "--to-time",
        metavar="TIME",
        required=True,
        help="the moment: date, time and offset, such as '2026-11-22 11:59:57+00'",
    )
    parser.add_argument("--zone", metavar="ZONE", default="", help="for a time without offset: Europe/Berlin")
    parser.add_argument("--backup", metavar="PATH", default="", help="start from this base backup")
    parser.add_argument(
        "--timeline", metavar="N", type=positive, help="follow this timeline; default: the present one"
    )
    parser.add_argument("--into", required=True, choices=["sandbox"], help="where to")
    add_plan_options(parser)
    add_output_options(parser)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    wish = wish_of(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        from pgtui.services.recovery import RecoveryDraft

        draft = RecoveryDraft(given.cluster, given.to_time, given.zone, given.backup, given.timeline)
        proposal = await services.recovery.propose(draft)
        if wish.plan and wish.json:
            plan = await plan_as_json(services.jobs, proposal.plan)
            put_json({**plan, "target": proposal.target.isoformat()})
            return 0
        if wish.yes or wish.script:
            # Where no plan is shown in words, which would carry them.
            tell(proposal.findings)
        job = await carry_out(services.jobs, proposal.plan, wish)
        if job is None:
            return 0
        _tell_result(job, wish)
        return 0 if job.state is JobState.DONE else 1

    return with_services(wiring, use)


def sandbox_of(plan: Plan) -> str:
    """Return the name of the sandbox that a plan makes."""
    for planned in plan.steps:
        if isinstance(planned.step, CreateSandbox):
            return planned.step.sandbox.name
    raise BadInput("This plan makes no sandbox.")


def _tell_result(job: JobSnapshot, wish: Wish) -> None:
    name = sandbox_of(job.plan)
    if wish.json:
        put_json({**job_as_json(job), "sandbox": name if job.state is JobState.DONE else None})
    elif job.state is JobState.DONE:
        put(
            f"The sandbox {name} shows {visible(job.plan.cluster)} as it was then.\n"
            f"  pgtui sandbox query {name} -d DATABASE 'select ...'\n"
            f"  pgtui sandbox remove {name}"
        )
