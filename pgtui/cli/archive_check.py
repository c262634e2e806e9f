"""`pgtui archive check` and `pgtui archive prune`: holes in an archive, and what no backup needs any more."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pgtui.cli.parser import add_command, add_output_options, add_plan_options
from pgtui.cli.plans import carry_out, job_as_json, plan_as_json, tell, wish_of
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json, put_table, say, size_words
from pgtui.cli.wiring import Wiring
from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_report import ArchiveReport, Hole
from pgtui.domain.job import JobState
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from pgtui.domain.archive_prune import PruneProposal
    from pgtui.services.bundle import Services

_COLUMNS = ("TIMELINE", "PARENT", "FIRST", "LAST", "SEGMENTS", "COMPRESSED", "SIZE", "MISSING")
_MOST_SHOWN = 50


def add_check(parsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `archive check`."""
    parser = add_command(parsers, "check", "look for holes, and for files that do not belong")
    parser.add_argument("cluster", metavar="CLUSTER", help="as `pgtui clusters` calls it")
    parser.add_argument(
        "--every-header",
        action="store_true",
        help="read the first bytes of all segments, not only of those most likely wrong",
    )
    add_output_options(parser)
    parser.epilog = "Exit code 1 when segments are missing or something is wrong with a file."


def add_prune(parsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `archive prune`."""
    parser = add_command(parsers, "prune", "delete the WAL that no kept base backup needs")
    parser.add_argument("cluster", metavar="CLUSTER", help="as `pgtui clusters` calls it")
    parser.add_argument(
        "--keep-from",
        metavar="BACKUP",
        default="",
        help="path of the oldest base backup to be kept; older ones are given up",
    )
    add_plan_options(parser)
    add_output_options(parser)


def run_check(given: argparse.Namespace, wiring: Wiring) -> int:
    """Scan an archive and tell; 0 when it is whole."""

    async def use(services: "Services") -> int:
        report = await services.archive_check.scan(given.cluster, every_header=given.every_header)
        if given.json:
            put_json(report_as_json(report))
        else:
            _put_report(given.cluster, report)
        return 0 if report.is_whole else 1

    return with_services(wiring, use)


def run_prune(given: argparse.Namespace, wiring: Wiring) -> int:
    """Plan a pruning and do what was wished with it."""
    wish = wish_of(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        proposal = await services.archive_check.prune_plan(given.cluster, keep_from=given.keep_from)
        if wish.plan and wish.json:
            put_json({**await plan_as_json(services.jobs, proposal.plan), **_proposal_as_json(proposal)})
            return 0
        if not wish.script:
            (put if wish.plan else say)("\n".join(_proposal_in_words(proposal)))
        if not proposal.plan.steps:
            if wish.json:
                put_json({"job": None, **_proposal_as_json(proposal)})
            return 0
        if wish.yes or wish.script:
            # Where no plan is shown in words, which would carry them.
            tell(proposal.findings)
        job = await carry_out(services.jobs, proposal.plan, wish)
        if job is None:
            return 0
        if wish.json:
            put_json({"job": job_as_json(job), **_proposal_as_json(proposal)})
        return 0 if job.state is JobState.DONE else 1

    return with_services(wiring, use)


def report_as_json(report: ArchiveReport) -> dict[str, Any]:
    """Return what `archive check --json` prints."""
    return {
        **asdict(report),
        "taken": report.taken.isoformat(),
        "whole": report.is_whole,
        "hole_count": report.hole_count,
        "spans": [
            {
                **asdict(span),
                "oldest": span.oldest.isoformat() if span.oldest else None,
                "newest": span.newest.isoformat() if span.newest else None,
                "holes": [_hole_as_json(hole) for hole in span.holes],
            }
            for span in report.spans
        ],
    }


def _hole_as_json(hole: Hole) -> dict[str, Any]:
    return {
        **asdict(hole),
        "after": hole.after.isoformat() if hole.after else None,
        "until": hole.until.isoformat() if hole.until else None,
    }


def _put_report(cluster: str, report: ArchiveReport) -> None:
    files, headers = count_in_words(report.files, "file"), count_in_words(report.headers_of, "header")
    put(
        f"{visible(cluster)}: {visible(report.directory)}\n"
        f"{files}, {size_words(report.size)}; segments of {size_words(report.segment_size)}; "
        f"{report.headers_checked:,} of {headers} checked; {report.seconds:.1f} s"
    )
    if report.spans:
        put_table(
            _COLUMNS,
            [
                (
                    str(span.timeline),
                    str(span.parent or ""),
                    span.first or "-",
                    span.last or "-",
                    f"{span.count:,}",
                    f"{span.compressed:,}",
                    size_words(span.size),
                    f"{span.missing:,}",
                )
                for span in report.spans
            ],
        )
    lines = [*_holes_in_words(report), *_problems_in_words(report), *report.notes]
    lines.append("The archive is whole." if report.is_whole else "The archive is not whole.")
    put("\n".join(visible(line, 10_000) for line in lines))


def _holes_in_words(report: ArchiveReport) -> list[str]:
    lines = []
    for hole in report.holes[:_MOST_SHOWN]:
        to = f" to {hole.last}" if hole.count > 1 else ""
        lines.append(f"MISSING {hole.first}{to} ({hole.count:,} segment{'s' if hole.count > 1 else ''})")
        lines += [f"  {sentence}" for sentence in hole.cost]
    return lines + _more(report.hole_count, "holes")


def _problems_in_words(report: ArchiveReport) -> list[str]:
    lines = [f"{p.kind.value.upper()} {p.name}: {p.words}" for p in report.problems[:_MOST_SHOWN]]
    return lines + _more(report.problem_count, "files")


def _more(count: int, what: str) -> list[str]:
    left = count - _MOST_SHOWN
    return [f"... and {left:,} more {what}: --json tells of up to 1,000"] if left > 0 else []


def _proposal_in_words(proposal: "PruneProposal") -> list[str]:
    lines = [visible(sentence, 10_000) for sentence in proposal.why]
    if not proposal.goes:
        return [*lines, "Nothing lies before it: there is nothing to prune."]
    ends = proposal.goes[0] if proposal.goes_count == 1 else f"{proposal.goes[0]} ... {proposal.goes[-1]}"
    go = "goes" if proposal.goes_count == 1 else "go"
    stay = "stays" if proposal.stays == 1 else "stay"
    lines.append(
        f"{count_in_words(proposal.goes_count, 'file')} {go} ({size_words(proposal.goes_bytes)}): {ends}; "
        f"{count_in_words(proposal.stays, 'segment')} {stay}. pg_archivecleanup lists the same files."
    )
    return lines


def _proposal_as_json(proposal: "PruneProposal") -> dict[str, Any]:
    return {
        "cut": proposal.cut,
        "goes": list(proposal.goes),
        "goes_count": proposal.goes_count,
        "goes_bytes": proposal.goes_bytes,
        "stays": proposal.stays,
        "why": list(proposal.why),
    }
