"""The local engine: the clusters of this machine."""

import asyncio
import os

from pgtui.domain.cluster import Cluster, HostStatus
from pgtui.domain.errors import BadInput, FileProblem, HostError, ServerGone
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import Sandbox
from pgtui.hosts.accounts import Account, account_of, is_root
from pgtui.hosts.local_commands import LocalServer
from pgtui.hosts.local_demo_mark import read_demo_mark
from pgtui.hosts.local_discovery import debian_clusters, found_clusters
from pgtui.hosts.local_files import in_thread
from pgtui.hosts.local_host import LocalHost
from pgtui.hosts.local_postmaster import (
    error_output_of,
    major_of,
    options_program,
    program_of,
    running_postmaster,
)
from pgtui.hosts.local_sandbox import default_base, found_sandboxes
from pgtui.hosts.programs import programs_for

TITLE = "This machine"
START_LOG = "log/pgtui-start.log"
"""Below the data directory: the server's account may write there, and the logging collector does so too."""


class LocalEngine:
    """Finds and opens the clusters of this machine."""

    kind = HostKind.LOCAL

    def __init__(
        self,
        *,
        data_directories: tuple[str, ...] = (),
        bindirs: tuple[str, ...] = (),
        sandbox_directory: str | None = None,
    ) -> None:
        self._data_directories = data_directories
        self._bindirs = bindirs
        self._base = os.path.abspath(sandbox_directory) if sandbox_directory else default_base()
        self._is_own_base = sandbox_directory is None
        self._programs: dict[tuple[int, int, tuple[str, ...]], str] = {}

    async def look(self) -> tuple[HostStatus, tuple[Cluster, ...]]:
        try:
            clusters = await asyncio.to_thread(found_clusters, self._data_directories)
        except OSError as error:
            return HostStatus(self.kind, TITLE, problem=f"It cannot be searched: {error}."), ()
        return HostStatus(self.kind, TITLE), clusters

    async def open(self, place: Place) -> LocalHost:
        if place.kind is not HostKind.LOCAL or not os.path.isabs(place.name):
            raise BadInput(f"{place} is not a directory of this machine.")
        directory = place.name
        try:
            owner = (await in_thread(directory, os.stat, directory)).st_uid
        except FileProblem as error:
            raise ServerGone(
                f"The data directory {directory} cannot be found: {error.message}", error.hint
            ) from error
        account = account_of(owner)
        if not account.is_own and not is_root():
            raise HostError(
                f"The data directory {directory} belongs to the account {account.name!r}.",
                f"Run pgtui as {account.name} or as root: `sudo -u {account.name} pgtui`.",
            )
        major = await in_thread(directory, major_of, directory)
        if major is None:
            raise ServerGone(
                f"{directory} holds no PG_VERSION, so it is no data directory.", "Check the configuration."
            )
        bindir, problem = await self._bindir(directory, major, account)
        server = await in_thread(directory, self._server, directory, bindir, account)
        return LocalHost(place, server, account, problem)

    async def sandboxes(self) -> tuple[Sandbox, ...]:
        return await found_sandboxes(self._base)

    async def _bindir(self, directory: str, major: int, account: Account) -> tuple[str, HostError | None]:
        used = [options_program(directory)]
        if running := await in_thread(directory, running_postmaster, directory):
            used.insert(0, program_of(running.pid))
        key = (major, account.uid, tuple(used))
        if key not in self._programs:
            try:
                found = await programs_for(
                    major, account, bindirs=self._bindirs, used=tuple(path for path in used if path)
                )
            except HostError as problem:
                return "", problem
            self._programs[key] = found.directory
        return self._programs[key], None

    def _server(self, directory: str, bindir: str, account: Account) -> LocalServer:
        running = running_postmaster(directory)
        log_file = error_output_of(running.pid) if running else ""
        mark = read_demo_mark(directory)
        return LocalServer(
            data_directory=directory,
            bindir=bindir,
            account=account.name,
            as_root=is_root(),
            log_file=log_file or (mark.log if mark else os.path.join(directory, START_LOG)),
            sandbox_base=self._base,
            is_own_base=self._is_own_base,
            debian=debian_clusters().get(os.path.normpath(directory)),
        )
