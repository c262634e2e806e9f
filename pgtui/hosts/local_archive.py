"""The archive directory of a server on this machine, seen as the server's account sees it."""

import os
import stat
from collections.abc import Sequence
from datetime import datetime

from pgtui.domain.archive_sample import COMPRESSED, ArchiveLook, DirectoryState
from pgtui.hosts.accounts import Account


def look_at(
    directory: str, names: Sequence[str], taken: datetime, data_directory: str, account: Account
) -> ArchiveLook:
    """Look at it with plain system calls; CLOSED is told by modes alone, which `test -w` may contradict."""
    wal_free = _free(os.path.join(data_directory, "pg_wal"))
    if not directory:
        return ArchiveLook(taken, "", DirectoryState.UNKNOWN, wal_free=wal_free)
    state, problem = _state(directory, account)
    if state not in (DirectoryState.THERE, DirectoryState.CLOSED):
        return ArchiveLook(taken, directory, state, problem, wal_free=wal_free)
    present = frozenset(name for name in names if _is_there(directory, name))
    return ArchiveLook(
        taken,
        directory,
        state,
        free=_free(directory),
        wal_free=wal_free,
        asked=tuple(names),
        present=present,
    )


def _state(directory: str, account: Account) -> tuple[DirectoryState, str]:
    try:
        found = os.stat(directory)
    except FileNotFoundError:
        return DirectoryState.MISSING, ""
    except NotADirectoryError:
        return DirectoryState.NOT_A_DIRECTORY, ""
    except OSError as error:
        return DirectoryState.UNKNOWN, f"{directory!r}: {error.strerror or error}."
    if not stat.S_ISDIR(found.st_mode):
        return DirectoryState.NOT_A_DIRECTORY, ""
    if account.is_own:
        is_open = os.access(directory, os.W_OK | os.X_OK)
    else:
        is_open = _may(found, account, 0o3) and _may_enter(directory, account)
        is_open = is_open and not os.statvfs(directory).f_flag & os.ST_RDONLY
    return (DirectoryState.THERE if is_open else DirectoryState.CLOSED), ""


def _may_enter(directory: str, account: Account) -> bool:
    above = os.path.dirname(os.path.realpath(directory))
    while above != "/":
        if not _may(os.stat(above), account, 0o1):
            return False
        above = os.path.dirname(above)
    return True


def _may(found: os.stat_result, account: Account, bits: int) -> bool:
    if found.st_uid == account.uid:
        wanted = bits << 6
    elif found.st_gid in (account.gid, *account.groups):
        wanted = bits << 3
    else:
        wanted = bits
    return account.uid == 0 or found.st_mode & wanted == wanted


def _is_there(directory: str, name: str) -> bool:
    path = os.path.join(directory, name)
    return os.path.isfile(path) or any(os.path.isfile(path + ending) for ending in COMPRESSED)


def _free(path: str) -> int | None:
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
