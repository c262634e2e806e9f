"""`pgtui jobs`: what was run, and what can be done about what was interrupted."""

import argparse
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_command, add_output_options, add_plan_options
from pgtui.cli.plans import carry_out, check_somebody_answers, job_as_json, read_wish
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json, put_table, say
from pgtui.cli.wiring import Wiring
from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.job_plans import rest_plan, undo_plan
from pgtui.domain.visible import visible
from pgtui.domain.words import describe_step

if TYPE_CHECKING:
    from pgtui.services.bundle import Services

COLUMNS = ("JOB", "STARTED", "STATE", "STEPS", "CLUSTER", "WHAT", "CAN BE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser)
    commands = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, words in (
        ("list", "list jobs, interrupted ones first"),
        ("show", "show one job: its steps and its output"),
        ("undo", "bring back what was before the job"),
        ("finish", "go on with the job from where it stood"),
    ):
        command = add_command(commands, name, words)
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        if name != "list":
            command.add_argument("id", metavar="ID", help="a job's id, or as much of it as is unambiguous")
        if name in ("undo", "finish"):
            add_plan_options(command)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    match given.action:
        case None | "list":
            return with_services(
                wiring, lambda services: _list(services, as_json=given.json), tell_interrupted=False
            )
        case "show":
            return with_services(
                wiring,
                lambda services: _show(services, given.id, as_json=given.json),
                tell_interrupted=False,
            )
        case _:
            return _resume(given, wiring)


async def _list(services: "Services", *, as_json: bool) -> int:
    every = services.jobs.snapshots()
    found = sorted(every, key=lambda job: job.state is not JobState.INTERRUPTED)
    if as_json:
        put_json([job_as_json(job) for job in found])
    elif found:
        put_table(COLUMNS, [_row(job) for job in found])
        _tell_what_can_be_done(found[0])
    else:
        put("No jobs have been run.")
    return 0


async def _show(services: "Services", job_id: str, *, as_json: bool) -> int:
    job = services.jobs.get(job_id)
    if as_json:
        put_json({**job_as_json(job), "output": list(job.output)})
        return 0
    what = f"{visible(job.plan.title)}: {visible(job.plan.cluster)}"
    lines = [what, f"Job {job.id}, {job.state.value}, {_when(job)}"]
    for number, (planned, status) in enumerate(zip(job.plan.steps, job.steps, strict=False), start=1):
        took = f" ({status.seconds:.1f} s)" if status.seconds is not None else ""
        lines.append(f"{number}. {visible(describe_step(planned.step))}: {status.state.value}{took}")
    lines += [f"  | {visible(line, 10_000)}" for line in job.output]
    lines += [line.replace("\n", "\n  ") for line in (job.error, job.hint) if line]
    put("\n".join(lines))
    _tell_what_can_be_done(job)
    return 0


def _resume(given: argparse.Namespace, wiring: Wiring) -> int:
    wish = read_wish(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        jobs = services.jobs
        before = jobs.get(given.id)
        _check_possible(before, given.action)
        check_somebody_answers(wish)
        undoing = given.action == "undo"

        def begin() -> str:
            (jobs.undo if undoing else jobs.finish)(before.id)
            return before.id

        plan = undo_plan(before) if undoing else rest_plan(before)
        job = await carry_out(jobs, plan, wish, begin=begin, undoing=undoing)
        if job is None:
            return 0
        title = visible(job.plan.title)
        if wish.json:
            put_json(job_as_json(job))
        elif job.state is JobState.DONE:
            put(f"{title}: finished." + (f" {job.plan.outcome}" if job.plan.outcome else ""))
        elif job.state is JobState.UNDONE:
            put(f"{title}: undone.")
        return 0 if job.state in (JobState.DONE, JobState.UNDONE) else 1

    return with_services(wiring, use, tell_interrupted=False)


def _check_possible(job: JobSnapshot, action: str) -> None:
    if not (job.can_undo if action == "undo" else job.can_finish):
        what = "undone" if action == "undo" else "finished"
        raise BadInput(
            f"The job {job.id} cannot be {what}: it is {job.state.value}.",
            f"`pgtui jobs show {job.id}` tells its steps.",
        )


def _tell_what_can_be_done(job: JobSnapshot) -> None:
    if job.state is JobState.INTERRUPTED:
        say(f"`pgtui jobs finish {job.id}` goes on with {job.id}, `pgtui jobs undo {job.id}` takes it back.")


def _when(job: JobSnapshot) -> str:
    started = f"{job.started.astimezone():%Y-%m-%d %H:%M:%S%z}"
    return f"{started} to {job.ended.astimezone():%H:%M:%S%z}" if job.ended else f"since {started}"


def _row(job: JobSnapshot) -> tuple[str, ...]:
    can = [word for word, possible in (("finished", job.can_finish), ("undone", job.can_undo)) if possible]
    return (
        job.id,
        f"{job.started.astimezone():%Y-%m-%d %H:%M:%S%z}",
        job.state.value,
        f"{job.steps_done}/{len(job.plan.steps)}",
        job.plan.cluster,
        job.plan.title,
        ", ".join(can),
    )
