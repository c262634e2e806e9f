"""A demo's directory here: locked while its pgtui lives, and cleared away with all that runs in it."""

import asyncio
import errno
import fcntl
import os
import shutil
import signal
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from pgtui.hosts.local_postmaster import HAS_PROC, running_postmaster, server_processes_below

PREFIX = "pgtui-demo-"
LOCK = "lock"
YOUNG = 60.0
"""Seconds in which a directory without a lock may be one that is just being made."""
STOP_DEADLINE = 10.0
BUSY_TRIES = 20


def make_home(parent: str) -> tuple[Path, int]:
    """Make a demo's directory; return it and its lock, held until it is closed or this process ends."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    # Locked before it has its name: nobody may meet it without.
    fresh = home / "lock.new"
    lock = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fresh.rename(home / LOCK)
    return home, lock


def old_homes() -> list[Path]:
    """Return the directories of demos that this account made and that may be dead."""
    found = []
    for parent in {tempfile.gettempdir(), "/tmp", "/var/tmp"}:
        found += [home for home in Path(parent).glob(f"{PREFIX}*") if _is_ours(home)]
    return found


def _is_ours(home: Path) -> bool:
    try:
        if not stat.S_ISDIR(home.lstat().st_mode):
            return False
        lock = (home / LOCK).lstat()
        return stat.S_ISREG(lock.st_mode) and lock.st_uid == os.geteuid()
    except FileNotFoundError:
        with suppress(OSError):
            found = home.lstat()
            return found.st_uid == os.geteuid() and time.time() - found.st_mtime > YOUNG
        return False
    except OSError:
        return False


def try_lock(home: Path) -> int | None:
    """Take the lock of a demo; None when its pgtui still holds it."""
    try:
        lock = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def remove_tree(home: Path) -> None:
    # The lock goes last: whoever finds half a demo must still be able to see whose it is.
    for path in home.iterdir():
        if path.name != LOCK:
            if path.is_dir() and not path.is_symlink():
                remove_busy(path)
            else:
                path.unlink()
    remove_busy(home)


def remove_busy(directory: Path) -> None:
    """Remove a directory in which the server's last archive command may still write a file."""
    for _ in range(BUSY_TRIES):
        try:
            shutil.rmtree(directory)
        except FileNotFoundError:
            if not directory.exists():
                return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return
        time.sleep(0.05)
    shutil.rmtree(directory)


async def end_below(directory: Path) -> None:
    """End the server below a directory at once, and every server process that works there."""
    deadline = time.monotonic() + STOP_DEADLINE
    postmaster = await asyncio.to_thread(_postmaster_below, directory)
    if postmaster is not None:
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGQUIT)
    while left := await asyncio.to_thread(_server_processes, directory, postmaster):
        # A server's own children end with it; those of an initdb that lost its pgtui have none.
        if postmaster is None or time.monotonic() > deadline:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.02)


def _postmaster_below(directory: Path) -> int | None:
    running = running_postmaster(str(directory / "data"))
    return running.pid if running else None


def _server_processes(directory: Path, postmaster: int | None) -> list[int]:
    if HAS_PROC:
        return server_processes_below(str(directory))
    try:
        if postmaster is not None:
            os.kill(postmaster, 0)
            return [postmaster]
    except ProcessLookupError:
        pass
    return []


def dead_homes() -> list[Path]:
    """Return the directories of demos whose pgtui is not there any more."""
    dead = []
    for home in old_homes():
        lock = try_lock(home)
        if lock is not None:
            os.close(lock)
            dead.append(home)
    return dead
