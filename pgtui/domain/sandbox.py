"""A sandbox: a throw-away sibling cluster in which a past state can be looked at."""

from dataclasses import dataclass

from pgtui.domain.errors import BadInput
from pgtui.domain.place import Place

NAME_PREFIX = "pgtui-sandbox-"


@dataclass(frozen=True)
class TablespaceCopy:
    """A tablespace of a base backup: its OID and where the backup's copy of its files lies."""

    oid: str
    location: str


@dataclass(frozen=True)
class SandboxSpec:
    """All that a host needs to make a sandbox, and all that is kept with it to find it again."""

    name: str
    """Unique on the host; letters, digits and dashes; starts with NAME_PREFIX."""
    cluster: str
    """The cluster whose past it shows, as the user calls it."""
    source: Place
    """Where that cluster lives."""
    place: Place
    """Where the sandbox's server will live."""
    directory: str
    """The sandbox's own directory, as its host sees it; everything of it lies below."""
    backup: str
    """The base backup it starts from, a plain `pg_basebackup` directory on the source's host."""
    archive: str
    """The directory of archived WAL on the source's host."""
    tablespaces: tuple[TablespaceCopy, ...]
    """Tablespaces to be copied and linked anew below `directory`."""
    settings: tuple[tuple[str, str], ...]
    """Server settings, in the order in which they go onto the command line."""
    user: str
    """The superuser to connect as."""
    target: str
    """The recovery target in words, for lists."""
    created: str
    """When it was planned: ISO 8601 in UTC."""
    bindir: str
    """Directory of the server's programs on the host ("" when they are on the PATH there)."""

    @property
    def data_directory(self) -> str:
        """Where the server's data lies."""
        return f"{self.directory}/data"

    @property
    def socket_directory(self) -> str:
        """Where the server's Unix socket lies: the one way in."""
        return f"{self.directory}/run"

    @property
    def archive_directory(self) -> str:
        """Where a copy of the archive lies when the archive itself cannot be mounted."""
        return f"{self.directory}/archive"

    @property
    def log_file(self) -> str:
        """The server's log."""
        return f"{self.directory}/server.log"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that was found on a host."""

    spec: SandboxSpec
    """What it was made from."""
    running: bool
    """Whether its server runs."""
    size: int | None = None
    """Bytes on disk, when known."""


def check_name(name: str) -> str:
    """Return the name when it can be a sandbox's; raises BadInput otherwise."""
    rest = name.removeprefix(NAME_PREFIX)
    if rest == name or not rest or not all(c.isascii() and (c.isalnum() or c == "-") for c in rest):
        raise BadInput(f"{name!r} is not the name of a sandbox.", "`pgtui sandbox list` shows the names.")
    return name
