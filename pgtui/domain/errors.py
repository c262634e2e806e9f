"""The family of errors that pgtui shows: a sentence on what happened, and a hint on what to do."""


class PgtuiError(Exception):
    """Something failed; `message` says what in one sentence, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


class BadInput(PgtuiError):
    """The user asked for something that cannot be meant; nothing was touched."""


class ConfigError(BadInput):
    """The configuration cannot be used; the message names file, line and key."""


class HostError(PgtuiError):
    """A host could not do what it was asked to."""


class HostUnreachable(HostError):
    """The engine or the machine did not answer, or refused to."""


class ServerGone(HostError):
    """The container or data directory that a cluster lived in is not there any more."""


class DeadlineExceeded(HostError):
    """A command did not end within its deadline and was ended."""


class FileProblem(HostError):
    """A file operation failed: absent, not permitted, no space left."""


class CommandFailed(HostError):
    """A command ended with a non-zero exit code."""

    def __init__(self, message: str, hint: str = "", *, code: int, stderr: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.stderr = stderr


class ConnectError(PgtuiError):
    """A server refused a connection or could not be reached; carries the server's own words."""


class PasswordNeeded(ConnectError):
    """The server asks for a password and none of the known sources has one."""


class QueryFailed(PgtuiError):
    """A query ended in an error of the server."""


class RecoveryFailed(PgtuiError):
    """A recovery ended elsewhere than at its target."""


class ArchivingFailed(PgtuiError):
    """A server does not archive, or not what it should."""
