"""What a data directory and the process table tell about its server (manual: "postmaster.pid")."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = PROC.joinpath("self").exists()
PROGRAMS = ("postgres", "postmaster")


@dataclass(frozen=True)
class Postmaster:
    """A running server process, and what its lock file tells."""

    pid: int
    port: int | None
    socket_directory: str
    listen_address: str


def running_postmaster(data_directory: str) -> Postmaster | None:
    """Return the server that runs in a data directory; a lock file left behind is none.

    Raises PermissionError when the directory is closed to this account.
    """
    try:
        text = (Path(data_directory) / "postmaster.pid").read_text(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    lines = [*text.split("\n"), "", "", "", "", "", ""]
    if not lines[0].strip().lstrip("-").isdigit():
        return None
    # A negative number is a server in single-user mode.
    pid = abs(int(lines[0]))
    if not _lives_in(pid, data_directory):
        return None
    port = int(lines[3]) if lines[3].strip().isdigit() else None
    sockets = lines[4].strip()
    if sockets:
        sockets = os.path.join(data_directory, sockets)
    return Postmaster(pid, port, sockets, lines[5].strip())


def _lives_in(pid: int, data_directory: str) -> bool:
    if not HAS_PROC:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    try:
        return os.path.samefile(PROC / str(pid) / "cwd", data_directory)
    except PermissionError:
        # Another account's process: its name is all that can be seen.
        return program_name(pid) in PROGRAMS
    except OSError:
        return False


def program_name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""


def running_data_directories() -> list[str]:
    """Return the data directories of the servers that run on this machine and not inside a container."""
    found = []
    for process in PROC.glob("[0-9]*"):
        if program_name(int(process.name)) not in PROGRAMS:
            continue
        # A process may end meanwhile, or belong to an account that does not let us look.
        with suppress(OSError):
            directory = os.readlink(process / "cwd")
            if _in_container(process) or not os.path.samefile(process / "cwd", directory):
                continue
            first = Path(directory, "postmaster.pid").read_text(errors="surrogateescape").split("\n", 1)[0]
            if first.strip().lstrip("-") == process.name:
                found.append(directory)
    return sorted(set(found))


def _in_container(process: Path) -> bool:
    return os.readlink(process / "ns" / "pid") != os.readlink(PROC / "self" / "ns" / "pid")


def program_of(pid: int) -> str:
    """Return the directory of a running server's program, "" when it cannot be seen."""
    try:
        program = os.readlink(PROC / str(pid) / "exe")
    except OSError:
        return ""
    return os.path.dirname(program.removesuffix(" (deleted)"))


def error_output_of(pid: int) -> str:
    """Return the regular file that a server's standard error goes to, "" when it is none."""
    try:
        path = os.readlink(PROC / str(pid) / "fd" / "2")
        return path if os.path.isfile(path) else ""
    except OSError:
        return ""


def options_program(data_directory: str) -> str:
    """Return the directory of the program that last ran in a data directory, from postmaster.opts."""
    try:
        text = (Path(data_directory) / "postmaster.opts").read_text(errors="surrogateescape")
    except OSError:
        return ""
    # The path stands unquoted before the first quoted option.
    program = text.split(' "', 1)[0].strip()
    return os.path.dirname(program) if os.path.isabs(program) else ""


def major_of(data_directory: str) -> int | None:
    """Return the major version from PG_VERSION; None when this is no data directory that can be read."""
    try:
        text = (Path(data_directory) / "PG_VERSION").read_text(errors="replace").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def server_processes_below(directory: str) -> list[int]:
    """Return the server processes that work in a directory or below it, outside containers."""
    found = []
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):
            at = os.readlink(process / "cwd").removesuffix(" (deleted)")
            if not (at == directory or at.startswith(f"{directory}/")) or _in_container(process):
                continue
            if program_name(int(process.name)) in PROGRAMS:
                found.append(int(process.name))
    return found
