"""Waits until a sandbox has paused at its recovery target, and sees that it really has."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pgtui.domain.errors import QueryFailed, RecoveryFailed
from pgtui.domain.job import Progress
from pgtui.domain.lsn import Lsn
from pgtui.domain.plan import AwaitTarget
from pgtui.domain.recovery_log import PAUSED_EARLY, REACHED, explain, replayed_position, told_lines
from pgtui.hosts.base import SandboxRoom
from pgtui.services.sandbox_psql import run_sql

_INTERVAL = 0.3
"""Seconds between two looks."""

# The microseconds come as text: the session's DateStyle is whatever the backup's configuration says.
_STATE = """
select pg_is_in_recovery(), pg_is_wal_replay_paused(), pg_last_wal_replay_lsn(),
       extract(epoch from pg_last_xact_replay_timestamp())
"""


@dataclass(frozen=True)
class _State:
    in_recovery: bool
    paused: bool
    replayed: Lsn | None
    replayed_time: datetime | None


@dataclass
class _Watch:
    """What has been seen so far of one recovery."""

    room: SandboxRoom
    step: AwaitTarget
    progress: Callable[[Progress], None]
    line: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)
    told: int = 0

    async def log(self) -> str:
        """Read the log and pass on the lines that are new."""
        log = await self.room.sandbox_log(self.step.sandbox)
        lines = told_lines(log)
        for line in lines[self.told :]:
            self.line(line)
        self.told = max(self.told, len(lines))
        return log


async def await_target(
    room: SandboxRoom, step: AwaitTarget, progress: Callable[[Progress], None], line: Callable[[str], None]
) -> None:
    """Return once replay has paused at the target.

    A pause alone is not the target: the server also pauses when a setting is too low, and may promote
    silently when hot standby is not possible at the target. Raises RecoveryFailed with the reason.
    """
    watch = _Watch(room, step, progress, line)
    while True:
        state = await _state(room, step)
        log = await watch.log()
        if state is None:
            await _see_it_runs(watch)
            _tell(watch, replayed_position(log, step.segment_size), None)
        elif not state.in_recovery:
            raise RecoveryFailed(
                "The sandbox was promoted instead of paused: hot standby was not possible at the target.",
                "Remove the sandbox and choose a target a little later or earlier.",
            )
        elif state.paused and REACHED in log:
            _tell(watch, state.replayed, state.replayed_time, is_reached=True)
            return
        elif state.paused and PAUSED_EARLY in log:
            found = explain(log)
            raise RecoveryFailed(f"Replay paused before the target. {found.message}", found.hint)
        else:
            _tell(watch, state.replayed, state.replayed_time)
        await asyncio.sleep(_INTERVAL)


async def _state(room: SandboxRoom, step: AwaitTarget) -> _State | None:
    """Ask the server; None while it does not accept connections."""
    try:
        result = await run_sql(room, step.sandbox, "postgres", _STATE, rows=1)
    except QueryFailed:
        return None
    in_recovery, paused, lsn, epoch = result.rows[0]
    return _State(
        in_recovery=in_recovery == "t",
        paused=paused == "t",
        replayed=Lsn.parse(lsn) if lsn else None,
        replayed_time=datetime.fromtimestamp(float(epoch), UTC) if epoch else None,
    )


async def _see_it_runs(watch: _Watch) -> None:
    if await watch.room.sandbox_running(watch.step.sandbox):
        return
    # Read once more: the reason is written just before the process ends.
    found = explain(await watch.log())
    raise RecoveryFailed(f"The recovery ended before its target. {found.message}", found.hint)


def _tell(watch: _Watch, lsn: Lsn | None, at: datetime | None, *, is_reached: bool = False) -> None:
    start, end = Lsn.parse(watch.step.start_lsn), watch.step.end_lsn
    parts: list[str] = []
    fraction = 1.0 if is_reached else None
    if lsn is not None:
        parts.append(f"replayed to {lsn}" + (f" of {end}" if end else ""))
        if end and not is_reached and (whole := Lsn.parse(end) - start) > 0:
            fraction = min(max((lsn - start) / whole, 0.0), 0.99)
        seconds = time.monotonic() - watch.began
        if seconds > 1 and lsn > start:
            parts.append(f"{(lsn - start) / seconds / 1e6:.0f} MB/s")
    if at is not None:
        parts.append(f"last commit {_clock(at)}, target {_clock(watch.step.target.time)}")
    watch.progress(Progress(" · ".join(parts) or "the server is starting", fraction))


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
