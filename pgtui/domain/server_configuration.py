"""What a server tells of its configuration: each setting, where its value comes from, what waits."""

import posixpath
from dataclasses import dataclass

AUTO_FILE = "postgresql.auto.conf"
"""What ALTER SYSTEM writes; it is read last, so its values win over those of every other file."""
RESTART_CONTEXT = "postmaster"


@dataclass(frozen=True)
class FileLine:
    """One line of a configuration file that sets something."""

    file: str
    line: int
    value: str
    error: str = ""
    """Why the server would not take it."""

    @property
    def is_auto(self) -> bool:
        """Whether ALTER SYSTEM wrote it."""
        return posixpath.basename(self.file) == AUTO_FILE


@dataclass(frozen=True)
class SettingFact:
    """One setting as the running server has it, and every line of a file that sets it, the last one wins."""

    name: str
    value: str
    """In the setting's base unit. Not what SHOW tells: that hides archive_command while archiving is off."""
    context: str
    source: str
    pending_restart: bool
    boot_value: str
    lines: tuple[FileLine, ...] = ()

    @property
    def needs_restart(self) -> bool:
        """Whether a change takes effect only after a restart."""
        return self.context == RESTART_CONTEXT

    @property
    def is_fixed(self) -> bool:
        """Whether it was given when the server was started, which no file can change."""
        return self.source in ("command line", "environment variable")

    @property
    def winner(self) -> FileLine | None:
        """The line that counts when the files are read again."""
        return self.lines[-1] if self.lines else None

    @property
    def auto_value(self) -> str | None:
        """What ALTER SYSTEM has set."""
        return next((each.value for each in reversed(self.lines) if each.is_auto), None)

    @property
    def origin(self) -> str:
        """Where the value comes from, for people."""
        if self.is_fixed or self.winner is None:
            return self.source
        return f"{self.winner.file}:{self.winner.line}"


@dataclass(frozen=True)
class ServerConfiguration:
    """The configuration of a running server, and what its role may do about it."""

    version_num: int
    in_recovery: bool
    is_superuser: bool
    may_switch: bool
    """Whether the role may call pg_switch_wal()."""
    may_make_restore_point: bool
    allows_alter_system: bool
    """allow_alter_system (17 and newer)."""
    user: str
    database: str
    encoding: str
    """Of the database: the server converts names that are sent to it."""
    socket_directory: str
    """The first one the server listens in; "" when it has none."""
    port: int
    config_file: str | None
    """None when the role may not know it."""
    system_identifier: str | None
    settings: tuple[SettingFact, ...]
    sees_files: bool
    """Whether the role may see what the configuration files say (superusers)."""
    waiting: tuple[str, ...] = ()
    """Names of settings that wait for a restart."""
    errors: tuple[FileLine, ...] = ()
    """Lines of the configuration files that the server would not take."""

    def setting(self, name: str) -> SettingFact | None:
        """Return one of `settings`; None when this version does not have it."""
        return next((fact for fact in self.settings if fact.name == name), None)

    def value(self, name: str) -> str:
        """Return a setting's value, "" when this version does not have it."""
        fact = self.setting(name)
        return fact.value if fact else ""
