"""One server of this machine: its processes, its files, its control, and the sandboxes beside it."""

import os
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import replace
from datetime import datetime

from pgtui.domain.archive_sample import ArchiveLook, DirectoryState
from pgtui.domain.cluster import ServerState
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.errors import ConnectError, HostError, ServerGone
from pgtui.domain.place import Place
from pgtui.domain.plan import Step, StopMode
from pgtui.domain.secret import Secret
from pgtui.hosts import local_commands, local_process
from pgtui.hosts.accounts import Account, account_named
from pgtui.hosts.base import Address, Events, LogTail, check, collect
from pgtui.hosts.local_archive import look_at
from pgtui.hosts.local_commands import LocalServer
from pgtui.hosts.local_files import LocalFiles, in_thread
from pgtui.hosts.local_log import log_of, read_log, tails_of
from pgtui.hosts.local_postmaster import Postmaster, running_postmaster
from pgtui.hosts.local_sandbox import LocalSandboxRoom


class LocalHost(LocalFiles, LocalSandboxRoom):
    """The home of one local cluster."""

    def __init__(
        self, place: Place, server: LocalServer, account: Account, no_programs: HostError | None = None
    ) -> None:
        LocalFiles.__init__(self, account)
        LocalSandboxRoom.__init__(self, server, account)
        self._place = place
        # Files, log and connections are there without programs, so this is told only where they are needed.
        self._no_programs = no_programs

    @property
    def place(self) -> Place:
        return self._place

    @property
    def bindir(self) -> str:
        if self._no_programs is not None:
            raise self._no_programs
        return self._server.bindir

    @property
    def widest_account(self) -> str:
        return "root" if self._server.as_root else SERVER_ACCOUNT

    def run(
        self,
        command: Command,
        *,
        stdin: AsyncIterable[bytes] | None = None,
        deadline: float | None = None,
        tag: str = "",
    ) -> Events:
        account = self._account if command.user == SERVER_ACCOUNT else account_named(command.user)
        return local_process.run_process(command, account, stdin=stdin, deadline=deadline, tag=tag)

    async def end_tagged(self, tag: str) -> int:
        return await local_process.end_tagged(tag)

    async def state(self) -> ServerState:
        return ServerState.RUNNING if await self._is_running() else ServerState.STOPPED

    async def data_directory(self) -> str:
        return self._place.name

    async def start(self) -> None:
        if not await self._is_running():
            await self._control(local_commands.start_commands(self._controlled()), "Starting the server")

    async def stop(self, mode: StopMode = StopMode.FAST) -> None:
        if await self._is_running():
            await self._control(local_commands.stop_commands(self._controlled(), mode), "Stopping the server")

    async def restart(self, mode: StopMode = StopMode.FAST) -> None:
        if not await self._is_running():
            await self.start()
            return
        await self._control(
            local_commands.restart_commands(self._controlled(), mode), "Restarting the server"
        )

    async def reload(self) -> None:
        if not await self._is_running():
            raise HostError(
                f"The server in {self._place.name} does not run, so there is nothing to reload.",
                "Start it: it reads its configuration then.",
            )
        await self._control(local_commands.reload_commands(self._controlled()), "Reloading")

    def server_log(self, *, follow: bool = False, last: int = 1000) -> AsyncGenerator[bytes, None]:
        return read_log(lambda: log_of(self._server), last, follow)

    async def log_tails(self, limit: int = 64 * 1024) -> tuple[LogTail, ...]:
        return await in_thread("log", tails_of, self._server, limit)

    async def look_at_archive(self, directory: str, names: Sequence[str], taken: datetime) -> ArchiveLook:
        look = await in_thread(directory, look_at, directory, names, taken, self._place.name, self._account)
        if look.state is DirectoryState.CLOSED and not self._account.is_own:
            # Modes do not tell all: an access control list may open what they close.
            asked = Command(("sh", "-c", '[ -w "$1" ] && [ -x "$1" ]', "sh", directory))
            if (await collect(self.run(asked))).code == 0:
                return replace(look, state=DirectoryState.THERE)
        return look

    async def addresses(self) -> tuple[Address, ...]:
        running = await self._postmaster()
        if running is None:
            raise ConnectError(f"The server in {self._place.name} does not run.", "Start it first.")
        found = []
        if running.port is not None and running.socket_directory:
            found.append(Address(running.socket_directory, running.port))
        if running.port is not None and running.listen_address:
            loopback = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
            found.append(Address(loopback.get(running.listen_address, running.listen_address), running.port))
        if not found:
            raise ConnectError(
                f"The server in {self._place.name} listens neither at a socket nor at an address.",
                "Set `unix_socket_directories` or `listen_addresses`, and restart it.",
            )
        return tuple(found)

    async def own_password(self) -> Secret | None:
        return None

    def shell_lines(self, step: Step) -> tuple[str, ...]:
        return local_commands.shell_lines(self._server, step)

    async def _postmaster(self) -> Postmaster | None:
        return await in_thread(self._place.name, running_postmaster, self._place.name)

    async def _is_running(self) -> bool:
        if not await in_thread(self._place.name, os.path.isdir, self._place.name):
            raise ServerGone(f"The data directory {self._place.name} is not there any more.")
        return await self._postmaster() is not None

    def _controlled(self) -> LocalServer:
        if self._no_programs is not None:
            raise self._no_programs
        return self._server

    async def _control(self, commands: tuple[Command, ...], what: str) -> None:
        for command in commands:
            await check(self.run(command), what)
