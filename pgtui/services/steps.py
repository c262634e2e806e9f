"""Runs one step of a plan on its host, and tells of its progress."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import assert_never

from pgtui.domain.errors import CommandFailed
from pgtui.domain.job import Progress
from pgtui.domain.plan import (
    AwaitSettings,
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    ProveArchiving,
    ReloadServer,
    RemoveSandbox,
    RestartServer,
    RunCommand,
    RunSql,
    StartSandbox,
    StartServer,
    Step,
    StopServer,
    step_place,
)
from pgtui.domain.words import describe_step
from pgtui.hosts.base import Events, Exit, Host, Output, Stream
from pgtui.services.archive_proof import await_settings, prove_archiving
from pgtui.services.hosts import Hosts
from pgtui.services.server_sql import ServerSql
from pgtui.services.target_wait import await_target

_SIZE_INTERVAL = 0.5
"""Seconds between two looks at how much has been copied."""


@dataclass(frozen=True)
class Reporter:
    """Where a running step tells of itself."""

    progress: Callable[[Progress], None]
    line: Callable[[str], None]


async def run_step(hosts: Hosts, sql: ServerSql, step: Step, tag: str, reporter: Reporter) -> None:
    """Run one step to its end. Raises PgtuiError; cancelling it ends what it began on the host."""
    host = await hosts.open(step_place(step))
    match step:
        case RunCommand():
            await _run(host.run(step.command, tag=tag), describe_step(step), reporter)
        case StartServer():
            await host.start()
        case StopServer():
            await host.stop(step.mode)
        case RestartServer():
            await host.restart(step.mode)
        case ReloadServer():
            await host.reload()
        case RunSql():
            await _run_sql(sql, step, reporter)
        case AwaitSettings():
            await await_settings(sql, step, reporter.progress)
        case ProveArchiving():
            await prove_archiving(host, sql, step, reporter.progress, reporter.line)
        case CreateSandbox():
            await host.create_sandbox(step.sandbox)
        case LayDownBackup():
            async with _sizes_told(host, step, reporter):
                await _run(host.lay_down_backup(step.sandbox, tag=tag), describe_step(step), reporter)
        case StartSandbox():
            await host.start_sandbox(step.sandbox)
        case AwaitTarget():
            await await_target(host, step, reporter.progress, reporter.line)
        case RemoveSandbox():
            await host.remove_sandbox(step.sandbox)
        case _:
            assert_never(step)


async def _run_sql(sql: ServerSql, step: RunSql, reporter: Reporter) -> None:
    for row in await sql.run_sql(step.place, step.statements):
        if any(row):
            reporter.line(" | ".join(value or "" for value in row))


async def _run(running: Events, what: str, reporter: Reporter) -> None:
    code, errors = 0, ""
    partial = {Stream.STDOUT: "", Stream.STDERR: ""}
    async with aclosing(running) as events:
        async for event in events:
            match event:
                case Exit():
                    code = event.code
                case Output(stream, data):
                    text = data.decode(errors="replace")
                    *lines, partial[stream] = (partial[stream] + text).split("\n")
                    for line in lines:
                        reporter.line(line)
                    if stream is Stream.STDERR:
                        errors = (errors + text)[-4000:]
    for rest in partial.values():
        if rest:
            reporter.line(rest)
    if code != 0:
        words = errors.strip() or "it said nothing about why"
        raise CommandFailed(f"{what} failed (exit code {code}): {words}", code=code, stderr=errors)


@asynccontextmanager
async def _sizes_told(host: Host, step: LayDownBackup, reporter: Reporter) -> AsyncIterator[None]:
    async def tell() -> None:
        while True:
            copied = await host.sandbox_size(step.sandbox)
            fraction = min(copied / step.size, 1.0) if step.size else None
            known = f" of {step.size / 1e6:,.0f} MB" if step.size else ""
            reporter.progress(Progress(f"{copied / 1e6:,.0f}{known or ' MB'} copied", fraction))
            await asyncio.sleep(_SIZE_INTERVAL)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        # A size that could not be had costs the figure, never the copy.
        await asyncio.gather(telling, return_exceptions=True)
