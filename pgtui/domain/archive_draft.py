"""What the user chose for archiving, before a plan is made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class SettingsMethod(StrEnum):
    """How settings are written."""

    ALTER_SYSTEM = "alter-system"
    """ALTER SYSTEM, which writes postgresql.auto.conf."""
    CONFIGURATION_FILE = "postgresql.conf"
    """In the configuration file itself; comments are kept."""


@dataclass(frozen=True)
class ArchiveDraft:
    """How archiving is to be set up for one cluster."""

    cluster: str
    directory: str
    """Absolute path of the archive, as the cluster's host sees it."""
    method: SettingsMethod = SettingsMethod.ALTER_SYSTEM
    timeout: int | None = None
    """archive_timeout in seconds; None leaves it as it is."""
    keep_log: bool = False
    """Whether to switch on logging_collector as well, so that causes can be found in files."""


@dataclass(frozen=True)
class DraftProblem:
    """What is wrong with one field of a draft."""

    field: str
    message: str
    hint: str = ""


MAX_TIMEOUT = 2**30 // 2
"""The longest archive_timeout (manual: "archive_timeout"), in seconds."""


MAX_PATH, MAX_NAME = 4095, 255
"""Bytes of a path and of one name in it (limits.h: PATH_MAX without its end, NAME_MAX)."""


def draft_problems(draft: ArchiveDraft) -> tuple[DraftProblem, ...]:
    """Return what is wrong with a draft as it stands, without asking anybody."""
    found = list(_directory_problems(draft.directory))
    if draft.timeout is not None and not 0 <= draft.timeout <= MAX_TIMEOUT:
        found.append(
            DraftProblem(
                "timeout",
                f"archive_timeout must be from 0 to {MAX_TIMEOUT} seconds.",
                "0 switches it off; 60 to 300 is usual.",
            )
        )
    return tuple(found)


def _directory_problems(directory: str) -> Iterator[DraftProblem]:
    """The first thing that is wrong with the archive's directory."""

    def wrong(message: str, hint: str) -> DraftProblem:
        return DraftProblem("directory", f"The archive's directory {message}", hint)

    names = directory.split("/")
    if not directory.startswith("/"):
        yield wrong("must be an absolute path.", "It begins with a slash.")
    elif any(c < " " or c == "\x7f" for c in directory):
        yield wrong("must not hold a line break or another control character.", "Choose another.")
    elif not _is_valid(directory):
        yield wrong("is not valid UTF-8.", "The server could not keep it.")
    elif "." in names or ".." in names:
        # What is made and checked goes by the path's text, in which these would hide where it leads.
        yield wrong('must not hold "." or ".." as a name in its path.', "Give the path that they lead to.")
    elif len(directory.encode()) > MAX_PATH:
        yield wrong(f"must not be longer than {MAX_PATH:,} bytes.", "Choose a shorter path.")
    elif any(len(name.encode()) > MAX_NAME for name in names):
        yield wrong(f"must not hold a name longer than {MAX_NAME} bytes.", "Choose shorter names.")


def clean_directory(directory: str) -> str:
    """Return an absolute path without slashes at its end."""
    return directory.rstrip("/") or "/"


def _is_valid(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class SettingRow:
    """One setting as it is and as it should be, for the wizard."""

    name: str
    value: str
    """As the running server has it."""
    wanted: str
    """As the plan will set it; the same as `value` when it stays."""
    needs_restart: bool
    """Whether a change of it takes effect only after a restart."""
    pending_restart: bool
    source: str
    """Where the value comes from: a file with its line, or "default", "command line"."""

    @property
    def changes(self) -> bool:
        """Whether the plan will change it."""
        return self.value != self.wanted
