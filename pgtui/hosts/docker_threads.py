"""The one boundary behind which blocking calls to the Docker engine run, in threads of their own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import requests
from docker.errors import APIError, DockerException, NotFound

from pgtui.domain.errors import HostError, HostUnreachable

T = TypeVar("T")

THREADS = 16
"""How many calls may be under way at once."""
_START = "Start it (`systemctl start docker`), or set DOCKER_HOST to the engine that you mean."


class Threads:
    """Runs blocking calls; an engine that does not answer in time is HostUnreachable."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="docker")

    async def call(
        self,
        work: Callable[[], T],
        *,
        settle: bool = False,
        bulk: bool = False,
        stop: threading.Event | None = None,
    ) -> T:
        """Run `work` in a thread. NotFound passes through, all else becomes a HostError.

        `settle`: when cancelled, wait for the call's end first, because the thread goes on and what it makes
        must be there to be removed. `bulk`: it may take as long as it needs; `stop` then tells it to end.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: _translated(work))
        # An abandoned call ends in an error that nobody asks for.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            done, _ = await asyncio.wait({future}, timeout=None if bulk else self._timeout + 0.5)
        except asyncio.CancelledError:
            if stop is not None:
                stop.set()
            if settle or bulk:
                await _ended(future)
            raise
        if not done:
            raise silent_engine()
        return future.result()


async def _ended(future: asyncio.Future[T]) -> None:
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError:
            continue


def silent_engine() -> HostUnreachable:
    """Return the error for an engine that takes a request and does not reply."""
    return HostUnreachable(
        "The Docker engine does not answer.",
        "See whether `docker ps` answers; if it does not, the engine has to be restarted.",
    )


def _translated(work: Callable[[], T]) -> T:
    try:
        return work()
    except NotFound:
        raise
    except APIError as error:
        raise HostError(f"The Docker engine refused: {error.explanation or error}") from error
    except (requests.exceptions.RequestException, DockerException, OSError) as error:
        raise unreachable(error) from error


def unreachable(error: BaseException) -> HostUnreachable:
    """Return what keeps the engine from being used, told by the types of the errors behind this one."""
    causes = tuple(_causes(error, set()))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return HostUnreachable(
            "This account may not talk to the Docker engine.",
            "Add it to the group that owns the socket (`usermod -aG docker NAME`), then log in again.",
        )
    if any(isinstance(cause, TimeoutError | requests.exceptions.Timeout) for cause in causes):
        return silent_engine()
    if any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes):
        return HostUnreachable("No Docker engine runs here.", _START)
    words = str(error) or type(error).__name__
    return HostUnreachable(f"The Docker engine cannot be reached: {words}", _START)


def _causes(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    # urllib3 and requests put the system's error into the arguments of their own, not into its cause.
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for inner in (error.__cause__, error.__context__, *error.args, getattr(error, "reason", None)):
        if isinstance(inner, BaseException):
            yield from _causes(inner, seen)
