"""Looks at the directory that is to become an archive, as the server's own account would find it."""

import posixpath
from dataclasses import replace

from pgtui.domain.archive_draft import clean_directory
from pgtui.domain.archive_place import (
    ArchivePlace,
    PathState,
    foreign_identifier,
    headers_command,
    look_command,
    owner_command,
    place_from,
)
from pgtui.domain.archiving_steps import ConfigurationFiles
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.errors import BadInput
from pgtui.domain.place import HostKind
from pgtui.domain.safe_archive_command import PROGRAMS
from pgtui.domain.server_configuration import SettingFact
from pgtui.hosts.base import Host, check, collect

_OWNER = 'echo "$(id -u):$(id -g)"'
_MAY_WRITE = """\
for file do
  real=$(readlink -f -- "$file") && [ -w "$real" ] && [ -w "${real%/*}" ] || exit 1
done
"""
# Mounts that hold neither the data nor the configuration, where the server's account may write.
_MOUNTS = r"""
while read -r _ path type _; do
  case $type in proc|sysfs|devpts|mqueue|cgroup*|tmpfs|devtmpfs|overlay) continue;; esac
  path=$(printf '%b.' "$path"); path=${path%.}
  case $path in /|/etc/*|/proc/*|/sys/*|/dev/*|/run/*) continue;; esac
  case "$1/" in "$path"/*) continue;; esac
  case "$path/" in "$1"/*) continue;; esac
  [ -d "$path" ] && [ -w "$path" ] && printf '%s\n' "$path"
done </proc/mounts
exit 0
"""


async def look_at(
    host: Host, directory: str, data_directory: str, system_identifier: str | None
) -> ArchivePlace:
    """Return what is at a path, and whose archive it is."""
    directory = clean_directory(directory)
    command = look_command(directory, data_directory, PROGRAMS)
    told = await check(host.run(command), f"Looking at {directory}")
    in_container = host.place.kind is HostKind.DOCKER
    lines = told.decode(errors="surrogateescape").split("\n")
    place, segments = place_from(directory, [line for line in lines if line], in_container=in_container)
    if place.state is PathState.CLOSED and place.nearest == directory and host.widest_account == "root":
        done = await collect(host.run(owner_command(directory)))
        owner = done.stdout.decode(errors="replace").strip()
        return replace(place, former_owner=owner) if owner.startswith("0:") else place
    if not segments or system_identifier is None:
        return place
    # Several, because another server may have begun to archive there, or have been there first.
    done = await collect(host.run(headers_command([f"{directory}/{segment}" for segment in segments])))
    foreign = foreign_identifier(done.stdout.decode(errors="replace"), system_identifier)
    return replace(place, foreign=foreign)


async def owner_of_server(host: Host) -> str:
    """Return the server's account as `uid:gid`."""
    told = await check(host.run(Command(("sh", "-c", _OWNER))), "Asking for the server's account")
    return told.decode().strip()


async def files_to_edit(host: Host, config_file: str, facts: tuple[SettingFact, ...]) -> ConfigurationFiles:
    """Read the lines that set these settings, and find out who may write them. Raises BadInput."""
    names = {fact.winner.file for fact in facts if fact.winner and not fact.winner.is_auto}
    texts: dict[str, list[str]] = {}
    unended = False
    for name in sorted({*names, config_file}):
        content = await host.read(name)
        texts[name] = content.decode(errors="surrogateescape").split("\n")
        if name == config_file:
            unended = bool(content) and not content.endswith(b"\n")
    lines = {
        (fact.winner.file, fact.winner.line): texts[fact.winner.file][fact.winner.line - 1]
        for fact in facts
        if fact.winner and fact.winner.file in texts and fact.winner.line <= len(texts[fact.winner.file])
    }
    for account in dict.fromkeys((SERVER_ACCOUNT, host.widest_account)):
        writing = Command(("sh", "-c", _MAY_WRITE, "sh", *texts), user=account)
        if (await collect(host.run(writing))).code == 0:
            return ConfigurationFiles(lines, unended, account)
    raise BadInput(
        f"{' and '.join(texts)} may not be written from here.",
        "Choose ALTER SYSTEM, or make the file and its directory writable.",
    )


async def likely_directory(host: Host, data_directory: str) -> str:
    """Return a directory that would suit as an archive: a volume of its own, or one beside the data."""
    if host.place.kind is HostKind.DOCKER:
        done = await collect(host.run(Command(("sh", "-c", _MOUNTS, "sh", data_directory))))
        mounts = [line for line in done.stdout.decode(errors="replace").split("\n") if line]
        named = [path for path in mounts if "archive" in path.lower() or "wal" in path.lower()]
        if named:
            return named[0]
    return posixpath.join(posixpath.dirname(data_directory.rstrip("/")) or "/", "archive")
