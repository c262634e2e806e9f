"""Files of this machine, as `hosts.base.Files` wants them: plain system calls in a thread."""

import asyncio
import errno
import fcntl
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeVar

from pgtui.domain.command import Command
from pgtui.domain.errors import CommandFailed, FileProblem
from pgtui.hosts.accounts import Account, is_root, own_account
from pgtui.hosts.base import FileEntry, FileKind, check
from pgtui.hosts.listing import list_with
from pgtui.hosts.local_process import run_process

FICLONE = 0x40049409
"""The ioctl that has two files share their blocks (manual: ioctl_ficlone(2))."""
PIECE = 8 * 1024 * 1024

Result = TypeVar("Result")


class LocalFiles:
    """Files, with everything that is made owned by one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def read(self, path: str, limit: int = 16 * 1024 * 1024) -> bytes:
        return await in_thread(path, _read, path, limit)

    async def write(self, path: str, content: bytes, mode: int = 0o600) -> None:
        await in_thread(path, self._write, path, content, mode)

    async def list(self, path: str) -> tuple[FileEntry, ...]:
        return await in_thread(path, _list, path)

    async def listing(self, path: str, take: Callable[[bytes], None]) -> None:
        await list_with(lambda argv: run_process(Command(argv), own_account()), path, take)

    async def stat(self, path: str) -> FileEntry | None:
        return await in_thread(path, _stat, path)

    async def make_directory(self, path: str, mode: int = 0o700) -> None:
        await in_thread(path, self._make_directory, path, mode)

    async def move(self, source: str, destination: str) -> None:
        try:
            await in_thread(destination, _rename, source, destination)
        except FileProblem as problem:
            cause = problem.__cause__
            if not isinstance(cause, OSError) or cause.errno != errno.EXDEV:
                raise
            await self._copy(own_account(), source, destination)
            await self.remove(source)

    async def copy_tree(self, source: str, destination: str) -> None:
        await self._copy(self._account, source, destination)

    async def remove(self, path: str) -> None:
        if not await in_thread(path, _is_directory, path):
            await in_thread(path, _unlink, path)
            return
        await _checked(Command(("rm", "-rf", "--", path)), own_account(), "Removing")

    async def size_of(self, path: str) -> int:
        return await in_thread(path, size_on_disk, path)

    async def free_space(self, path: str) -> int:
        return await in_thread(path, _free_space, path)

    async def fetch(self, path: str, local: Path) -> None:
        stop = threading.Event()
        with _set_on_exit(stop):
            await in_thread(path, _copy_file, Path(path), local, None, stop)

    async def store(self, local: Path, path: str) -> None:
        stop = threading.Event()
        with _set_on_exit(stop):
            await in_thread(path, _copy_file, local, Path(path), self._account, stop)

    async def _copy(self, account: Account, source: str, destination: str) -> None:
        if await in_thread(destination, os.path.lexists, destination):
            raise FileProblem(f"{destination!r}: File exists.")
        reflink = ("--reflink=auto",) if sys.platform == "linux" else ()
        done = False
        try:
            await _checked(
                Command(("cp", "-a", *reflink, "-T", "--", source, destination)), account, "Copying"
            )
            done = True
        finally:
            if not done:
                await self.remove(destination)

    def _write(self, path: str, content: bytes, mode: int) -> None:
        with _replacing(Path(path), self._account) as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)

    def _make_directory(self, path: str, mode: int) -> None:
        missing = []
        at = path.rstrip("/") or "/"
        while not os.path.isdir(at):
            missing.append(at)
            at = os.path.dirname(at)
        for directory in reversed(missing):
            os.mkdir(directory, 0o755)
            if directory == missing[0]:
                os.chmod(directory, mode)
            give(directory, self._account)


async def in_thread(path: str | Path, work: Callable[..., Result], *args: object) -> Result:
    """Do file work off the event loop; its failure becomes a FileProblem in the system's own words."""
    try:
        return await asyncio.to_thread(work, *args)
    except OSError as error:
        raise _problem(path, error) from error
    except ValueError as error:
        raise FileProblem(f"{str(path)!r}: {error}.") from error


