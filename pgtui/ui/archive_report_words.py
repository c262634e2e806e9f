"""What a scan of an archive found, and what pruning would take away, as entries to be read. Pure."""

from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_report import ArchiveReport, Hole, TimelineSpan
from pgtui.domain.preflight import Finding, Severity
from pgtui.ui.details import Detail
from pgtui.ui.present import Tone, count_text, duration_text, severity_mark, size_text, time_text
from pgtui.ui.text import content

_LONG = 4096
_MOST_NAMES = 1000


def report_count(report: ArchiveReport) -> str:
    """How much was looked at, and how long that took."""
    return f"{count_text(report.files, 'file')}, {size_text(report.size)}, in {duration_text(report.seconds)}"


def report_verdict(report: ArchiveReport) -> Content:
    """Whether the archive is whole, in a word and a sentence."""
    if not report.spans:
        return _verdict("○ EMPTY", Tone.WARN, f"There is no WAL in {report.directory}.")
    segments = sum(span.count for span in report.spans)
    if report.is_whole:
        words = (
            f"No hole among {count_text(segments, 'segment')} in {report.directory}, and no file is wrong."
        )
        return _verdict("● WHOLE", Tone.GOOD, words)
    parts = []
    missing = sum(hole.count for hole in report.holes)
    if report.holes:
        holes = count_text(len(report.holes), "hole")
        parts.append(f"{holes} ({count_text(missing, 'segment')} missing)")
    if report.problem_count:
        are = "is" if report.problem_count == 1 else "are"
        parts.append(f"{count_text(report.problem_count, 'file')} that {are} not as it should be")
    words = f"{' and '.join(parts)} in {report.directory}."
    return _verdict("✕ HOLES", Tone.BAD, words) if report.holes else _verdict("! DOUBTFUL", Tone.WARN, words)


def _verdict(word: str, tone: Tone, words: str) -> Content:
    return Content.assemble((word, f"bold {tone.style}"), "  ", content(words, limit=_LONG))


def report_details(report: ArchiveReport) -> Iterator[Detail]:
    """All of it: timelines with their holes, files, notes."""
    if report.holes:
        yield Detail("Holes", is_heading=True)
        for hole in report.holes:
            yield from _hole(hole)
    if report.spans:
        yield Detail("Timelines", is_heading=True)
    for span in report.spans:
        yield from _span(span)
    yield from _problems(report)
    yield Detail("How it was checked", is_heading=True)
    headers = f"{report.headers_checked:,} of {count_text(report.headers_of, 'segment')}"
    every = "" if report.headers_checked >= report.headers_of else "; e reads every one"
    yield Detail("Headers", f"{headers}{every}")
    yield Detail("System id", report.system_identifier or "not known: the server could not be asked")
    yield Detail("Segments", f"{size_text(report.segment_size)} each")
    yield Detail("Histories", f"{report.histories:,} of timelines, {report.backup_histories:,} of backups")
    yield Detail("Taken", time_text(report.taken))
    for note in report.notes:
        yield Detail("", f"· {note}")


def _hole(hole: Hole) -> Iterator[Detail]:
    span = hole.first if hole.first == hole.last else f"{hole.first} to {hole.last}"
    yield Detail(
        f"✕ timeline {hole.timeline}", f"{span}, {count_text(hole.count, 'segment')} missing", Tone.BAD
    )
    if hole.after is not None and hole.until is not None:
        yield Detail(" ", f"between {_both(hole.after, 'and', hole.until)}")
    for words in filter(None, (hole.report, *hole.cost)):
        yield Detail(" ", words, Tone.WARN)


def _span(span: TimelineSpan) -> Iterator[Detail]:
    parent = f", from timeline {span.parent}" if span.parent is not None else ""
    tone = Tone.WARN if span.holes else Tone.PLAIN
    label = f"{span.timeline}{' !' if span.holes else ''}"
    there = f"{span.first} to {span.last}" if span.count else "no segment is left"
    yield Detail(label, f"{there}{parent}", tone)
    compressed = f", {span.compressed:,} compressed" if span.compressed else ""
    yield Detail(" ", f"{count_text(span.count, 'segment')}, {size_text(span.size)}{compressed}")
    if span.oldest is not None and span.newest is not None:
        yield Detail(" ", f"archived {_both(span.oldest, 'to', span.newest)}")


def _both(first: datetime, word: str, last: datetime) -> str:
    """Two moments; the day is not said twice."""
    is_same_day = first.date() == last.date() and first.utcoffset() == last.utcoffset()
    return f"{time_text(first)} {word} {time_text(last)[11 if is_same_day else 0 :]}"


def _problems(report: ArchiveReport) -> Iterator[Detail]:
    if not report.problem_count:
        return
    shown = len(report.problems)
    first = f", the first {shown:,} of {report.problem_count:,}" if shown < report.problem_count else ""
    yield Detail(f"Files that are not as they should be{first}", is_heading=True)
    for problem in report.problems:
        yield Detail(
            problem.kind.value, f"{problem.name} ({size_text(problem.size)}): {problem.words}", Tone.WARN
        )


def prune_count(proposal: PruneProposal) -> str:
    """How much goes and how much stays."""
    go = "goes" if proposal.goes_count == 1 else "go"
    return f"{proposal.goes_count:,} of {count_text(proposal.goes_count + proposal.stays, 'file')} {go}"


def prune_verdict(proposal: PruneProposal) -> Content:
    """What would go, in a sentence."""
    if not proposal.goes_count:
        return _verdict("● NOTHING TO REMOVE", Tone.GOOD, f"All WAL is needed from {proposal.cut} on.")
    words = (
        f"{count_text(proposal.goes_count, 'file')} ({size_text(proposal.goes_bytes)}) would go, "
        f"{proposal.stays:,} {'stays' if proposal.stays == 1 else 'stay'}: all from {proposal.cut} on. "
        "Nothing has been removed yet; enter shows the plan."
    )
    return _verdict("− DRY RUN", Tone.WARN, words)


def prune_details(proposal: PruneProposal) -> Iterator[Detail]:
    """Why the cut lies where it lies, what stands against it, and what would go."""
    if proposal.why:
        yield Detail("Why", is_heading=True)
    for words in proposal.why:
        yield Detail("", f"· {words}")
    if proposal.findings:
        yield Detail("What to know", is_heading=True)
    for finding in proposal.findings:
        yield from _finding(finding)
    yield Detail("What stays", is_heading=True)
    yield Detail("", f"{proposal.cut} and all that is newer, {count_text(proposal.stays, 'file')}")
    shown = proposal.goes[:_MOST_NAMES]
    if shown:
        first = f", the first {len(shown):,} of {proposal.goes_count:,}"
        heading = "What would go" + (first if len(shown) < proposal.goes_count else "")
        yield Detail(heading, is_heading=True)
    for name in shown:
        yield Detail("", name)


def _finding(finding: Finding) -> Iterator[Detail]:
    mark = severity_mark(finding.severity)
    tone = Tone.PLAIN if finding.severity is Severity.NOTE else mark.tone
    yield Detail(str(mark), finding.message, tone)
    if finding.hint:
        yield Detail(" ", finding.hint, Tone.DIM)
