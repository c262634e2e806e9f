"""The configuration as typed values; `config_reading` makes them from a file.

Imports pydantic: whatever the console needs before its first frame must not import this module.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from pgtui.domain.place import HostKind


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise PydanticCustomError("path", "must be an absolute path, beginning with /")
    return path


def _here(path: str) -> str:
    return _absolute(os.path.expanduser(path))


Word = Annotated[str, StringConstraints(min_length=1)]
HostPath = Annotated[str, AfterValidator(_absolute)]
"""A path as the cluster's host sees it."""
LocalPath = Annotated[str, AfterValidator(_here)]
"""A path on this machine; `~` is the user's home."""
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
Seconds = Annotated[float, Strict(), Field(gt=0, le=86400)]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
ThemeName = Literal["dark", "light", "ansi-dark", "ansi-light"]
"""The ansi ones take the terminal's own colours."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClusterEntry(_Strict):
    """One `[[clusters]]` entry: adds to or overrides what discovery found."""

    name: Word
    """Unique; what every command calls it."""
    host: HostKind
    container: Word | None = None
    """docker: the container's name or id."""
    data_directory: HostPath | None = None
    """local: where the cluster's data lies."""
    bindir: LocalPath | None = None
    """local: directory of the server's programs."""
    user: Word | None = None
    database: Word | None = None
    password_file: LocalPath | None = None
    """A file of this machine whose first line is the password; only its owner may read it."""
    address: Word | None = None
    """Where to connect, when it is not what the host tells."""
    port: Port | None = None
    sslmode: SslMode | None = None
    sslrootcert: LocalPath | None = None
    backups: tuple[HostPath, ...] = ()
    archive: HostPath | None = None
    hidden: Annotated[bool, Strict()] = False
    """Whether the cluster is left out of every list."""


class Settings(_Strict):
    """The whole configuration."""

    clusters: tuple[ClusterEntry, ...] = ()
    bindirs: tuple[LocalPath, ...] = ()
    """More directories with PostgreSQL programs to look in."""
    sandbox_directory: LocalPath | None = None
    """Where local sandboxes are laid down; None: a directory of this user's below /var/tmp."""
    connect_timeout: Seconds = 5.0
    """Seconds until an attempt to connect is given up."""
    statement_timeout: Seconds = 30.0
    """Seconds until a query of the console's is cancelled."""
    engine_timeout: Seconds = 10.0
    """Seconds until the Docker engine counts as not answering."""
    theme: ThemeName = "dark"
    path: Path | None = None
    """The file that was read; not a key."""


NOT_KEYS = frozenset({"path"})
"""Fields of `Settings` that a file must not set."""


def default_path() -> Path:
    """Return the configuration file of this user."""
    from platformdirs import user_config_path

    return user_config_path("pgtui", appauthor=False) / "config.toml"
