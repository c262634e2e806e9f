"""A plan on the command line: shown, written as a script, or asked about and run."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pgtui.cli.progress import watch
from pgtui.cli.text import put, put_json, say
from pgtui.domain.errors import BadInput
from pgtui.domain.preflight import Finding
from pgtui.domain.visible import visible
from pgtui.domain.words import describe_step

if TYPE_CHECKING:
    from pgtui.domain.job import JobSnapshot
    from pgtui.domain.plan import Plan
    from pgtui.services.jobs import Jobs


@dataclass(frozen=True)
class Wish:
    """What the user wants done with a plan."""

    plan: bool
    script: bool
    yes: bool
    json: bool
    verbose: bool


def wish_of(given: argparse.Namespace, *, verbose: bool) -> Wish:
    """Read --plan, --script, --yes and --json. Raises BadInput when there is nobody to ask and no --yes."""
    wish = read_wish(given, verbose=verbose)
    check_somebody_answers(wish)
    return wish


def read_wish(given: argparse.Namespace, *, verbose: bool) -> Wish:
    """Read --plan, --script, --yes and --json."""
    return Wish(given.plan, given.script, given.yes, getattr(given, "json", False), verbose)


def check_somebody_answers(wish: Wish) -> None:
    """Raise BadInput when there is nobody to ask and no --yes."""
    if not (wish.plan or wish.script or wish.yes) and not sys.stdin.isatty():
        raise BadInput(
            "There is nobody to ask: standard input is not a terminal.",
            "Give --yes to do it, or --plan or --script to see what would be done.",
        )


async def carry_out(
    jobs: "Jobs",
    plan: "Plan",
    wish: Wish,
    *,
    begin: Callable[[], str] | None = None,
    undoing: bool = False,
) -> "JobSnapshot | None":
    """Do with a plan what was wished; return the job that ran, None when nothing was to run.

    `begin` starts it and returns the job's id, when it is not a new job that runs the plan.
    """
    if wish.script:
        # Not through the door for text: a script must be byte for byte what it is, and writes names quoted.
        sys.stdout.write(await jobs.script(plan))
        return None
    if wish.plan and wish.json:
        put_json(await plan_as_json(jobs, plan))
        return None
    if not wish.yes or wish.plan:
        (put if wish.plan else say)(await plan_in_words(jobs, plan))
    if wish.plan:
        return None
    if not wish.yes and not _agreed(plan):
        say("Nothing was done.")
        return None
    job_id = begin() if begin else jobs.submit(plan)
    return await watch(jobs, job_id, verbose=wish.verbose, undoing=undoing)


async def plan_in_words(jobs: "Jobs", plan: "Plan") -> str:
    """Return the steps in words, each with its exact commands below it."""
    lines = [f"{visible(plan.title)}: {visible(plan.cluster)}", *findings_in_words(plan.findings)]
    for number, (planned, commands) in enumerate(
        zip(plan.steps, await jobs.command_lines(plan), strict=True), start=1
    ):
        mark = " (!)" if planned.is_destructive else ""
        lines.append(f"{number}. {visible(describe_step(planned.step))}{mark}")
        lines += [f"     {line}" for each in commands for line in each.split("\n")]
    if plan.outcome:
        lines.append(plan.outcome)
    return "\n".join(lines)


async def plan_as_json(jobs: "Jobs", plan: "Plan") -> dict[str, Any]:
    """Return a plan as values that JSON knows."""
    commands = await jobs.command_lines(plan)
    return {
        "title": plan.title,
        "cluster": plan.cluster,
        "findings": [finding_as_json(finding) for finding in plan.findings],
        "steps": [
            {
                "words": describe_step(planned.step),
                "commands": list(lines),
                "destructive": planned.is_destructive,
            }
            for planned, lines in zip(plan.steps, commands, strict=True)
        ],
        "outcome": plan.outcome or None,
    }


def findings_in_words(findings: tuple[Finding, ...]) -> list[str]:
    """Return findings as lines, hints indented below."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.severity.value.upper()}: {visible(finding.message, 10_000)}")
        if finding.hint:
            lines.append(f"  {finding.hint}")
    return lines


def tell(findings: tuple[Finding, ...]) -> None:
    """Say findings on standard error."""
    if findings:
        say("\n".join(findings_in_words(findings)))


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as values that JSON knows."""
    return {
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint or None,
    }


def job_as_json(job: "JobSnapshot") -> dict[str, Any]:
    """Return a job as values that JSON knows."""
    return {
        "id": job.id,
        "title": job.plan.title,
        "cluster": job.plan.cluster,
        "state": job.state.value,
        "started": job.started.isoformat(),
        "ended": job.ended.isoformat() if job.ended else None,
        "steps": [
            {"words": describe_step(planned.step), "state": status.state.value, "seconds": status.seconds}
            for planned, status in zip(job.plan.steps, job.steps, strict=False)
        ],
        "error": job.error or None,
        "hint": job.hint or None,
        "can_undo": job.can_undo,
        "can_finish": job.can_finish,
    }


def ask(question: str) -> str:
    """Ask on the terminal: on standard error, so that standard output stays for results."""
    say(question)
    sys.stderr.write("> ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _agreed(plan: "Plan") -> bool:
    if plan.is_destructive:
        return (
            ask(f"Type {visible(plan.cluster)} to do this (anything else leaves all as it is):")
            == plan.cluster
        )
    return ask("Do this? [y/N]").lower() in ("y", "yes")
