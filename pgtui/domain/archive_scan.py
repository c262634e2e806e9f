"""From what lies in an archive to what is wrong with it: spans, holes and their cost, problems, notes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pgtui.domain.archive_end import ReportedSegment, missing_at_end, report_in_words
from pgtui.domain.archive_files import OddFiles, sort_out
from pgtui.domain.archive_paths import Coverage, holes_of, missing_histories, unborn
from pgtui.domain.archive_report import (
    ArchiveReport,
    FileProblemFound,
    Hole,
    ProblemKind,
    TimelineSpan,
)
from pgtui.domain.archive_survey import Survey
from pgtui.domain.backup import BaseBackup
from pgtui.domain.hole_cost import Rollforward, cost_of, hole_neighbours, reach_in_words, rollforwards
from pgtui.domain.segment_runs import merged
from pgtui.domain.timeline import TimelineHistory, required_timeline
from pgtui.domain.wal import Segment

MOST_HOLES = 1000
MOST_PROBLEMS = 1000
MOST_COSTS = 200
"""Holes whose cost is worked out; the rest is too much to read anyway."""
_MOST_REACHES = 20


@dataclass(frozen=True)
class HeaderFindings:
    """What the headers told."""

    checked: int
    problems: Mapping[Segment, FileProblemFound]
    """Segments that are another system's or damaged."""
    system_identifier: str | None
    """That of most segments; None when none could be read."""


