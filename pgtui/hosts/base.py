"""The `Host` protocol: a place where one server lives, and all that can be done there.

One contract test suite (tests/hosts/) holds every implementation to what is written here.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pgtui.domain.archive_sample import ArchiveLook
from pgtui.domain.cluster import Cluster, HostStatus, ServerState
from pgtui.domain.command import Command
from pgtui.domain.errors import CommandFailed
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import Step, StopMode
from pgtui.domain.sandbox import Sandbox, SandboxSpec
from pgtui.domain.secret import Secret


class Stream(StrEnum):
    """Which stream a chunk of output came from."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True)
class Output:
    """A chunk of a command's output, as it came."""

    stream: Stream
    data: bytes


@dataclass(frozen=True)
class Exit:
    """The end of a command: its exit code, or minus the signal that ended it."""

    code: int


Events = AsyncGenerator[Output | Exit, None]
"""Output as it comes, then one Exit; close it (`contextlib.aclosing`) to end the command early."""


class FileKind(StrEnum):
    """What a directory entry is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True)
class FileEntry:
    """One directory entry; never follows links."""

    name: str
    """The last part of the path, as it is: it may hold spaces, quotes, newlines, any byte
    (undecodable ones as surrogate escapes)."""
    kind: FileKind
    size: int
    modified: datetime
    mode: int
    """Permission bits, such as 0o700."""
    owner: int
    """User id on the host."""
    link: str = ""
    """Where a link points to."""


class Commands(Protocol):
    """Running programs on a host."""

    @property
    def widest_account(self) -> str:
        """The account, of those that commands can run as, that may read most: root where it can be had."""

    def run(
        self,
        command: Command,
        *,
        stdin: AsyncIterable[bytes] | None = None,
        deadline: float | None = None,
        tag: str = "",
    ) -> Events:
        """Run a command and yield its output as it comes, and last of all one Exit.

        `deadline` is in seconds; past it the process is ended (SIGINT, SIGTERM, SIGKILL) and
        DeadlineExceeded raised. `tag` marks the process and its children (environment variable PGTUI_TAG),
        so that `end_tagged` finds them after pgtui was killed. Use it with `contextlib.aclosing`.
        """

    async def end_tagged(self, tag: str) -> int:
        """End what still runs of commands with this tag, and wait until it is gone; return how many."""


class Files(Protocol):
    """Files on a host. Problems of a path are raised as FileProblem, in the system's own words."""

    async def read(self, path: str, limit: int = 16 * 1024 * 1024) -> bytes:
        """Return a file's content, at most `limit` bytes."""

    async def write(self, path: str, content: bytes, mode: int = 0o600) -> None:
        """Write a file atomically, owned by the server's account."""

    async def list(self, path: str) -> tuple[FileEntry, ...]:
        """Return a directory's entries sorted by name, without `.` and `..`."""

    async def listing(self, path: str, take: Callable[[bytes], None]) -> None:
        """List a directory of any size: `take` is called with pieces of whole records, in any order.

        A record is `size mtime kind name NUL`: bytes, seconds with a fraction, a letter (`f` file, `d`
        directory, `l` link, others the rest), the name as it is. `take` runs in a thread, never twice at
        the same time.
        """

    async def stat(self, path: str) -> FileEntry | None:
        """Return one entry, None when there is none."""

    async def make_directory(self, path: str, mode: int = 0o700) -> None:
        """Make a directory with its parents, owned by the server's account; one that is there is left."""

    async def move(self, source: str, destination: str) -> None:
        """Move a file or directory within the host; refuses to overwrite."""

    async def copy_tree(self, source: str, destination: str) -> None:
        """Copy a directory with owners, modes and links to a new path; cheaply if it can."""

    async def remove(self, path: str) -> None:
        """Remove a file or a directory with all that lies below; nothing when it is not there."""

    async def size_of(self, path: str) -> int:
        """Return the bytes that a file or directory takes up on disk."""

    async def free_space(self, path: str) -> int:
        """Return the bytes free on the file system that holds this path (or its nearest parent)."""

    async def fetch(self, path: str, local: Path) -> None:
        """Bring one file to this machine, atomically."""

    async def store(self, local: Path, path: str) -> None:
        """Bring one file of this machine there, atomically, owned by the server's account."""


@dataclass(frozen=True)
class Address:
    """Where a client on this machine can connect to a server."""

    host: str
    """A name, an address, or the absolute path of a socket directory."""
    port: int


@dataclass(frozen=True)
class LogTail:
    """The end of one file of a server's log."""

    path: str
    """As the host sees it; "" for what a container printed. Its ending tells the form: .csv, .json, other."""
    data: bytes
    modified: datetime | None = None
    """When it was last written to, by the host's clock; None when it cannot be told."""


