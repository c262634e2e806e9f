"""What is done beside the samples: each thing at most once at a time, and not more often than it may be."""

import asyncio
from collections.abc import Callable, Coroutine

SHARE = 20.0
"""What takes long is done less often: at most one part in so many of the time."""
_NEVER = float("-inf")


class Errands:
    """Knows by name what runs, and from when on it may be done again; what was never done is due at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, float] = {}
        self._again: set[str] = set()
        """What has to be done once more, because something happened while it was being done."""

    def is_due(self, what: str) -> bool:
        """Whether something may be done now."""
        return self._clock() >= self._due.get(what, _NEVER)

    def begin(self, what: str, work: Coroutine[object, object, None]) -> None:
        """Do something in the background, unless it is being done; it is not due before `done` is called."""
        if self._runs(what):
            work.close()
            return
        self._due[what] = float("inf")
        self._running[what] = asyncio.create_task(work)

    def done(self, what: str, every: float, begun: float) -> None:
        """Note that something that began at a moment of the clock is done: due again in so many seconds."""
        ended = self._clock()
        self._due[what] = ended if what in self._again else ended + max(every, SHARE * (ended - begun))
        self._again.discard(what)

    def put_off(self, what: str, seconds: float) -> None:
        """Do something in so many seconds, not before."""
        self._due[what] = self._clock() + seconds

    def soon(self, what: str, seconds: float = 0.0) -> None:
        """Do something within so many seconds; what is being done right now, once more."""
        if self._runs(what):
            self._again.add(what)
        else:
            self._due[what] = min(self._due.get(what, _NEVER), self._clock() + seconds)

    async def settle(self) -> None:
        """Wait until all that was begun is done."""
        while tasks := [task for task in self._running.values() if not task.done()]:
            await asyncio.wait(tasks)

    def forget(self) -> list[asyncio.Task[None]]:
        """Forget what is due; returns what was begun, for the caller to end."""
        tasks = list(self._running.values())
        self._running = {}
        self._due.clear()
        self._again.clear()
        return tasks

    def _runs(self, what: str) -> bool:
        task = self._running.get(what)
        return task is not None and not task.done()
