"""Runs a command's coroutine on the services: signals cancel it, and everything is closed in order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar

from pgtui.cli.text import say
from pgtui.cli.wiring import Wiring
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from pgtui.domain.job import JobSnapshot
    from pgtui.services.bundle import Services

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
T = TypeVar("T")


def with_services(
    wiring: Wiring, use: "Callable[[Services], Awaitable[int]]", *, tell_interrupted: bool = True
) -> int:
    """Open the services, use them, close them in any case; return what `use` returns."""

    async def session() -> int:
        services = await wiring.open_services(wiring.options)
        try:
            interrupted = await services.jobs.load_past()
            if tell_interrupted:
                tell_of(interrupted)
            return await use(services)
        finally:
            await services.close()

    return run_until_signal(session())


def run_until_signal(work: Coroutine[object, object, int]) -> int:
    """Run to the end; SIGINT, SIGTERM and SIGHUP cancel it once, and it then ends with 128 + the signal."""
    return asyncio.run(_guarded(work))


def run_to_the_end(work: Coroutine[object, object, None]) -> None:
    """Run something that must not be broken off: signals are noted and change nothing."""

    async def undisturbed() -> None:
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            loop.add_signal_handler(number, lambda: None)
        await work

    asyncio.run(undisturbed())


def tell_of(interrupted: "tuple[JobSnapshot, ...]") -> None:
    """Say on standard error that jobs were interrupted, in one line, with what can be done."""
    if not interrupted:
        return
    first = interrupted[0]
    which = f"{visible(first.plan.title)} ({visible(first.plan.cluster)})"
    more = f" and {len(interrupted) - 1} more were" if len(interrupted) > 1 else " was"
    say(
        f"pgtui: {which}{more} interrupted: `pgtui jobs finish {first.id}` or `pgtui jobs undo {first.id}`;"
        " `pgtui jobs` lists all."
    )


async def _guarded(work: Coroutine[object, object, int]) -> int:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        # Only once: a second cancellation would break into the cleaning up.
        if not received:
            task.cancel()
        else:
            say("pgtui: still ending what was begun, in order.")
        received.append(number)

    for number in _ENDING:
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0]
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
