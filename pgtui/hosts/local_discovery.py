"""Which clusters there are on this machine, from files and the process table, without a connection."""

import os
import re
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from glob import glob
from pathlib import Path

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.accounts import account_of
from pgtui.hosts.local_commands import MARKER
from pgtui.hosts.local_demo_mark import read_demo_mark
from pgtui.hosts.local_postmaster import major_of, running_data_directories, running_postmaster

DEBIAN_CONFIGURATION = "/etc/postgresql"
DEBIAN_DATA = "/var/lib/postgresql"
_DATA_NAMES = frozenset({"data", "pgdata", "pg_data", "db"})
_DATA_DIRECTORY = re.compile(r"^\s*data_directory\s*=?\s*'([^']+)'", re.MULTILINE)


def found_clusters(configured: tuple[str, ...]) -> tuple[Cluster, ...]:
    """Return the clusters of this machine: configured, running, and those of Debian's packages."""
    candidates = [
        *configured,
        *running_data_directories(),
        *debian_clusters(),
        *glob(f"{glob_escaped(DEBIAN_DATA)}/*/*"),
    ]
    directories: dict[str, str] = {}
    for directory in candidates:
        directories.setdefault(os.path.realpath(directory), os.path.normpath(directory))
    wanted = {os.path.normpath(directory) for directory in configured}
    clusters = [
        _cluster(directory)
        for directory in directories.values()
        if directory in wanted or (_may_be_cluster(directory) and not _is_sandbox(directory))
    ]
    return _uniquely_named(sorted(clusters, key=lambda cluster: cluster.place.name))


def glob_escaped(path: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", path)


def debian_clusters() -> dict[str, tuple[str, str]]:
    """Return the data directories that pg_ctlcluster looks after, with version and name of each."""
    found: dict[str, tuple[str, str]] = {}
    if shutil.which("pg_ctlcluster") is None:
        return found
    for conf in sorted(glob(f"{glob_escaped(DEBIAN_CONFIGURATION)}/*/*/postgresql.conf")):
        version, name = Path(conf).parts[-3:-1]
        directory = f"{DEBIAN_DATA}/{version}/{name}"
        # Without it, Debian's habit is the best that is known.
        with suppress(OSError):
            if match := _DATA_DIRECTORY.search(Path(conf).read_text(errors="surrogateescape")):
                directory = match[1]
        found[os.path.normpath(directory)] = (version, name)
    return found


def cluster_name(data_directory: str) -> str:
    """Return what to call a cluster: the last parts of its path that mean something."""
    parts = [part for part in data_directory.split("/") if part]
    if len(parts) > 1 and parts[-1].lower() in _DATA_NAMES:
        parts.pop()
    if not parts:
        return "data"
    last, above = parts[-1], parts[-2] if len(parts) > 1 else ""
    if above.isdigit() or (last.isdigit() and above):
        return f"{above}-{last}"
    return last


def _cluster(directory: str) -> Cluster:
    major = major_of(directory)
    state, problem = _state(directory, major)
    demo = read_demo_mark(directory)
    return Cluster(
        name="demo" if demo else cluster_name(directory),
        place=Place(HostKind.LOCAL, directory),
        state=state,
        version=ServerVersion.of_major(major) if major else _version_of_path(directory),
        data_directory=directory,
        backups=(demo.backups,) if demo else (),
        archive=demo.archive if demo else None,
        problem=problem,
    )


def _state(directory: str, major: int | None) -> tuple[ServerState, str]:
    if not os.path.isdir(directory):
        return ServerState.MISSING, f"The data directory {directory} is not there."
    if not os.access(directory, os.R_OK | os.X_OK):
        owner = account_of(os.stat(directory).st_uid).name
        return ServerState.UNKNOWN, f"It belongs to the account {owner!r}: run pgtui as {owner} or as root."
    if major is None:
        return ServerState.UNKNOWN, f"{directory} holds no PG_VERSION, so it is no data directory."
    return ServerState.RUNNING if running_postmaster(directory) else ServerState.STOPPED, ""


def _version_of_path(directory: str) -> ServerVersion | None:
    above = os.path.basename(os.path.dirname(directory))
    return ServerVersion.of_major(int(above)) if above.isascii() and above.isdigit() else None


def _may_be_cluster(directory: str) -> bool:
    if not os.path.isdir(directory):
        return False
    # Debian's own is shown even when it is closed to us: with the reason.
    return not os.access(directory, os.X_OK) or os.path.isfile(os.path.join(directory, "PG_VERSION"))


def _is_sandbox(directory: str) -> bool:
    return os.path.exists(os.path.join(os.path.dirname(directory), MARKER))


def _uniquely_named(clusters: list[Cluster]) -> tuple[Cluster, ...]:
    seen: Counter[str] = Counter()
    taken = {cluster.name for cluster in clusters}
    named = []
    for cluster in clusters:
        seen[cluster.name] += 1
        name = cluster.name
        number = seen[cluster.name]
        while number > 1 and name in taken:
            name = f"{cluster.name}-{number}"
            number += 1
        taken.add(name)
        named.append(replace(cluster, name=name))
    return tuple(named)
