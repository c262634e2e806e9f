"""All clusters' archiving as rows, the worst first. Pure; equal rows look the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus, Verdict
from pgtui.domain.cluster import Cluster, ServerState
from pgtui.ui.archive_words import ago_text, loss_text, rate_text, size_text, span_text, state_mark
from pgtui.ui.present import Cell, Mark, Tone, server_mark

_ORDER = (
    ArchiveState.FAILING,
    ArchiveState.STOPPED,
    ArchiveState.LAGGING,
    ArchiveState.UNKNOWN,
    ArchiveState.OFF,
    ArchiveState.CATCHING_UP,
    ArchiveState.OK,
    ArchiveState.IDLE,
)
_NOT_LOOKED = Mark("…", "looking", Tone.DIM)
_NOT_RUNNING = Mark("○", "not running", Tone.DIM)
"""Not `stopped`: that is the verdict on one that was archiving."""


@dataclass(frozen=True)
class OverviewRow:
    """One cluster, each cell ready to be drawn."""

    name: str
    rank: int
    verdict: Cell
    waiting: Cell
    waiting_size: Cell
    oldest: Cell
    written: Cell
    archived: Cell
    loss: Cell
    last: Cell
    reason: Cell
    hint: str = ""


def overview_rows(clusters: Iterable[Cluster], statuses: Iterable[ArchiveStatus]) -> list[OverviewRow]:
    """Return a row for each cluster, the worst first, then by name."""
    known = {status.cluster: status for status in statuses}
    rows = [
        _status_row(known[cluster.name], cluster) if cluster.name in known else _bare_row(cluster)
        for cluster in clusters
    ]
    return sorted(rows, key=lambda row: (row.rank, row.name))


def _status_row(status: ArchiveStatus, cluster: Cluster) -> OverviewRow:
    # The watch looks each second: with a fresh sample it knows better than the inventory.
    if status.is_current or status.server.is_down or not cluster.state.is_down:
        return _watched_row(status)
    if not _has_archived(status):
        return _bare_row(cluster)
    words = cluster.problem or f"The server is {cluster.state}: nothing is archived."
    return _watched_row(replace(status, verdict=Verdict(ArchiveState.STOPPED, words, "Start the server.")))


def _has_archived(status: ArchiveStatus) -> bool:
    """Whether the server was seen to archive while it was watched."""
    return status.sample is not None and status.sample.archives_here


def _rank(status: ArchiveStatus) -> int:
    state = status.verdict.state
    if state is ArchiveState.UNKNOWN and not status.is_current and _has_archived(status):
        # It archived, and answers no more: as bad as if it had stopped, until it is known.
        state = ArchiveState.STOPPED
    return _ORDER.index(state)


def _watched_row(status: ArchiveStatus) -> OverviewRow:
    mark = state_mark(status.verdict.state)
    figures, sample = status.figures, status.sample
    tone = Tone.WARN if mark.tone in (Tone.BAD, Tone.WARN) else Tone.PLAIN
    last = ""
    if sample is not None and sample.last_archived_time is not None:
        last = ago_text((sample.taken - sample.last_archived_time).total_seconds())
    row = OverviewRow(
        status.cluster,
        _rank(status),
        Cell(str(mark), mark.tone),
        _number(figures.backlog_segments, tone),
        Cell(size_text(figures.backlog_bytes) if figures.backlog_bytes else ""),
        Cell("" if figures.oldest_waiting is None else span_text(figures.oldest_waiting), tone),
        Cell(_known(figures.written_per_second)),
        Cell(_known(figures.archived_per_second)),
        Cell(_short(loss_text(status))),
        Cell(last),
        Cell(status.verdict.reason),
        status.verdict.hint,
    )
    return row if status.is_current else _faded(row)


def _faded(row: OverviewRow) -> OverviewRow:
    """Old figures are not shown at all: beside new ones they would be taken for new."""
    nothing = Cell("–", Tone.DIM)
    return replace(
        row,
        waiting=nothing,
        waiting_size=nothing,
        oldest=nothing,
        written=nothing,
        archived=nothing,
        loss=nothing,
        last=nothing,
    )


def _bare_row(cluster: Cluster) -> OverviewRow:
    """A cluster whose server is down, or that was not looked at yet."""
    runs = cluster.state is ServerState.RUNNING
    stopped = _NOT_RUNNING if cluster.state is ServerState.STOPPED else server_mark(cluster.state)
    mark = _NOT_LOOKED if runs else stopped
    nothing = Cell("–", Tone.DIM)
    reason = "not looked at yet" if runs else cluster.problem or f"Its server is {cluster.state}."
    rank = len(_ORDER) if runs else len(_ORDER) + 1
    cells = (nothing,) * 7
    return OverviewRow(cluster.name, rank, Cell(str(mark), mark.tone), *cells, Cell(reason, Tone.DIM))


def _number(count: int | None, tone: Tone) -> Cell:
    if count is None:
        return Cell("?", Tone.DIM)
    return Cell(f"{count:,}", tone if count else Tone.PLAIN)


def _known(rate: float | None) -> str:
    return "?" if rate is None else rate_text(rate)


def _short(loss: str) -> str:
    return {"unknown": "?"}.get(loss, loss)


def overview_counts(rows: Sequence[OverviewRow]) -> list[Cell]:
    """Return how many clusters are in which state, the worst first."""
    counts = Counter(row.verdict for row in rows)
    first = {row.verdict: row.rank for row in reversed(rows)}
    return [
        Cell(
            f"{verdict.text.partition(' ')[0]} {counts[verdict]:,} {verdict.text.partition(' ')[2].lower()}",
            verdict.tone,
        )
        for verdict in sorted(counts, key=lambda verdict: first[verdict])
    ]
