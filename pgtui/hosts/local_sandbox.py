"""Sandboxes on this machine: a directory each, with a server that only its own socket leads to."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, FileProblem, HostError
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import NAME_PREFIX, Sandbox, SandboxSpec, check_name
from pgtui.domain.sandbox_json import spec_from_json
from pgtui.hosts.accounts import Account, account_named, own_account
from pgtui.hosts.base import Events, check, collect
from pgtui.hosts.local_commands import (
    MARKER,
    LocalServer,
    create_commands,
    lay_down_command,
    remove_commands,
    start_sandbox_command,
)
from pgtui.hosts.local_files import in_thread, size_on_disk
from pgtui.hosts.local_postmaster import running_postmaster
from pgtui.hosts.local_process import run_process

SOCKET_LIMIT = 107
"""Bytes that the path of a Unix socket can have on Linux."""
LOG_TAIL = 256 * 1024


def default_base() -> str:
    """Return where this account's sandboxes are made; /var/tmp outlives a reboot, as a journal does."""
    return f"/var/tmp/pgtui-{os.geteuid()}/sandboxes"


class LocalSandboxRoom:
    """The sandboxes beside one server of this machine."""

    def __init__(self, server: LocalServer, account: Account) -> None:
        self._server = server
        self._account = account

    def sandbox_at(self, name: str) -> tuple[Place, str]:
        directory = f"{self._server.sandbox_base}/{check_name(name)}"
        if len(os.fsencode(f"{directory}/run/.s.PGSQL.5432")) > SOCKET_LIMIT:
            raise BadInput(
                f"The path of a sandbox's socket below {self._server.sandbox_base} would be too long.",
                "Set `sandbox_directory` in the configuration to a shorter path.",
            )
        return Place(HostKind.LOCAL, f"{directory}/data"), directory

    async def sandbox_archive(self, archive: str) -> str:
        return archive

    async def create_sandbox(self, spec: SandboxSpec) -> None:
        await self._check_readable(spec.archive, "The archive")
        await self._check_readable(spec.backup, "The base backup")
        if self._server.is_own_base:
            await in_thread(self._server.sandbox_base, _check_base, self._server.sandbox_base)
        if await in_thread(spec.directory, _is_foreign, spec.directory):
            raise HostError(
                f"{spec.directory} is there already and does not carry pgtui's mark.",
                "Choose another `sandbox_directory`, or move it away.",
            )
        for command in create_commands(self._server, spec):
            await check(self._run_own(command), "Making room for the sandbox")

    def lay_down_backup(self, spec: SandboxSpec, *, tag: str = "") -> Events:
        return run_process(lay_down_command(spec), self._account, tag=tag)

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        if not await self.sandbox_running(spec):
            await check(
                run_process(start_sandbox_command(spec), self._account), "Starting the sandbox's server"
            )

    async def remove_sandbox(self, spec: SandboxSpec) -> None:
        check_name(spec.name)
        if not await in_thread(spec.directory, os.path.lexists, spec.directory):
            return
        if await in_thread(spec.directory, _is_foreign, spec.directory):
            raise HostError(
                f"{spec.directory} does not carry pgtui's mark, so it is left as it is.",
                "Look what it is, and remove it by hand.",
            )
        for command in remove_commands(self._server, spec):
            await check(self._run_own(command), "Removing the sandbox")

    async def sandbox_running(self, spec: SandboxSpec) -> bool:
        return await in_thread(spec.directory, running_postmaster, spec.data_directory) is not None

    async def sandbox_size(self, spec: SandboxSpec) -> int:
        return await in_thread(spec.directory, size_on_disk, spec.directory)

    async def sandbox_log(self, spec: SandboxSpec) -> str:
        return await in_thread(spec.log_file, _tail, spec.log_file)

    def run_in_sandbox(self, spec: SandboxSpec, command: Command, *, deadline: float | None = None) -> Events:  # noqa: ARG002
        return self._run_own(command, deadline)

    def _run_own(self, command: Command, deadline: float | None = None) -> Events:
        account = account_named(command.user) if command.user else self._account
        return run_process(command, account, deadline=deadline)

    async def _check_readable(self, path: str, what: str) -> None:
        test = Command(("sh", "-c", 'test -r "$1" && test -x "$1"', "sh", path))
        if (await collect(run_process(test, self._account))).code != 0:
            raise HostError(
                f"{what} {path} cannot be read by {self._account.name!r}, the account that runs the sandbox.",
                "Give it to that account, or make it readable "
                "(`chmod -R o+rX`, and `chmod o+x` for the directories above it).",
            )


async def found_sandboxes(base: str) -> tuple[Sandbox, ...]:
    """Return the sandboxes that lie in a directory, by their marks."""
    return await in_thread(base, _found, base)


def _found(base: str) -> tuple[Sandbox, ...]:
    try:
        names = sorted(os.listdir(base))
    except FileNotFoundError:
        return ()
    found = []
    for name in names:
        directory = os.path.join(base, name)
        # What carries no mark that can be read is none of ours.
        with suppress(OSError, BadInput, UnicodeDecodeError):
            spec = spec_from_json(Path(directory, MARKER).read_text())
            if name.startswith(NAME_PREFIX) and spec.name == name and spec.directory == directory:
                found.append(Sandbox(spec, running_postmaster(spec.data_directory) is not None))
    return tuple(found)


def _check_base(base: str) -> None:
    """Anyone may make names in /var/tmp: a directory there that is not ours is not used."""
    for directory in (os.path.dirname(base), base):
        with suppress(FileNotFoundError):
            found = os.lstat(directory)
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                raise FileProblem(
                    f"{directory} does not belong to {own_account().name!r}.",
                    "Set `sandbox_directory` in the configuration to a directory of your own.",
                )


def _is_foreign(directory: str) -> bool:
    """Return whether something lies there that pgtui did not make: no mark in it, and not empty either."""
    try:
        return not os.path.isfile(os.path.join(directory, MARKER)) and bool(os.listdir(directory))
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_TAIL))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
