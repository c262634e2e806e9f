"""Typed settings from TOML; every problem names the file, the line, the key, and the nearest real key."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pgtui.domain.place import HostKind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClusterEntry(_Strict):
    """One `[[clusters]]` entry: adds to or overrides what discovery found."""

    name: str
    host: HostKind
    container: str | None = None
    data_directory: str | None = None
    bindir: str | None = None
    user: str | None = None
    database: str | None = None
    password_file: str | None = None
    address: str | None = None
    port: int | None = None
    sslmode: str | None = None
    sslrootcert: str | None = None
    backups: tuple[str, ...] = ()
    archive: str | None = None
    hidden: bool = False


class Settings(_Strict):
    """The whole configuration."""

    clusters: tuple[ClusterEntry, ...] = ()
    bindirs: tuple[str, ...] = ()
    """More directories with PostgreSQL programs to look in."""
    sandbox_directory: str | None = None
    """Where local sandboxes are laid down; None: a directory of this user's below /var/tmp."""
    connect_timeout: float = 5.0
    """Seconds until an attempt to connect is given up."""
    statement_timeout: float = 30.0
    """Seconds until a query of the console's is cancelled."""
    engine_timeout: float = 10.0
    """Seconds until the Docker engine counts as not answering."""
    theme: str = "dark"
    path: Path | None = None
    """The file that was read; not a key."""


def load_settings(path: Path | None = None) -> Settings:
    """Read the configuration. Raises ConfigError. An absent default file means defaults."""
    raise NotImplementedError
