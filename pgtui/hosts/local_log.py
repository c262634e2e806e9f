"""The log of a server on this machine: found wherever it is written, and followed over rotation."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pgtui.domain.errors import HostError
from pgtui.hosts.base import LogTail
from pgtui.hosts.local_commands import LocalServer
from pgtui.hosts.local_files import in_thread
from pgtui.hosts.local_postmaster import error_output_of, running_postmaster
from pgtui.hosts.log_files import collected_paths, with_beside

DEBIAN_LOGS = "/var/log/postgresql"
PAUSE = 0.5
BLOCK = 64 * 1024


def log_of(server: LocalServer) -> str:
    """Return the file that the server's log is in now. Raises HostError when none can be found."""
    candidates = _collected(server.data_directory)
    if server.debian:
        candidates.append("{}/postgresql-{}-{}.log".format(DEBIAN_LOGS, *server.debian))
    running = running_postmaster(server.data_directory)
    if running is not None:
        candidates.append(error_output_of(running.pid))
    candidates.append(server.log_file)
    for path in candidates:
        if path and os.path.isfile(path):
            return path
    raise HostError(
        f"No log of the server in {server.data_directory} was found.",
        "Its output may go to the system's journal or nowhere; `logging_collector = on` keeps it in files.",
    )


def _collected(data_directory: str) -> list[str]:
    """Return the files of the logging collector, readable text before CSV and JSON."""
    try:
        text = Path(data_directory, "current_logfiles").read_text(errors="surrogateescape")
    except FileNotFoundError:
        return []
    return [os.path.join(data_directory, path) for path in collected_paths(text)]


def tails_of(server: LocalServer, limit: int) -> tuple[LogTail, ...]:
    """Return the end of every file that the log goes to. Raises HostError when there is none."""
    paths = with_beside(_collected(server.data_directory)) or (log_of(server),)
    tails: list[LogTail] = []
    problem: OSError | None = None
    for path in paths:
        try:
            tails.append(_tail(path, limit))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problem = problem or error
    if not tails and problem is not None:
        raise problem
    if not tails:
        raise HostError(f"The log file {paths[0]} that the server names is not there.")
    return tuple(tails)


def _tail(path: str, limit: int) -> LogTail:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "It is no file", path)
    with _open(path) as file:
        found = os.fstat(file.fileno())
        file.seek(max(0, found.st_size - limit))
        return LogTail(path, file.read(limit), datetime.fromtimestamp(found.st_mtime, UTC))


async def read_log(find: Callable[[], str], last: int, follow: bool) -> AsyncGenerator[bytes, None]:
    """Yield the last lines of a log, then what is added; `find` tells where the log is by now."""
    path = await in_thread("log", find)
    file = await in_thread(path, _open_at_last_lines, path, last)
    try:
        while True:
            while chunk := await in_thread(path, file.read, BLOCK):
                yield chunk
            if not follow:
                return
            await asyncio.sleep(PAUSE)
            # A server that is being restarted may have no log for a moment.
            with suppress(HostError):
                path = await in_thread("log", find)
                if await in_thread(path, _was_replaced, file, path):
                    while chunk := await in_thread(path, file.read, BLOCK):
                        yield chunk
                    file.close()
                    file = await in_thread(path, _open, path)
    finally:
        file.close()


def _open(path: str) -> IO[bytes]:
    return open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)


def _open_at_last_lines(path: str, last: int) -> IO[bytes]:
    file = _open(path)
    end = position = file.seek(0, os.SEEK_END)
    lines = 0
    while position > 0:
        start = max(0, position - BLOCK)
        file.seek(start)
        block = file.read(position - start)
        # The newline at the very end closes the last line and begins none.
        for at in range(len(block) - 1, -1, -1):
            if block[at : at + 1] == b"\n" and start + at != end - 1:
                lines += 1
                if lines == last:
                    file.seek(start + at + 1)
                    return file
        position = start
    file.seek(0 if last > 0 else end)
    return file


def _was_replaced(file: IO[bytes], path: str) -> bool:
    ours, now = os.fstat(file.fileno()), os.stat(path)
    return (ours.st_dev, ours.st_ino) != (now.st_dev, now.st_ino) or now.st_size < file.tell()
