"""What a sandbox is made of: pure, and the source of both what runs and what is shown."""

import posixpath
from dataclasses import dataclass, replace

from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.sandbox_json import spec_to_json
from pgtui.hosts.docker_container import SANDBOX_LABEL, SPEC_LABEL, Container
from pgtui.hosts.docker_recipe import ROOM, Recipe, ShellText, bench_recipe, unnamed_volumes
from pgtui.hosts.docker_run import Home
from pgtui.hosts.docker_scripts import REFLINK

ROOM_LABEL = "pgtui.room"
"""On a workbench: the sandbox that it works for."""
_INCOMING = f"{ROOM}/incoming"

PREPARE = ShellText(
    f"""\
set -e
rm -rf {_INCOMING}
for part do mkdir -p "{_INCOMING}/$part"; done
"""
)

# Begun anew each time, so that an interrupted one can be finished. What came in through the archive API
# already lies in the volume and is moved. Settings come from the command line, so the file may be empty.
LAY_DOWN = ShellText(
    f"""\
set -e
backup=$1 archive=$2 uid=$3 gid=$4
shift 4
{REFLINK}
place() {{
  case $1 in
    {_INCOMING}/*) mv "$1/$(ls -A "$1")" "$2" ;;
    *) mkdir "$2"; cp -a $reflink "$1/." "$2/" ;;
  esac
}}
cd {ROOM}
rm -rf data run tablespaces
mkdir run tablespaces
place "$backup" data
while [ $# -gt 0 ]; do
  place "$2" "tablespaces/$1"
  rm -rf "data/pg_tblspc/$1"
  ln -s "{ROOM}/tablespaces/$1" "data/pg_tblspc/$1"
  shift 2
done
if [ -n "$archive" ]; then rm -rf archive; place "$archive" archive; fi
rm -rf incoming
rm -f data/standby.signal data/postmaster.pid data/postmaster.opts data/tablespace_map
: >data/recovery.signal
[ -e data/postgresql.conf ] || : >data/postgresql.conf
echo 'local all all trust' >pg_hba.conf
: >pg_ident.conf
chmod 0700 data run
find . -mindepth 1 ! -user "$uid" -exec chown -h "$uid:$gid" {{}} +
"""
)

SIZE = f"cd {ROOM} && du -sk data tablespaces incoming 2>/dev/null; exit 0"


@dataclass(frozen=True)
class Incoming:
    """A directory that lies in the source's own layer and is copied into the sandbox's volume."""

    path: str
    part: str
    """Name of the directory below `incoming` that it comes into."""

    @property
    def directory(self) -> str:
        return f"{_INCOMING}/{self.part}"


def labels(spec: SandboxSpec) -> tuple[tuple[str, str], ...]:
    """Return what marks a sandbox's volume and container."""
    return ((SANDBOX_LABEL, spec.name), (SPEC_LABEL, spec_to_json(spec)))


def sandbox_recipe(container: Container, home: Home, spec: SandboxSpec) -> Recipe:
    """Return the sandbox's own container."""
    arguments = ["-D", spec.data_directory]
    arguments += [word for name, value in spec.settings for word in ("-c", f"{name}={value}")]
    return Recipe(
        name=spec.name,
        image=container.image,
        entrypoint=posixpath.join(spec.bindir or home.bindir, "postgres"),
        arguments=tuple(arguments),
        user=home.account,
        source=container.name,
        read_only=True,
        volume=spec.name,
        labels=labels(spec),
        empty=unnamed_volumes(container),
        shared_memory=container.shared_memory,
    )


def room_recipe(container: Container, spec: SandboxSpec) -> Recipe:
    """Return the workbench that sees the source's volumes, read-only, and the sandbox's own."""
    return bench_recipe(container, labels=((ROOM_LABEL, spec.name),), volume=spec.name, read_only=True)


def scripted(recipe: Recipe, script: ShellText, *arguments: str) -> Recipe:
    """Return a workbench that runs one script and ends."""
    return replace(recipe, entrypoint="sh", arguments=("-c", script, "sh", *arguments))


def incoming(container: Container, spec: SandboxSpec) -> tuple[Incoming, ...]:
    """Return what no other container can be given as a mount."""
    wanted = [Incoming(spec.backup, "backup")]
    wanted += [Incoming(copy.location, f"tablespace-{copy.oid}") for copy in spec.tablespaces]
    wanted += [Incoming(spec.archive, "archive")] if spec.archive else []
    return tuple(each for each in wanted if not container.is_mounted(each.path))


def lay_down_arguments(container: Container, home: Home, spec: SandboxSpec) -> tuple[str, ...]:
    """Return the arguments of LAY_DOWN."""
    came = {each.part: each.directory for each in incoming(container, spec)}
    words = [came.get("backup", spec.backup), came.get("archive", ""), str(home.uid), str(home.gid)]
    for copy in spec.tablespaces:
        words += [copy.oid, came.get(f"tablespace-{copy.oid}", copy.location)]
    return tuple(words)


def archive_seen(container: Container, archive: str) -> str:
    """Return where a sandbox sees an archive directory."""
    return archive if container.is_mounted(archive) else f"{ROOM}/archive"