class Server(Protocol):
    """The server process of a host."""

    async def state(self) -> ServerState:
        """Return whether the server runs."""

    async def data_directory(self) -> str:
        """Return the server's data directory, as this host sees it."""

    async def start(self) -> None:
        """Start the server and wait until it answers; nothing when it runs."""

    async def stop(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and wait until it has stopped; nothing when it is stopped."""

    async def restart(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop and start the server."""

    async def reload(self) -> None:
        """Have the server read its configuration again."""

    def server_log(self, *, follow: bool = False, last: int = 1000) -> AsyncGenerator[bytes, None]:
        """Yield chunks of the server's log: the `last` lines, then, if `follow`, what comes, for ever."""

    async def log_tails(self, limit: int = 64 * 1024) -> tuple[LogTail, ...]:
        """Return the last bytes of every file that the log goes to by now, at most `limit` of each.

        Beside a csvlog or jsonlog stands the file in which the words of an archive_command end up. Raises
        HostError with the reason when there is none, or none can be read.
        """

    async def look_at_archive(self, directory: str, names: Sequence[str], taken: datetime) -> ArchiveLook:
        """Look at an archive directory as the server's account sees it; cheap enough for every few seconds.

        `names` are segments to be looked for, plain or compressed; `taken` is what the clock of this machine
        shows. With `directory` "" only the free space of pg_wal is told. The server must run.
        """

    async def addresses(self) -> tuple[Address, ...]:
        """Return where to connect, best first. Raises ConnectError with the reason when there is none."""

    async def own_password(self) -> Secret | None:
        """Return the password that the container was started with (POSTGRES_PASSWORD or its file)."""


class SandboxRoom(Protocol):
    """Sandboxes beside a host's server. `spec.source` is the host's own place."""

    def sandbox_at(self, name: str) -> tuple[Place, str]:
        """Return the place and the directory that a sandbox of this name would have."""

    async def sandbox_archive(self, archive: str) -> str:
        """Return where a sandbox would see this archive directory."""

    async def create_sandbox(self, spec: SandboxSpec) -> None:
        """Make a sandbox's directory (or volume and container), marked as pgtui's; nothing runs yet."""

    def lay_down_backup(self, spec: SandboxSpec, *, tag: str = "") -> Events:
        """Copy the base backup in and make it ready: recovery.signal, own pg_hba.conf, tablespace links."""

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        """Start the sandbox's server; returns once it was started, before it is consistent."""

    async def remove_sandbox(self, spec: SandboxSpec) -> None:
        """End the sandbox and delete all of it; refuses what does not carry pgtui's mark; idempotent."""

    async def sandbox_running(self, spec: SandboxSpec) -> bool:
        """Return whether the sandbox's server process is there."""

    async def sandbox_size(self, spec: SandboxSpec) -> int:
        """Return the bytes that the sandbox's data takes up by now, for progress."""

    async def sandbox_log(self, spec: SandboxSpec) -> str:
        """Return the sandbox server's log so far (its last 256 kB)."""

    def run_in_sandbox(self, spec: SandboxSpec, command: Command, *, deadline: float | None = None) -> Events:
        """Run a command where the sandbox's server runs, as its account; otherwise as `run`."""


class Host(Commands, Files, Server, SandboxRoom, Protocol):
    """One server's home. Every call may raise HostUnreachable or ServerGone.

    Works alike on a running and on a stopped server. Cancelling the awaiting task, or closing an
    iterator, ends what was begun on the host.
    """

    @property
    def place(self) -> Place:
        """The name of this place."""

    @property
    def bindir(self) -> str:
        """The directory of the server's programs there; "" when they are on the PATH."""

    def shell_lines(self, step: Step) -> tuple[str, ...]:
        """Write a step as bash lines for this machine: pure, and the same commands that running it uses.

        AwaitTarget is written with `pgtui.domain.script.await_target_lines`.
        """


class Engine(Protocol):
    """One kind of host: finds servers there and opens them."""

    kind: HostKind

    async def look(self) -> tuple[HostStatus, tuple[Cluster, ...]]:
        """Find servers, running and stopped. Never raises for an engine that is not there: says so."""

    async def open(self, place: Place) -> Host:
        """Return the host of a place. Raises ServerGone, HostUnreachable."""

    async def sandboxes(self) -> tuple[Sandbox, ...]:
        """Return the sandboxes that pgtui made and that still lie there, whole or in part."""


@dataclass(frozen=True)
class Completed:
    """A command that has ended, with all its output."""

    code: int
    stdout: bytes
    stderr: bytes


async def collect(running: Events, limit: int = 64 * 1024 * 1024) -> Completed:
    """Gather a command's output until its end. Output past `limit` bytes of a stream is dropped."""
    chunks: dict[Stream, list[bytes]] = {Stream.STDOUT: [], Stream.STDERR: []}
    sizes = {Stream.STDOUT: 0, Stream.STDERR: 0}
    code = 0
    async with aclosing(running) as events:
        async for event in events:
            match event:
                case Exit():
                    code = event.code
                case Output():
                    room = limit - sizes[event.stream]
                    chunks[event.stream].append(event.data[: max(0, room)])
                    sizes[event.stream] += len(event.data)
    return Completed(code, b"".join(chunks[Stream.STDOUT]), b"".join(chunks[Stream.STDERR]))


async def check(running: Events, what: str, limit: int = 64 * 1024 * 1024) -> bytes:
    """Gather a command's standard output. Raises CommandFailed with its own words unless it exits with 0."""
    done = await collect(running, limit)
    if done.code != 0:
        words = done.stderr.decode(errors="replace").strip()
        raise CommandFailed(f"{what} failed (exit code {done.code}): {words}", code=done.code, stderr=words)
    return done.stdout
