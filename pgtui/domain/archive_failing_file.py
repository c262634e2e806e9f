"""Which file cannot be archived, where the log does not name it: the command need not hold its name."""

from dataclasses import replace

from pgtui.domain.archive_sample import ArchiveSample
from pgtui.domain.archive_status import ArchiveFailure


def with_file(failure: ArchiveFailure | None, sample: ArchiveSample | None) -> ArchiveFailure | None:
    """Return the failure with the file that statistics or pg_wal tell, unless the log named it."""
    if failure is None or failure.segment or sample is None:
        return failure
    if sample.last_failed_wal and sample.failed_last:
        # What fails is tried until it succeeds, before anything else.
        return replace(failure, segment=sample.last_failed_wal)
    wal = sample.wal
    # Histories go before segments, and their names are not known here.
    first = wal.ready_names[0] if wal is not None and wal.ready_names and not wal.other_ready else ""
    return replace(failure, segment=first)
