"""Watches one cluster's archiving: a sample each second, looks at directories and log as often as needed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState
from pgtui.domain.archive_status import ArchiveState, ArchiveStatus, Figures
from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import PasswordNeeded, PgtuiError, QueryFailed
from pgtui.services.archive_errands import Errands
from pgtui.services.archive_lookout import Lookout
from pgtui.services.archive_record import Record, seems_broken
from pgtui.services.archive_rhythm import DEEP, MOST_SEGMENTS, OVERVIEW, hurries, wanted
from pgtui.services.inventory import Inventory

INTERVAL = 1.0
SILENT = 2.0
"""Seconds without an answer after which the host is asked whether the server runs."""
GIVEN_UP = 12.0
"""Seconds after which a question to a server that runs is put anew, over a new connection."""


class Watch:
    """One cluster's own loop: however slow its server or host is, no other cluster waits for it."""

    def __init__(
        self,
        inventory: Inventory,
        name: str,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        changed: Callable[[str], None],
    ) -> None:
        self.record = Record(name)
        self.rhythm = OVERVIEW
        self.status: ArchiveStatus | None = None
        self._inventory = inventory
        self._name = name
        self._now = now
        self._clock = clock
        self._changed = changed
        self._lookout = Lookout(inventory, name)
        self._question: asyncio.Task[None] | None = None
        self._asked_at = 0.0
        self._errands = Errands(clock)
        self._hosts_look: ArchiveLook | None = None
        self._tells_names = True
        self._needs_renewal = False

    async def run(self) -> None:
        """Sample for ever; never raises."""
        try:
            while True:
                begun = self._clock()
                await self.step()
                await asyncio.sleep(max(0.02, begun + INTERVAL - self._clock()))
        finally:
            await self.rest()

    async def rest(self) -> None:
        """End what is being asked."""
        question, self._question = self._question, None
        tasks = [*self._errands.forget(), *([question] if question else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def step(self) -> ArchiveStatus:
        """Take one sample if the server answers within a second, and put the status together."""
        before = self.record.sampled_at
        try:
            await self._sample()
        except Exception as error:  # noqa: BLE001 - a monitor that died would show old figures for ever
            self.record.problem = f"pgtui itself failed: {type(error).__name__}: {error}"
        now, clock = self._now(), self._clock()
        is_new = self.record.sampled_at != before
        derived = self.record.figures()
        if is_new:
            self.record.plot(now, derived)
        else:
            self.record.lose(now, clock)
        status = self._publish(derived)
        self._look_around(is_new)
        return status

    def _publish(self, derived: Figures | None = None) -> ArchiveStatus:
        derived = derived or self.record.figures()
        self.status = self.record.status(self._now(), self._clock(), derived)
        self._changed(self._name)
        return self.status

    @property
    def is_asking(self) -> bool:
        """Whether the server has been asked and has not answered yet."""
        return self._question is not None

    async def settle(self) -> None:
        """Wait until what the last step has begun beside the sample is done."""
        await self._errands.settle()

    async def _sample(self) -> None:
        if self._question is None:
            if self.record.server.is_down and not await self._has_come_up():
                return
            if self._needs_renewal:
                self._needs_renewal = False
                await self._inventory.forget(self._name)
            self._asked_at = self._clock()
            self._question = asyncio.create_task(self._ask())
        await asyncio.wait({self._question}, timeout=INTERVAL)
        if self._question.done():
            question, self._question = self._question, None
            question.result()
        elif self._clock() - self._asked_at > SILENT:
            await self._wonder()

    async def _ask(self) -> None:
        try:
            await self._ask_for_sample()
            await self._ask_for_more()
        except PasswordNeeded as error:
            # No hurry: each attempt is a line in the server's log, and a typed password is tried at once.
            self._keep_problem(error)
        except QueryFailed as error:
            self._keep_problem(error)
        except PgtuiError as error:
            self._keep_problem(error)
            self._needs_renewal = True
            await self._see_server()

    async def _ask_for_sample(self) -> None:
        begun, clock = self._now(), self._clock()
        sample = await self._inventory.archive_sample(self._name)
        now, took = self._now(), self._clock() - clock
        skew = (sample.taken - (begun + (now - begun) / 2)).total_seconds() if took < 0.5 else None
        before = self.record.newest
        self.record.take(sample, now, self._clock(), skew)
        if before is not None:
            for what, seconds in hurries(before, sample, self.record.look):
                self._errands.soon(what, seconds)

    async def _ask_for_more(self) -> None:
        """Ask the server for what is too dear for every second, over the same connection."""
        sample = self.record.newest
        if sample is None:
            return
        if self._errands.is_due("wal"):
            begun = self._clock()
            try:
                self.record.take_wal(await self._inventory.wal_directory(self._name))
            finally:
                self._errands.done("wal", self.rhythm.wal, begun)
        if self._errands.is_due("names") and self._tells_names:
            begun = self._clock()
            try:
                await self._look_by_server(sample)
            finally:
                self._errands.done("names", self.rhythm.names, begun)

    async def _look_by_server(self, sample: ArchiveSample) -> None:
        directory = await self._directory(sample)
        if not directory:
            return
        look = await self._inventory.archive_look(self._name, directory, self._wanted(sample))
        if look is None:
            self._tells_names = False
            return
        self._keep_look(look, self._hosts_look)

    def _wanted(self, sample: ArchiveSample) -> tuple[str, ...]:
        count = self.rhythm.segments
        if self._errands.is_due("depth"):
            count = MOST_SEGMENTS
            self._errands.put_off("depth", self.rhythm.depth)
        return wanted(sample, count, self.record.lost)

    def _keep_look(self, look: ArchiveLook, hosts: ArchiveLook | None) -> None:
        """Keep a look of the server's, with what the host alone can tell: free space, a closed directory."""
        if hosts is not None and hosts.directory == look.directory:
            is_closed = hosts.state is DirectoryState.CLOSED and look.state is DirectoryState.THERE
            state = DirectoryState.CLOSED if is_closed else look.state
            look = replace(look, state=state, free=hosts.free, wal_free=hosts.wal_free)
        self.record.take_look(look)

    def _keep_problem(self, error: PgtuiError) -> None:
        self.record.problem, self.record.problem_hint = error.message, error.hint

    async def _see_server(self) -> ServerState:
        state, problem = await self._lookout.server()
        if state is not self.record.server and state is not ServerState.RUNNING:
            self._lookout.forget()
        self.record.server = state
        if problem:
            self.record.problem, self.record.problem_hint = problem, ""
        return state

    async def _has_come_up(self) -> bool:
        """Ask the host; a server that has come up is asked over a new connection, without a delay."""
        if not self._errands.is_due("state"):
            return False
        state = await self._see_server()
        # A container that was removed is searched for on every host, which is dear.
        self._errands.put_off("state", 5.0 if state is ServerState.MISSING else 0.0)
        if state.is_down:
            return False
        self._lookout.forget()
        self._needs_renewal = True
        return True

    async def _wonder(self) -> None:
        """The server does not answer: is it paused, has it gone, is the way to it broken?"""
        silent = self._clock() - self._asked_at
        state = await self._see_server()
        if not self.record.problem:
            # The words stay while nobody answers: a number of seconds in them would stand still.
            asked = (self._now() - timedelta(seconds=silent)).isoformat(timespec="seconds")[11:]
            self.record.problem = f"The server has not answered since {asked}."
        if state in (ServerState.STOPPED, ServerState.MISSING) or (
            state is not ServerState.PAUSED and silent > GIVEN_UP
        ):
            question, self._question = self._question, None
            self._needs_renewal = True
            if question is not None:
                # Ending a query may take seconds where nobody answers: nobody waits for it.
                question.cancel()
                self._errands.begin("ending", _ended(question))

    def _look_around(self, is_new: bool) -> None:
        """Begin what the host is asked for beside the samples, each at most once at a time."""
        sample = self.record.newest
        if sample is None or not is_new:
            return
        if self._errands.is_due("host") and sample.archives_here:
            self._errands.begin("host", self._look_by_host(sample))
        is_wrong = seems_broken(self.record.samples) or (
            self.status is not None and self.status.verdict.state is ArchiveState.FAILING
        )
        if is_wrong and self._errands.is_due("log"):
            self._errands.begin("log", self._search_log())

    async def _look_by_host(self, sample: ArchiveSample) -> None:
        begun = self._clock()
        directory = await self._directory(sample)
        names = () if self._tells_names else self._wanted(sample)
        try:
            look = await self._lookout.look(directory, names, self._now())
        except PgtuiError as error:
            taken = self._now()
            look = ArchiveLook(taken, directory, DirectoryState.UNKNOWN, error.message)
            self._lookout.forget()
        self._hosts_look = look
        seen = self.record.look
        if self._tells_names and seen is not None and seen.directory == directory and directory:
            if look.state not in (DirectoryState.UNKNOWN, DirectoryState.THERE, DirectoryState.CLOSED):
                seen = replace(seen, taken=look.taken, state=look.state, asked=(), present=frozenset())
            elif look.state is not DirectoryState.UNKNOWN and seen.state is not DirectoryState.THERE:
                seen = replace(seen, taken=look.taken, state=look.state)
            self._keep_look(seen, look)
        elif seen is None or look.state is not DirectoryState.UNKNOWN or not directory:
            self.record.take_look(look)
        every = self.rhythm.host if self._tells_names else max(self.rhythm.host / 4, DEEP.host)
        self._errands.done("host", min(every, self.rhythm.host), begun)
        self._publish()

    async def _search_log(self) -> None:
        begun = self._clock()
        self.record.take_failure(*await self._lookout.cause())
        # A cause that is known, and nothing new: it is enough to see now and then whether it changes.
        self._errands.done("log", self.rhythm.log * (5 if self.record.failure else 1), begun)
        self._publish()

    async def _directory(self, sample: ArchiveSample) -> str:
        """Return where the archive is: as configured, else as archive_command has it; "" when unknown."""
        known = await self._inventory.cluster(self._name)
        if known.archive:
            return known.archive
        found = archive_directory(sample.command)
        if not found or found.startswith("/"):
            return found or ""
        directory = known.data_directory
        return f"{directory.rstrip('/')}/{found}" if directory else ""


async def _ended(task: "asyncio.Task[None]") -> None:
    with suppress(asyncio.CancelledError, PgtuiError):
        await task
