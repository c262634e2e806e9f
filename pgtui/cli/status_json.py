"""A status as JSON: names as they are, times with their offset, null for what is not known."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pgtui.cli.status_plugin import WORDS, worst_code
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.archive_status import ArchiveFailure, ArchiveStatus


def status_as_json(status: ArchiveStatus) -> dict[str, Any]:
    """Return what `status --json` prints for one cluster."""
    code = worst_code((status,))
    return {
        "cluster": status.cluster,
        "state": status.verdict.state.value,
        "exit_code": code,
        "word": WORDS[code],
        "reason": status.verdict.reason,
        "hint": status.verdict.hint or None,
        "taken": status.taken.isoformat(),
        "server": status.server.value,
        "is_current": status.is_current,
        "sampled": _time(status.sampled),
        "clock_skew": status.clock_skew,
        "figures": asdict(status.figures),
        "sample": _sample(status.sample),
        "archive": _look(status.look),
        "failure": _failure(status.failure),
        "log_problem": status.log_problem or None,
        "problem": status.problem or None,
        "problem_hint": status.problem_hint or None,
        "events": [{"when": each.when.isoformat(), "words": each.words} for each in status.events],
    }


def overall_as_json(statuses: Sequence[ArchiveStatus]) -> dict[str, Any]:
    """Return what `status --all --json` prints."""
    code = worst_code(statuses)
    return {
        "exit_code": code,
        "word": WORDS[code],
        "clusters": [status_as_json(status) for status in statuses],
    }


def _sample(sample: ArchiveSample | None) -> dict[str, Any] | None:
    if sample is None:
        return None
    wal = sample.wal
    return {
        "taken": sample.taken.isoformat(),
        "started": sample.started.isoformat(),
        "in_recovery": sample.in_recovery,
        "timeline": sample.timeline,
        "lsn": str(sample.lsn) if sample.lsn is not None else None,
        "archive_mode": sample.mode,
        "archive_timeout": sample.timeout,
        "archived_count": sample.archived_count,
        "last_archived_wal": sample.last_archived_wal,
        "last_archived_time": _time(sample.last_archived_time),
        "failed_count": sample.failed_count,
        "last_failed_wal": sample.last_failed_wal,
        "last_failed_time": _time(sample.last_failed_time),
        "stats_reset": _time(sample.stats_reset),
        "slots": [
            {"name": slot.name, "active": slot.is_active, "wal_status": slot.wal_status, "held": slot.held}
            for slot in sample.slots
        ],
        "pg_wal": None if wal is None else {"ready": wal.ready, "segments": wal.segments, "size": wal.size},
        "unseen": list(sample.unseen),
    }


def _look(look: ArchiveLook | None) -> dict[str, Any] | None:
    if look is None:
        return None
    return {
        "taken": look.taken.isoformat(),
        "directory": look.directory or None,
        "state": look.state.value,
        "problem": look.problem or None,
        "free": look.free,
        "wal_free": look.wal_free,
    }


def _failure(failure: ArchiveFailure | None) -> dict[str, Any] | None:
    return None if failure is None else {**asdict(failure), "when": _time(failure.when)}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
