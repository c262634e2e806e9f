"""Where a container's server lives: asked of its process while it runs, else looked for in its files."""

import posixpath
import tarfile
from collections.abc import Iterator

from docker import APIClient
from docker.errors import NotFound

from pgtui.domain.errors import FileProblem, HostError
from pgtui.hosts import docker_archive as archive
from pgtui.hosts.docker_container import Container
from pgtui.hosts.docker_exec import Execs, Job
from pgtui.hosts.docker_link import Link
from pgtui.hosts.docker_run import Home

# The server need not be process 1. Its links in /proc can only be read by its own account.
_FIND_ACCOUNT = """\
for process in /proc/[0-9]*; do
  read -r name 2>/dev/null <"$process/comm" || continue
  case $name in postgres|postmaster) stat -c '%u %g' "$process" && exit;; esac
done
exit 1
"""
_FIND_HOME = """\
for process in /proc/[0-9]*; do
  program=$(readlink "$process/exe" 2>/dev/null) || continue
  case $program in */postgres|*/postmaster) ;; *) continue;; esac
  data=$(readlink "$process/cwd" && echo .) || continue
  data=${data%??}
  read -r pid 2>/dev/null <"$data/postmaster.pid" || continue
  [ "$pid" = "${process#/proc/}" ] || continue
  printf '%s\\000%s' "${program%/*}" "$data"
  exit
done
exit 1
"""


async def home_of(link: Link, container: Container, *, running: bool) -> Home:
    """Find a server's directories and account. Raises HostError when no server's files are there."""
    if running:
        found = await _of_process(Execs(link), container.name)
        if found is not None:
            return found
    data = (
        container.env.get("PGDATA") or container.env.get("POSTGRESQL_DATA_DIR") or "/var/lib/postgresql/data"
    )
    return await link.call(lambda client: _of_files(client, container, data))


async def _of_process(execs: Execs, name: str) -> Home | None:
    code, out, _ = await execs.collected(name, Job(("sh", "-c", _FIND_ACCOUNT), "0"))
    if code != 0:
        return None
    uid, gid = out.split()
    code, out, _ = await execs.collected(name, Job(("sh", "-c", _FIND_HOME), f"{int(uid)}:{int(gid)}"))
    if code != 0:
        return None
    bindir, _, data = out.decode(errors="surrogateescape").partition("\0")
    return Home(data, int(uid), int(gid), bindir)


def _of_files(client: APIClient, container: Container, data: str) -> Home:
    clean = posixpath.normpath(data)
    member = _member(client, container.name, clean)
    if member is not None and member.issym():
        clean = archive.target_of(client, container.name, clean)
        member = _member(client, container.name, clean)
    owner = (
        (member.uid, member.gid) if member is not None and member.uid != 0 else _postgres(client, container)
    )
    return Home(clean, owner[0], owner[1], _bindir(client, container))


def _member(client: APIClient, name: str, path: str) -> tarfile.TarInfo | None:
    try:
        return archive.first_member(client, name, path)
    except NotFound:
        return None


def _postgres(client: APIClient, container: Container) -> tuple[int, int]:
    """Read the account named postgres: of a data directory that root owns no server can be the owner."""
    try:
        accounts = archive.content(client, container.name, "/etc/passwd", 1024 * 1024).decode(
            errors="replace"
        )
    except (NotFound, FileProblem):
        accounts = ""
    for line in accounts.splitlines():
        name, *rest = line.split(":")
        if name == "postgres" and len(rest) >= 3:
            return int(rest[1]), int(rest[2])
    raise HostError(
        f"No PostgreSQL server can be found in the container {container.name!r}.",
        "It has neither a data directory nor an account named postgres.",
    )


def _bindir(client: APIClient, container: Container) -> str:
    # Looked for by `postgres`: Debian puts a wrapper named psql onto the PATH, and no server.
    for directory in _candidates(container):
        if _member(client, container.name, f"{directory}/postgres") is not None:
            return directory
    return ""


def _candidates(container: Container) -> Iterator[str]:
    major = container.env.get("PG_MAJOR")
    if major:
        yield f"/usr/lib/postgresql/{major}/bin"
    yield from filter(None, container.env.get("PATH", "").split(":"))
    yield from ("/usr/local/bin", "/opt/bitnami/postgresql/bin")
    if major:
        yield f"/usr/pgsql-{major}/bin"
