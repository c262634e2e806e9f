"""PostgreSQL containers for tests: started, waited for, and removed with their volumes."""

import gc
import io
import tarfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import docker
from docker import DockerClient
from docker.errors import DockerException, NotFound
from docker.models.containers import Container

from tests.local_cluster import as_conninfo

REPOSITORY = "pgtui-test-postgres"
MAJORS = (15, 17)
RUN_LABEL = "pgtui.test"
SERVER_UID = 999
READY_DEADLINE = 60.0
LEFTOVER_AGE = timedelta(hours=1)
# Port 0 lets the engine choose, so that two suites may run side by side.
LOOPBACK: dict[str, int | list[int] | tuple[str, int] | None] = {"5432/tcp": ("127.0.0.1", 0)}


def image_of(major: int) -> str:
    """The name of the test image with that PostgreSQL."""
    return f"{REPOSITORY}:{major}"


def connect() -> tuple[DockerClient | None, str]:
    """An engine that answers and has the test images, or None and the reason."""
    client, reason = _open()
    if client is None:
        return None, reason
    present = {tag for image in client.images.list(name=REPOSITORY) for tag in image.tags}
    missing = [image_of(major) for major in MAJORS if image_of(major) not in present]
    if missing:
        client.close()
        return None, f"no image {', '.join(missing)}: run `make images`"
    return client, ""


def _open() -> tuple[DockerClient | None, str]:
    # The library forgets the socket of a connection that failed; unswept, pytest would blame some later test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return docker.from_env(timeout=60), ""
        except DockerException as error:
            reason = f"no Docker engine answers: {error}"
        gc.collect()
    return None, reason


@dataclass(frozen=True)
class PostgresContainer:
    """A running (or just created) server in a container."""

    container: Container
    major: int
    user: str
    password: str
    database: str
    volumes: Mapping[str, str]
    """Path in the container -> name of the volume mounted there."""
    archive: str | None
    backups: str | None

    @property
    def name(self) -> str:
        return str(self.container.name)

    @property
    def id(self) -> str:
        return str(self.container.id)

    @property
    def port(self) -> int:
        """The port on this machine's loopback that leads to the server; a restart may change it."""
        self.container.reload()
        published = self.container.ports["5432/tcp"]
        assert published, f"{self.name} publishes no port"
        return int(published[0]["HostPort"])

    def conninfo(self, database: str | None = None) -> Mapping[str, str | int]:
        """Keyword arguments for `psycopg.connect`."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database or self.database,
        }

    def execute(self, argv: Sequence[str], *, user: str = "postgres") -> tuple[int, str]:
        """Exit code and output (both streams) of a command inside."""
        done = self.container.exec_run(list(argv), user=user)
        assert isinstance(done.output, bytes)
        assert done.exit_code is not None
        return done.exit_code, done.output.decode(errors="replace")

    def run(self, *argv: str, user: str = "postgres") -> str:
        """The output of a command inside that must succeed."""
        code, output = self.execute(argv, user=user)
        assert code == 0, f"{argv} in {self.name} ended with {code}: {output}"
        return output

    def psql(self, sql: str, database: str | None = None) -> str:
        """The rows of a query, unaligned, without headers."""
        return self.run(
            "psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            self.user,
            "-d",
            as_conninfo(database or self.database),
            "-c",
            sql,
        ).strip()

    def base_backup(self, destination: str) -> None:
        """A plain base backup in a directory inside the container."""
        self.run("pg_basebackup", "-D", destination, "-U", self.user, "-X", "stream", "-c", "fast")

    def archive_wal(self, deadline: float = 30) -> str:
        """Switch WAL and wait until the segment that was current is archived; its name."""
        # A message first: switching does nothing in a segment that holds no WAL yet.
        segment = self.psql("SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'switch'))")
        self.psql("SELECT pg_switch_wal()")
        end = time.monotonic() + deadline
        # WAL file names sort as their segments do, within a timeline.
        while self.psql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")[:24] < segment:
            assert time.monotonic() < end, f"{segment} was not archived in {deadline:g} s"
            time.sleep(0.05)
        return segment

    def logs(self) -> str:
        """All that the container printed so far."""
        return bytes(self.container.logs()).decode(errors="replace")

    def wait_ready(self, deadline: float = READY_DEADLINE) -> None:
        """Return once the server accepts connections."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            self.container.reload()
            assert self.container.status == "running", f"{self.name} has ended:\n{self.logs()}"
            # Over TCP: while the entrypoint initialises, a temporary server listens on the socket only.
            code, _ = self.execute(
                ["pg_isready", "-q", "-h", "127.0.0.1", "-U", self.user, "-d", self.database]
            )
            if code == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"{self.name} accepts no connection after {deadline:g} s:\n{self.logs()}")


class StartPostgres(Protocol):
    """What the fixture `postgres_container` gives; see `ContainerFactory.__call__`."""

    def __call__(
        self,
        major: int = 17,
        *,
        env: Mapping[str, str] | None = None,
        volumes: Sequence[str] = (),
        directories: Sequence[str] = (),
        files: Mapping[str, str | bytes] | None = None,
        server_args: Sequence[str] = (),
        archive: str | None = None,
        backups: str | None = None,
        tmpfs: Mapping[str, str] | None = None,
        name: str | None = None,
        publish: bool = True,
        start: bool = True,
        wait: bool = True,
    ) -> PostgresContainer: ...


