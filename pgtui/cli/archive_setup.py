"""`pgtui archive setup`, `switch`, `restore-point`, `timeout`, `off` and `log`: what a plan does."""

import argparse
from typing import TYPE_CHECKING, Any

from pgtui.cli.parser import add_command, add_output_options, add_plan_options, not_negative
from pgtui.cli.plans import carry_out, job_as_json, tell, wish_of
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json
from pgtui.cli.wiring import Wiring
from pgtui.domain.job import JobState

if TYPE_CHECKING:
    from pgtui.domain.plan import Plan
    from pgtui.services.bundle import Services

ACTIONS: tuple[str, ...] = ("setup", "switch", "restore-point", "timeout", "off", "log")
_SUMMARIES = (
    "have the server archive its WAL, and prove it",
    "finish the current WAL segment and see it archived",
    "make a named restore point",
    "change archive_timeout",
    "switch archiving off",
    "have the server keep its log in files (logging_collector)",
)


def add_arguments(parsers: "argparse._SubParsersAction[Any]") -> None:
    """Add the actions."""
    for name, summary in zip(ACTIONS, _SUMMARIES, strict=True):
        parser = add_command(parsers, name, summary)
        parser.add_argument("cluster", metavar="CLUSTER", help="as `pgtui clusters` calls it")
        if name == "setup":
            _add_setup(parser)
        elif name == "restore-point":
            parser.add_argument("name", metavar="NAME", help="what it is called: at most 63 bytes")
        elif name == "timeout":
            parser.add_argument(
                "seconds",
                metavar="SECONDS",
                type=not_negative,
                help="a segment is finished after that time at the latest; 0: when it is full",
            )
        add_plan_options(parser)
        add_output_options(parser)


def _add_setup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--directory", metavar="PATH", help="where to, as the server sees it; default: the present archive"
    )
    parser.add_argument(
        "--method",
        metavar="METHOD",
        choices=["alter-system", "postgresql.conf"],
        default="alter-system",
        help="how settings are written: alter-system (the default) or postgresql.conf",
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=not_negative, help="set archive_timeout as well")
    parser.add_argument(
        "--keep-log", action="store_true", help="have the server keep its log in files as well"
    )


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    wish = wish_of(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        plan = await _plan(given, services)
        if wish.yes or wish.script:
            # Where no plan is shown in words, which would carry them.
            tell(plan.findings)
        job = await carry_out(services.jobs, plan, wish)
        if job is None:
            return 0
        if wish.json:
            put_json(job_as_json(job))
        elif job.state is JobState.DONE:
            put(f"{job.plan.title}: done. {job.plan.outcome}".rstrip())
        return 0 if job.state is JobState.DONE else 1

    return with_services(wiring, use)


async def _plan(given: argparse.Namespace, services: "Services") -> "Plan":
    setup = services.archive_setup
    match given.action:
        case "setup":
            from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod

            directory = given.directory
            if directory is None:
                directory = await setup.propose_directory(given.cluster)
            method = SettingsMethod(given.method)
            draft = ArchiveDraft(given.cluster, directory, method, given.timeout, given.keep_log)
            return await setup.setup_plan(draft)
        case "switch":
            return await setup.switch_plan(given.cluster)
        case "restore-point":
            return await setup.restore_point_plan(given.cluster, given.name)
        case "timeout":
            return await setup.timeout_plan(given.cluster, given.seconds)
        case "off":
            return await setup.off_plan(given.cluster)
        case _:
            return await setup.logging_plan(given.cluster)