@dataclass(frozen=True)
class ScanInput:
    """All that was read of an archive."""

    directory: str
    taken: datetime
    survey: Survey
    histories: Mapping[int, TimelineHistory]
    """By timeline, timeline 1 included."""
    history_problems: tuple[FileProblemFound, ...]
    headers: HeaderFindings
    system_identifier: str | None
    """The server's."""
    timeline: int | None
    """The server's present one."""
    backups: Sequence[BaseBackup]
    notes: tuple[str, ...] = ()
    reported: ReportedSegment | None = None
    """What the server had reported as archived before the scan began; None: it could not tell."""

    def with_notes(self, notes: tuple[str, ...]) -> "ScanInput":
        """Return the same with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def odd_files(survey: Survey, histories: Mapping[int, TimelineHistory]) -> OddFiles:
    """Sort out the files that are no whole segments."""
    coverage = survey.coverage(histories)

    def is_there(segment: Segment) -> bool:
        heirs = (h for h in histories.values() if any(s.parent == segment.timeline for s in h.switches))
        return segment.number in coverage.of(segment.timeline) or any(
            segment.number in coverage.of(heir.timeline) for heir in heirs
        )

    return sort_out(survey.tally.odd, survey.tally.segment_size, is_there)


def report_of(scan: ScanInput, seconds: float) -> ArchiveReport:
    """Put together the whole report."""
    survey, tally = scan.survey, scan.survey.tally
    coverage = survey.coverage(scan.histories, frozenset(scan.headers.problems))
    odd = odd_files(survey, scan.histories)
    reached = rollforwards(coverage, scan.backups)
    problems = sorted(
        (
            *odd.problems,
            *survey.duplicates(),
            *scan.history_problems,
            *scan.headers.problems.values(),
            *_missing_histories(coverage, odd.histories),
        ),
        key=lambda problem: (problem.is_harmless, problem.name),
    )
    return ArchiveReport(
        directory=scan.directory,
        taken=scan.taken,
        seconds=seconds,
        files=tally.files,
        size=tally.size,
        segment_size=tally.segment_size,
        system_identifier=scan.system_identifier,
        spans=_spans(survey, coverage, reached, scan.reported),
        problems=tuple(problems[:MOST_PROBLEMS]),
        problem_count=len(problems),
        harmless_count=sum(problem.is_harmless for problem in problems),
        histories=len(odd.histories),
        backup_histories=len(odd.backup_histories),
        headers_checked=scan.headers.checked,
        headers_of=survey.count,
        notes=(
            *scan.notes,
            *_unborn(coverage),
            *_reaches(survey, reached, scan.timeline),
        ),
    )


def _missing_histories(coverage: Coverage, files: frozenset[int]) -> Iterable[FileProblemFound]:
    for timeline in missing_histories(coverage, files):
        words = (
            f"Without it PostgreSQL does not know where timeline {timeline} comes from, sees none behind it, "
            "and may use its number again."
        )
        yield FileProblemFound(f"{timeline:08X}.history", ProblemKind.MISSING_HISTORY, 0, words)


def _spans(
    survey: Survey, coverage: Coverage, reached: Sequence[Rollforward], reported: ReportedSegment | None
) -> tuple[TimelineSpan, ...]:
    every = holes_of(coverage)
    end = missing_at_end(coverage, reported.segment) if reported else None
    if reported is not None and end is not None:
        every[reported.segment.timeline] = merged([*every.get(reported.segment.timeline, ()), end])
    left = MOST_COSTS
    spans = []
    for timeline in survey.timelines:
        ranges = every.pop(timeline, [])
        holes = _holes(survey, coverage, timeline, ranges[:MOST_HOLES], reached, left)
        left = max(0, left - len(holes))
        spans.append(_span(survey, coverage, timeline, ranges, holes))
    # A timeline of which nothing is left may still be missed on the path of another.
    for timeline, ranges in every.items():
        holes = _holes(survey, coverage, timeline, ranges[:MOST_HOLES], reached, left)
        spans.append(_span(survey, coverage, timeline, ranges, holes))
    if reported is not None and end is not None:
        words = report_in_words(reported, coverage.segment_size)
        spans = [_with_report(span, reported.segment, words, coverage.segment_size) for span in spans]
    return tuple(sorted(spans, key=lambda span: span.timeline))


def _with_report(span: TimelineSpan, segment: Segment, words: str, segment_size: int) -> TimelineSpan:
    name = segment.name(segment_size)
    holes = (
        replace(hole, report=words)
        if hole.timeline == segment.timeline and hole.first <= name <= hole.last
        else hole
        for hole in span.holes
    )
    return replace(span, holes=tuple(holes))


def _span(
    survey: Survey,
    coverage: Coverage,
    timeline: int,
    ranges: Sequence[tuple[int, int]],
    holes: tuple[Hole, ...],
) -> TimelineSpan:
    size = survey.tally.segment_size
    history = coverage.history(timeline)
    parent = history.switches[-1].parent if history.switches else None
    missing = sum(last - first + 1 for first, last in ranges)
    runs = survey.coverage(coverage.histories).of(timeline)
    if not runs:
        return TimelineSpan(timeline, parent, "", "", 0, 0, 0, None, None, holes, len(ranges), missing)
    oldest, newest = survey.bounds_of(timeline)
    return TimelineSpan(
        timeline=timeline,
        parent=parent,
        first=Segment(timeline, runs.starts[0]).name(size),
        last=Segment(timeline, runs.ends[-1]).name(size),
        count=runs.count,
        compressed=survey.compressed(timeline),
        size=survey.size_of(timeline),
        oldest=oldest,
        newest=newest,
        holes=holes,
        hole_count=len(ranges),
        missing=missing,
    )


def _holes(
    survey: Survey,
    coverage: Coverage,
    timeline: int,
    ranges: Sequence[tuple[int, int]],
    reached: Sequence[Rollforward],
    costs: int,
) -> tuple[Hole, ...]:
    size = coverage.segment_size
    beside = [hole_neighbours(coverage, timeline, first, last) for first, last in ranges]
    times = survey.times(s for before, behind in beside for s in (before, *behind)) if beside else {}
    found = []
    for number, ((first, last), (before, behind)) in enumerate(zip(ranges, beside, strict=True)):
        after = times.get(before)
        hole = Hole(
            timeline=timeline,
            first=Segment(timeline, first).name(size),
            last=Segment(timeline, last).name(size),
            count=last - first + 1,
            after=after,
            until=next((times[s] for s in behind if s in times), None),
        )
        if number < costs:
            hole = replace(hole, cost=cost_of((timeline, first, last), after, reached, size))
        found.append(hole)
    return tuple(found)


def _unborn(coverage: Coverage) -> Iterable[str]:
    for timeline, parent, number in unborn(coverage):
        name = Segment(timeline, number).name(coverage.segment_size)
        yield (
            f"The first segment of timeline {timeline}, {name}, is not in the archive: a recovery along it "
            f"follows, without a word of PostgreSQL, the past that was left behind on timeline {parent}."
        )


def _reaches(survey: Survey, reached: Sequence[Rollforward], timeline: int | None) -> Iterable[str]:
    """Say how far each backup goes: along the server's timeline, else the newest one."""
    best: dict[str, Rollforward] = {}
    for each in reached:
        known = best.get(each.backup.path)
        if (
            known is None
            or each.history.timeline == timeline
            or (known.history.timeline != timeline and each.history.timeline > known.history.timeline)
        ):
            best[each.backup.path] = each
    chosen = list(best.values())[:_MOST_REACHES]
    last = {each.backup.path: _before(each, survey.tally.segment_size) for each in chosen}
    times = survey.times(last.values())
    for each in chosen:
        yield reach_in_words(each, times.get(last[each.backup.path]))
    if len(best) > len(chosen):
        yield f"{len(best) - len(chosen)} older backups are not told of here."


def _before(each: Rollforward, segment_size: int) -> Segment:
    number = each.missing.number - 1
    return Segment(required_timeline(each.history, number, segment_size), number)
