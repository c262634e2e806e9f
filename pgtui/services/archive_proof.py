"""Sees with its own eyes that a server takes its settings, and that a WAL segment reaches the archive."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pgtui.domain.archive_sample import COMPRESSED
from pgtui.domain.archive_status import ArchiveFailure
from pgtui.domain.command import Command
from pgtui.domain.errors import ArchivingFailed, ConnectError, HostError, PasswordNeeded, QueryFailed
from pgtui.domain.job import Progress
from pgtui.domain.plan import AwaitSettings, ProveArchiving
from pgtui.domain.sql import ARCHIVED, FILE_ERRORS, settings_query
from pgtui.hosts.base import Host, collect
from pgtui.services.archive_lookout import failure_in_log
from pgtui.services.server_sql import ServerSql

SETTINGS_DEADLINE, ARCHIVE_DEADLINE = 30.0, 60.0
"""Seconds; for the archive, without any segment being archived."""
_INTERVAL = 0.2
FAILURES = 2
"""Failures that are waited for: the first one may be the old command's, that ran when the new one came."""
_HASH = '{ sha256sum || shasum -a 256; } <"$1" 2>/dev/null'
_LOOK = 'for file do [ ! -f "$file" ] || { printf "%s\\n" "${file##*/}"; exit 0; }; done'
"""Prints the name of the first of these files that is there."""


async def await_settings(sql: ServerSql, step: AwaitSettings, progress: Callable[[Progress], None]) -> None:
    """Return once the server has the settings. Raises ArchivingFailed with what its files say."""
    end = time.monotonic() + SETTINGS_DEADLINE
    while True:
        try:
            missing = [
                row[0] or "" for row in await sql.run_sql(step.place, (settings_query(step.settings),))
            ]
            if not missing:
                return
            progress(Progress(f"the server still has {', '.join(missing)}"))
        except PasswordNeeded:
            raise
        except ConnectError:
            # It was restarted: its sessions were ended, and its port may be another one now.
            if time.monotonic() > end:
                raise
            missing = []
        if time.monotonic() > end:
            raise ArchivingFailed(
                f"The server did not take the settings within {SETTINGS_DEADLINE:.0f} seconds: "
                f"it has {', '.join(missing)}.",
                await _file_errors(sql, step) or "Its log tells more.",
            )
        await asyncio.sleep(_INTERVAL)


async def _file_errors(sql: ServerSql, step: AwaitSettings) -> str:
    try:
        rows = await sql.run_sql(step.place, (FILE_ERRORS,))
    except QueryFailed:
        return ""
    return "; ".join(row[0] or "" for row in rows)


@dataclass(frozen=True)
class _Archived:
    """How archiving stands."""

    archived: int
    failed: int
    last: str
    failed_segment: str


@dataclass
class _Proof:
    """One segment on its way into the archive."""

    host: Host
    sql: ServerSql
    step: ProveArchiving
    progress: Callable[[Progress], None]
    line: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)

    async def state(self) -> _Archived:
        ((archived, failed, last, failed_segment),) = await self.sql.run_sql(self.step.place, (ARCHIVED,))
        return _Archived(int(archived or 0), int(failed or 0), last or "", failed_segment or "")

    async def failure_logged(self) -> ArchiveFailure | None:
        try:
            return await failure_in_log(self.host)
        except HostError:
            return None

    async def hash(self, path: str) -> str:
        done = await collect(self.host.run(Command(("sh", "-c", _HASH, "sh", path))))
        words = done.stdout.decode(errors="replace").split()
        return words[0] if done.code == 0 and words else ""

    async def found(self, segment: str) -> str:
        """The name of the archive's file of a segment; "" when there is none."""
        paths = (f"{self.step.archive}/{segment}{end}" for end in ("", *COMPRESSED))
        done = await collect(self.host.run(Command(("sh", "-c", _LOOK, "sh", *paths))))
        return done.stdout.decode(errors="replace").strip()