def give(path: str | Path, account: Account) -> None:
    """Have an account own a path, where that is ours to decide."""
    if is_root() and not account.is_own:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _problem(path: str | Path, error: OSError) -> FileProblem:
    hint = ""
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = f"pgtui runs as {own_account().name!r}; run it as the owner of the file, or as root."
    elif error.errno == errno.ENOSPC:
        hint = "Make room on that file system, or choose another directory."
    return FileProblem(f"{str(error.filename or path)!r}: {error.strerror or error}.", hint)


async def _checked(command: Command, account: Account, what: str) -> None:
    try:
        await check(run_process(command, account), what)
    except CommandFailed as error:
        raise FileProblem(error.stderr or error.message) from error


def _read(path: str, limit: int) -> bytes:
    # Not blocking: to open a pipe would otherwise wait for a writer.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "Is not a regular file", path)
        return file.read(limit)


@contextmanager
def _replacing(path: Path, account: Account | None) -> Iterator[IO[bytes]]:
    handle, temporary = tempfile.mkstemp(prefix=".pgtui-", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            if account is not None and is_root():
                os.fchown(file.fileno(), account.uid, account.gid)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        os.rename(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _entry(name: str, path: str) -> FileEntry:
    found = os.lstat(path)
    kinds = {stat.S_IFREG: FileKind.FILE, stat.S_IFDIR: FileKind.DIRECTORY, stat.S_IFLNK: FileKind.LINK}
    kind = kinds.get(stat.S_IFMT(found.st_mode), FileKind.OTHER)
    return FileEntry(
        name=name,
        kind=kind,
        size=found.st_size,
        modified=datetime.fromtimestamp(found.st_mtime, UTC),
        mode=stat.S_IMODE(found.st_mode),
        owner=found.st_uid,
        link=os.readlink(path) if kind is FileKind.LINK else "",
    )


def _list(path: str) -> tuple[FileEntry, ...]:
    found = []
    for name in sorted(os.listdir(path)):
        # One that was removed since the listing is not there any more.
        with suppress(FileNotFoundError):
            found.append(_entry(name, os.path.join(path, name)))
    return tuple(found)


def _stat(path: str) -> FileEntry | None:
    try:
        return _entry(os.path.basename(path.rstrip("/")), path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_directory(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)


def _rename(source: str, destination: str) -> None:
    if os.path.lexists(destination):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), destination)
    os.rename(source, destination)


def size_on_disk(path: str) -> int:
    """Return the bytes of all blocks of a file or of all that lies below a directory."""
    total = os.lstat(path).st_blocks * 512
    if not _is_directory(path):
        return total
    waiting = [path]
    while waiting:
        with suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                # Files come and go below a running server.
                with suppress(FileNotFoundError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total


def _free_space(path: str) -> int:
    at = os.path.abspath(path)
    while not os.path.exists(at):
        at = os.path.dirname(at)
    found = os.statvfs(at)
    return found.f_bavail * found.f_frsize


@contextmanager
def _set_on_exit(stop: threading.Event) -> Iterator[None]:
    try:
        yield
    finally:
        stop.set()


def _copy_file(source: Path, destination: Path, account: Account | None, stop: threading.Event) -> None:
    descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as reading, _replacing(destination, account) as writing:
        found = os.fstat(reading.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "Is not a regular file", str(source))
        os.fchmod(writing.fileno(), stat.S_IMODE(found.st_mode) & 0o777)
        if sys.platform == "linux":
            try:
                fcntl.ioctl(writing.fileno(), FICLONE, reading.fileno())
            except OSError:
                # Not every file system can share blocks, nor two of them with each other.
                while not stop.is_set() and os.sendfile(writing.fileno(), reading.fileno(), None, PIECE):
                    pass
        else:
            shutil.copyfileobj(reading, writing, PIECE)
        if stop.is_set():
            raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED), str(source))