@dataclass
class ContainerFactory:
    """Starts labelled containers; `clean` removes them and everything else that bears the label."""

    engine: DockerClient
    run_id: str = field(default_factory=lambda: uuid4().hex[:12])

    def __call__(
        self,
        major: int = 17,
        *,
        env: Mapping[str, str] | None = None,
        volumes: Sequence[str] = (),
        directories: Sequence[str] = (),
        files: Mapping[str, str | bytes] | None = None,
        server_args: Sequence[str] = (),
        archive: str | None = None,
        backups: str | None = None,
        tmpfs: Mapping[str, str] | None = None,
        name: str | None = None,
        publish: bool = True,
        start: bool = True,
        wait: bool = True,
    ) -> PostgresContainer:
        """Start a server and wait until it accepts connections.

        volumes: paths that get a fresh named volume each, owned by the server's account.
        directories: paths made in the writable layer, owned by the server's account.
        files: path -> content, put there before the first start (initdb.d); `*.sh` are executable.
        archive: path of a volume to archive WAL into; backups: path of a volume for base backups.
        tmpfs: path -> options of a file system in memory.
        """
        environment = {"POSTGRES_PASSWORD": "secret", **(env or {})}
        named = [*volumes, *(path for path in (archive, backups) if path)]
        mounts = {path: self._volume() for path in named}
        container = self.engine.containers.create(
            image_of(major),
            ["postgres", *_archive_arguments(archive), *server_args],
            name=name or f"pgtui-test-{uuid4().hex[:10]}",
            environment=environment,
            labels={RUN_LABEL: self.run_id},
            volumes={volume: {"bind": path, "mode": "rw"} for path, volume in mounts.items()},
            ports=LOOPBACK if publish else None,
            tmpfs=dict(tmpfs or {}),
        )
        container.put_archive("/", _tar([*named, *directories], files or {}))
        user = environment.get("POSTGRES_USER", "postgres")
        made = PostgresContainer(
            container=container,
            major=major,
            user=user,
            password=environment["POSTGRES_PASSWORD"],
            database=environment.get("POSTGRES_DB", user),
            volumes=mounts,
            archive=archive,
            backups=backups,
        )
        if start:
            container.start()
            if wait:
                made.wait_ready()
        return made

    def _volume(self) -> str:
        name = f"pgtui-test-{uuid4().hex[:10]}"
        self.engine.volumes.create(name, labels={RUN_LABEL: self.run_id})
        return name

    def clean(self) -> None:
        """Remove every container and volume of this run."""
        mine = f"{RUN_LABEL}={self.run_id}"
        for container in self.engine.containers.list(all=True, filters={"label": mine}, ignore_removed=True):
            _remove(container)
        for volume in self.engine.volumes.list(filters={"label": mine}):
            volume.remove(force=True)


@contextmanager
def containers(engine: DockerClient) -> Iterator[ContainerFactory]:
    """A factory whose containers and volumes are gone at the end."""
    factory = ContainerFactory(engine)
    try:
        yield factory
    finally:
        factory.clean()


def remove_leftovers(engine: DockerClient) -> None:
    """Remove what killed runs left behind; young things may belong to a run beside this one."""
    before = datetime.now(UTC) - LEFTOVER_AGE
    for container in engine.containers.list(all=True, filters={"label": RUN_LABEL}, ignore_removed=True):
        if _made_at(container.attrs["Created"]) < before:
            _remove(container)
    for volume in engine.volumes.list(filters={"label": RUN_LABEL}):
        if _made_at(volume.attrs["CreatedAt"]) < before:
            volume.remove(force=True)


def _remove(container: Container) -> None:
    try:
        container.remove(v=True, force=True)
    except NotFound:
        return


def _made_at(text: str) -> datetime:
    # Docker writes nanoseconds, which datetime refuses; seconds are enough here.
    return datetime.fromisoformat(text[:19] + "+00:00")


def _archive_arguments(archive: str | None) -> list[str]:
    if archive is None:
        return []
    copy = f"test ! -f '{archive}/%f' && cp '%p' '{archive}/%f'"
    return ["-c", "wal_level=replica", "-c", "archive_mode=on", "-c", f"archive_command={copy}"]


def _tar(directories: Sequence[str], files: Mapping[str, str | bytes]) -> bytes:
    """An archive that, unpacked at the root, makes directories of the server's account and files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in directories:
            entry = _entry(path, type=tarfile.DIRTYPE, mode=0o700, uid=SERVER_UID, gid=SERVER_UID)
            tar.addfile(entry)
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = _entry(path, size=len(data), mode=0o755 if path.endswith(".sh") else 0o644)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _entry(path: str, **attributes: Any) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mtime = int(time.time())
    for key, value in attributes.items():
        setattr(entry, key, value)
    return entry
