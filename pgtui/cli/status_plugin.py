"""A status as a monitoring plugin tells it: one line with performance data, and further lines for people.

The form is that of the Monitoring Plugins Development Guidelines, "Plugin Output for Nagios".
"""

from collections.abc import Iterator, Sequence

from pgtui.domain.archive_health import plugin_code
from pgtui.domain.archive_status import ArchiveStatus
from pgtui.domain.errors import PgtuiError
from pgtui.domain.visible import visible

WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_SENTENCES = ("hint", "problem", "not seen", "archive")
_SEVERITY = (0, 1, 3, 2)
"""How bad each exit code is: unknown stands between warning and critical."""


def worst_code(statuses: Sequence[ArchiveStatus]) -> int:
    """Return the exit code of the worst of them."""
    codes = [plugin_code(status.verdict.state) for status in statuses]
    return max(codes, key=_SEVERITY.__getitem__, default=3)


def worst_first(statuses: Sequence[ArchiveStatus]) -> list[ArchiveStatus]:
    """Return them with the worst first, those that are as bad by name."""
    return sorted(statuses, key=lambda s: (-_SEVERITY[plugin_code(s.verdict.state)], s.cluster))


def plugin_output(statuses: Sequence[ArchiveStatus]) -> str:
    """Return all that is printed for these clusters."""
    code = worst_code(statuses)
    if len(statuses) == 1:
        status = statuses[0]
        data = performance(status)
        return "\n".join((f"ARCHIVE {WORDS[code]} - {summary(status)} | {data}", *_details(status)))
    ordered = worst_first(statuses)
    bad = [status for status in ordered if plugin_code(status.verdict.state)]
    first = (
        f"{len(bad)} of {len(statuses)} clusters: {summary(bad[0])}" if bad else f"{len(statuses)} clusters"
    )
    data = " ".join(performance(status, with_name=True) for status in sorted(statuses, key=_name))
    lines = [f"ARCHIVE {WORDS[code]} - {first} | {data}"]
    for status in ordered:
        lines.append(f"[{WORDS[plugin_code(status.verdict.state)]}] {summary(status)}")
        lines += _details(status)
    return "\n".join(lines)


def unknown_output(error: PgtuiError) -> str:
    """Return what is printed when nothing could be looked at."""
    first, *rest = [*error.message.split("\n"), *(error.hint.split("\n") if error.hint else [])]
    return "\n".join((f"ARCHIVE {WORDS[3]} - {_line(first)}", *(f"  {_line(line)}" for line in rest)))


def summary(status: ArchiveStatus) -> str:
    """Return a cluster with its verdict, in one line without the sign that performance data begins with."""
    return _line(f"{status.cluster}: {status.verdict.state.value}: {status.verdict.reason}")


def performance(status: ArchiveStatus, *, with_name: bool = False) -> str:
    """Return the figures as performance data; `U` stands for what is not known now."""
    figures = status.figures
    sample = status.sample if status.is_current else None
    look = status.look if status.is_current else None
    values: list[tuple[str, float | None, str]] = [
        ("backlog", figures.backlog_segments, ""),
        ("backlog_bytes", figures.backlog_bytes, "B"),
        ("oldest_waiting", _waits(status), "s"),
        ("written_per_second", figures.written_per_second, "B"),
        ("archived_per_second", figures.archived_per_second, "B"),
        ("exposed_bytes", figures.exposure.bytes, "B"),
        ("exposed", figures.exposure.seconds, "s"),
        ("failures", figures.failures_since_success, ""),
        ("archived", sample.archived_count if sample else None, "c"),
        ("failed", sample.failed_count if sample else None, "c"),
        ("wal_size", sample.wal.size if sample and sample.wal else None, "B"),
        ("wal_free", look.wal_free if look else None, "B"),
        ("archive_free", look.free if look else None, "B"),
    ]
    return " ".join(
        f"{_label(status.cluster, name, with_name=with_name)}={_number(value, unit)};;;0"
        for name, value, unit in values
    )


def _waits(status: ArchiveStatus) -> float | None:
    figures = status.figures
    if figures.backlog_segments == 0:
        return 0.0
    return None if figures.oldest_is_least else figures.oldest_waiting


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "U"
    return (f"{value:.2f}".rstrip("0").rstrip(".") or "0") + unit


def _label(cluster: str, name: str, *, with_name: bool) -> str:
    if not with_name:
        return name
    # An equals sign ends a label even within quotes.
    shown = _line(cluster).replace("=", "_").replace("'", "''")
    return f"'{shown} {name}'"


def _details(status: ArchiveStatus) -> list[str]:
    """Return what else there is to say, indented."""
    found = [("hint", status.verdict.hint)]
    if status.failure is not None:
        failure = status.failure
        what = failure.segment or "an unknown file"
        meaning = f" (exit code {failure.exit_code}: {failure.meaning})" if failure.exit_code else ""
        meaning = f" ({failure.meaning})" if failure.signal is not None else meaning
        when = f", {failure.when.isoformat(timespec='seconds')}" if failure.when else ""
        found.append(("failing", f"{what}{meaning}{when}"))
        found += [("words", line) for line in failure.words.split("\n")]
        found += [("cause", failure.cause), ("hint", failure.hint)]
    if status.log_problem:
        found.append(("log", f"It cannot be searched for the cause: {status.log_problem}"))
    found += [("problem", status.problem), ("hint", status.problem_hint)]
    if status.look is not None and status.look.problem:
        found.append(("archive", status.look.problem))
    if status.sample is not None and status.is_current:
        found += [("not seen", sentence) for sentence in status.sample.unseen]
    if not status.is_current and status.sampled is not None:
        found.append(("last seen", status.sampled.isoformat(timespec="seconds")))
    return [f"  {name}: {_line(words)}" for name, words in _once(found, status.verdict.reason)]


def _once(found: Sequence[tuple[str, str]], reason: str) -> Iterator[tuple[str, str]]:
    """Leave out what was said already, alone or as a part of something longer."""
    said = [reason]
    for name, words in dict.fromkeys(each for each in found if each[1]):
        # Other words than whole sentences may well be a part of one by chance.
        if name not in _SENTENCES or not any(words in each for each in said):
            yield name, words
            said.append(words)


def _line(text: str) -> str:
    """One line in which nothing can be taken for the beginning of performance data."""
    return visible(text, 2000).replace("|", "¦")


def _name(status: ArchiveStatus) -> str:
    return status.cluster
