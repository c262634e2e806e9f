"""The demo's ground on this machine: one temporary directory that holds all of it."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.command import Command
from pgtui.domain.errors import HostError
from pgtui.domain.place import HostKind, Place
from pgtui.domain.safe_archive_command import ARCHIVE_MARK, safe_command
from pgtui.hosts.accounts import new_server_account
from pgtui.hosts.base import check, collect
from pgtui.hosts.demo_settings import SETTINGS
from pgtui.hosts.local_commands import in_double_quotes
from pgtui.hosts.local_demo_home import (
    PREFIX,
    end_below,
    make_home,
    old_homes,
    remove_busy,
    remove_tree,
    try_lock,
)
from pgtui.hosts.local_demo_mark import DemoMark, write_demo_mark
from pgtui.hosts.local_files import give
from pgtui.hosts.local_process import run_process
from pgtui.hosts.local_sandbox import SOCKET_LIMIT, default_base, found_sandboxes
from pgtui.hosts.programs import Programs, can_run, copied_programs, embedded_programs, found_programs

LOG = "server.log"
SUPERUSER = "postgres"


class LocalDemoGround:
    """Makes a demo's cluster below one directory, from the embedded wheel or the programs given."""

    def __init__(self, *, bindir: str | None = None, sandbox_directory: str | None = None) -> None:
        self._bindir = bindir
        self._sandbox_base = sandbox_directory or default_base()
        self._account = new_server_account()
        self._home: Path | None = None
        self._lock: int | None = None
        self._programs: Programs | None = None

    @property
    def home(self) -> Path:
        """The directory that holds all of it."""
        if self._home is None:
            raise HostError("The demo was not made yet.")
        return self._home

    async def remove_leftovers(self) -> int:
        removed = 0
        for home in await asyncio.to_thread(old_homes):
            lock = try_lock(home)
            if lock is None:
                continue
            try:
                await self._clear(home)
                removed += 1
            finally:
                os.close(lock)
        return removed

    async def make(self) -> None:
        await self._make_home()
        self._programs = await self._reachable_programs()
        provider: tuple[str, ...] = ("--locale=C.UTF-8",)
        if self._programs.version.major >= 17:
            # Its own locale, so that the machine need not have one.
            provider = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        await self._run(
            "initdb",
            *("-D", str(self.home / "data"), "-U", SUPERUSER, "--encoding=UTF8", *provider),
            # The socket lies in a directory that is closed to everyone else.
            *("--auth-local=trust", "--auth-host=reject", "--no-sync"),
        )
        settings = (
            *SETTINGS,
            ("archive_command", safe_command(str(self.home / "archive"))),
            ("listen_addresses", ""),
            ("port", "5432"),
            ("unix_socket_directories", _as_list_item(str(self.home / "run"))),
            ("unix_socket_permissions", "0700"),
        )
        lines = "".join(f"{name} = '{_in_quotes(value)}'\n" for name, value in settings)
        with (self.home / "data" / "postgresql.auto.conf").open("a") as conf:
            conf.write(lines)

    async def start(self) -> None:
        log = in_double_quotes(str(self.home / LOG))
        await self._run("pg_ctl", "start", "-l", log, "-s", "-w")

    async def sql(self, text: str, database: str) -> str:
        command = self._command("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database)
        return (await check(run_process(command, self._account, stdin=_once(text)), "psql")).decode()

    async def base_backup(self, label: str) -> None:
        target = str(self.home / "backups" / label)
        await self._run("pg_basebackup", "-D", target, "-X", "stream", "-c", "fast", "-l", label, "--no-sync")

    async def keep_history(self, history: tuple[tuple[datetime, str], ...]) -> None:
        text = json.dumps([[moment.isoformat(), words] for moment, words in history], indent=1)
        await asyncio.to_thread((self.home / "history.json").write_text, text + "\n")

    def cluster(self) -> Cluster:
        data = str(self.home / "data")
        return Cluster(
            name="demo",
            place=Place(HostKind.LOCAL, data),
            state=ServerState.RUNNING,
            version=self._programs.version if self._programs else None,
            data_directory=data,
            user=SUPERUSER,
            backups=(str(self.home / "backups"),),
            archive=str(self.home / "archive"),
        )

    async def remove(self) -> None:
        if self._home is not None:
            await self._clear(self._home)
            self._home = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _make_home(self) -> None:
        parent = await self._reachable_parent()
        self._home, self._lock = make_home(parent)
        mark = DemoMark(*(str(self._home / name) for name in ("backups", "archive", LOG)))
        write_demo_mark(self._home, mark)
        for name in ("archive", "backups", "run"):
            (self._home / name).mkdir(mode=0o700)
            give(self._home / name, self._account)
        (self._home / "archive" / ARCHIVE_MARK).touch()
        give(self._home, self._account)

    async def _reachable_parent(self) -> str:
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
            socket = os.fsencode(f"{parent}/{PREFIX}xxxxxxxx/run/.s.PGSQL.5432")
            test = Command(("test", "-x", parent))
            if len(socket) <= SOCKET_LIMIT and (await collect(run_process(test, self._account))).code == 0:
                return parent
        raise HostError(
            f"No temporary directory can be reached by the account {self._account.name!r}.",
            "Set TMPDIR to a directory with a short path that everyone can enter.",
        )

    async def _reachable_programs(self) -> Programs:
        programs = await _programs(self._bindir)
        if await can_run(programs, self._account):
            return programs
        # Inside the demo's own directory, so that the copy vanishes with it.
        return await copied_programs(programs, str(self.home / "programs"))

    async def _run(self, program: str, *args: str) -> None:
        await check(run_process(self._command(program, *args), self._account), program)

    def _command(self, program: str, *args: str) -> Command:
        assert self._programs is not None
        where = (
            *(("PGHOST", str(self.home / "run")), ("PGPORT", "5432"), ("PGUSER", SUPERUSER)),
            ("PGDATA", str(self.home / "data")),
        )
        return Command((f"{self._programs.directory}/{program}", *args), env=where)

    async def _clear(self, home: Path) -> None:
        """End all that runs below a demo's directory, then remove it and the sandboxes made from it."""
        await end_below(home)
        for sandbox in await found_sandboxes(self._sandbox_base):
            if _is_of_demo(sandbox.spec.source.name, home):
                directory = Path(sandbox.spec.directory)
                await end_below(directory)
                await asyncio.to_thread(remove_busy, directory)
        if self._sandbox_base == default_base():
            for directory in (Path(self._sandbox_base), Path(self._sandbox_base).parent):
                # Others' sandboxes keep it.
                with suppress(OSError):
                    directory.rmdir()
        await asyncio.to_thread(remove_tree, home)


async def _programs(bindir: str | None) -> Programs:
    if bindir is None:
        return await embedded_programs()
    for programs in await found_programs((bindir,)):
        if programs.origin == "configuration":
            return programs
    raise HostError(f"There are no PostgreSQL programs in {bindir}.")


def _is_of_demo(source: str, home: Path) -> bool:
    """Return whether a sandbox's source is this demo, or one that is not there any more."""
    above = Path(source).parent
    return above == home or (above.name.startswith(PREFIX) and not above.exists())


def _in_quotes(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _as_list_item(path: str) -> str:
    return '"' + path.replace('"', '""') + '"'


async def _once(text: str) -> AsyncGenerator[bytes, None]:
    yield text.encode()