async def prove_archiving(
    host: Host,
    sql: ServerSql,
    step: ProveArchiving,
    progress: Callable[[Progress], None],
    line: Callable[[str], None],
) -> None:
    """Switch WAL, wait for the segment, and compare. Raises ArchivingFailed with the server's own words."""
    proof = _Proof(host, sql, step, progress, line)
    before, logged = await proof.state(), await proof.failure_logged()
    ((name,),) = await sql.run_sql(step.place, (step.switch,))
    segment = name or ""
    # Now, because once it is archived the server may use its file again.
    original = await proof.hash(f"{step.data_directory}/pg_wal/{segment}")
    line(f"{segment} is finished{f', sha256 {original}' if original else ''}.")
    await _await_archived(proof, segment, before, logged)
    if not step.archive:
        line(f"The server says that {segment} is archived. Where it went cannot be seen from here.")
        return
    name = await proof.found(segment)
    if not name:
        raise ArchivingFailed(
            f"The server says that it archived {segment}, and it is not in {step.archive}.",
            "archive_command ends with success without keeping the segment: set it up anew.",
        )
    if name != segment:
        line(f"{step.archive}/{name} is there: it is compressed, so it was not compared.")
        return
    copy = await proof.hash(f"{step.archive}/{segment}")
    if not original or not copy:
        line(f"{step.archive}/{segment} is there; it could not be read to be compared.")
    elif copy != original:
        raise ArchivingFailed(
            f"{step.archive}/{segment} is not what the server wrote: its sha256 is {copy}.",
            "Something changes the archived files: no recovery could use this one.",
        )
    else:
        progress(Progress(f"{segment} landed, byte for byte", 1.0))
        line(f"{step.archive}/{segment} is the same, byte for byte.")


async def _await_archived(
    proof: _Proof, segment: str, before: _Archived, logged: ArchiveFailure | None
) -> None:
    last, end = before, time.monotonic() + ARCHIVE_DEADLINE
    while True:
        now = await proof.state()
        # Names sort as their segments do, within a timeline.
        if now.archived > before.archived and now.last[:24] >= segment:
            return
        if now.archived > last.archived:
            last, end = now, time.monotonic() + ARCHIVE_DEADLINE
        seconds = time.monotonic() - proof.began
        behind = f", the last one archived is {now.last}" if now.last else ""
        proof.progress(Progress(f"{segment} is awaited for {seconds:.0f} s{behind}"))
        if now.failed - before.failed >= FAILURES:
            raise _failed(now.failed_segment or segment, await proof.failure_logged())
        if now.failed == before.failed:
            failure = await proof.failure_logged()
            if failure is not None and failure != logged and _is_uncounted(failure):
                raise _failed(segment, failure)
        if time.monotonic() > end:
            raise ArchivingFailed(
                f"{segment} was not archived within {ARCHIVE_DEADLINE:.0f} seconds, and nothing says why.",
                "Does archive_command hang? The server log may tell more.",
            )
        await asyncio.sleep(_INTERVAL)


def _failed(segment: str, failure: ArchiveFailure | None) -> ArchivingFailed:
    if failure is None:
        return ArchivingFailed(
            f"The server cannot archive {segment}, and its log does not tell why.",
            "Mend that, or undo this: until then WAL piles up in pg_wal.",
        )
    code = "" if failure.exit_code is None else f"exit code {failure.exit_code}: "
    ended = f" ({code}{failure.meaning})" if failure.meaning else ""
    return ArchivingFailed(
        f'The server cannot archive {segment}{ended}. {failure.cause} Its log says: "{failure.words}".',
        f"{failure.hint} Mend that, or undo this: until then WAL piles up in pg_wal.".strip(),
    )


def _is_uncounted(failure: ArchiveFailure) -> bool:
    """Whether the failure ended the archiver before it was counted: an exit code above 125, or a signal."""
    return failure.signal is not None or (failure.exit_code or 0) > 125
