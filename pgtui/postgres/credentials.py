"""Where passwords come from (manual: "The Password File", "The Connection Service File")."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pgtui.domain.errors import ConnectError
from pgtui.domain.secret import Secret
from pgtui.postgres.target import Candidate

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# libpq writes "localhost" for its built-in socket directory: the first is upstream's, the second Debian's.
SOCKET_DIRECTORIES = ("/tmp", "/var/run/postgresql", "/run/postgresql")  # noqa: S108 (never written to)


@dataclass(frozen=True)
class Request:
    """What a password is wanted for."""

    cluster: str
    host: str
    port: int
    database: str
    user: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which a file may list the host."""
        if self.host in LOOPBACK:
            return (self.host, *LOOPBACK)
        if self.host in SOCKET_DIRECTORIES:
            return (self.host, "localhost")
        return (self.host,)


def password_in_pgpass(text: str, request: Request) -> str | None:
    """Return the password of the first line that matches."""
    for line in text.splitlines():
        fields = [] if line.startswith("#") else _fields(line)
        if len(fields) < 5:
            continue
        host, port, database, user, password = fields[:5]
        if (
            (host == "*" or host in request.hosts)
            and port in ("*", str(request.port))
            and database in ("*", request.database)
            and user in ("*", request.user)
        ):
            return password
    return None


def _fields(line: str) -> list[str]:
    """Split at colons; a backslash takes the next character as it is."""
    fields = [""]
    characters = iter(line)
    for character in characters:
        if character == "\\":
            fields[-1] += next(characters, "\\")
        elif character == ":":
            fields.append("")
        else:
            fields[-1] += character
    return fields


def password_in_service(text: str, service: str, request: Request) -> str | None:
    """Return the password of a service, unless the service is about another server or user."""
    # Few have such a file: the import waits for the first one.
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, delimiters=("=",), default_section="\0", strict=False)
    try:
        parser.read_string(text)
    except Error:
        return None
    if not parser.has_section(service):
        return None
    entries = dict(parser.items(service))
    fits = (
        entries.get("host", request.host) in request.hosts
        and entries.get("port", str(request.port)) == str(request.port)
        and entries.get("user", request.user) == request.user
    )
    return entries.get("password") if fits else None


@dataclass(frozen=True)
class Found:
    """The passwords found for one request, and the sources that could not be used."""

    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PasswordSources:
    """This user's files and environment."""

    environ: Mapping[str, str]
    home: Path

    def find(self, request: Request, password_file: str | None = None) -> Found:
        """Read every source, in the order in which they count. Raises ConnectError for `password_file`."""
        candidates: list[Candidate] = []
        notes: list[str] = []
        if password_file:
            candidates.append(_own_file(self._path(password_file), request.cluster))
        pgpass = self._path(self.environ.get("PGPASSFILE") or "~/.pgpass")
        text, note = _read_pgpass(pgpass)
        notes.extend([note] if note else [])
        if password := password_in_pgpass(text, request):
            candidates.append(Candidate(Secret(password), f"the file {pgpass}"))
        candidates.extend(self._from_services(request))
        if password := self.environ.get("PGPASSWORD"):
            candidates.append(Candidate(Secret(password), "the environment variable PGPASSWORD"))
        return Found(tuple(candidates), tuple(notes))

    def problems(self, password_files: Mapping[str, str]) -> tuple[ConnectError, ...]:
        """Return what forbids using each cluster's password file, and this user's own one."""
        found: list[ConnectError] = []
        for cluster, path in password_files.items():
            try:
                _own_file(self._path(path), cluster)
            except ConnectError as error:
                found.append(error)
        _, note = _read_pgpass(self._path(self.environ.get("PGPASSFILE") or "~/.pgpass"))
        if note:
            found.append(ConnectError(note, "Passwords in it are not used until it is yours alone."))
        return tuple(found)

    def _from_services(self, request: Request) -> list[Candidate]:
        """The service that PGSERVICE names, else one that is called as the cluster is."""
        files = [self._path(self.environ.get("PGSERVICEFILE") or "~/.pg_service.conf")]
        if directory := self.environ.get("PGSYSCONFDIR"):
            files.append(Path(directory) / "pg_service.conf")
        for service in (self.environ.get("PGSERVICE"), request.cluster):
            for file in files if service else []:
                try:
                    text = file.read_text(encoding="utf-8", errors="surrogateescape")
                except OSError:
                    continue
                if password := password_in_service(text, service or "", request):
                    return [Candidate(Secret(password), f"the service {service} in {file}")]
        return []

    def _path(self, text: str) -> Path:
        if text == "~" or text.startswith("~/"):
            return self.home / text[2:]
        return Path(text)


def _own_file(path: Path, cluster: str) -> Candidate:
    try:
        others = stat.S_IMODE(os.stat(path).st_mode) & 0o077
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConnectError(
            f"The password_file of {cluster}, {path}, cannot be read: {words}.",
            "Its first line must be the password; see the cluster's entry in the configuration.",
        ) from error
    if others:
        raise ConnectError(
            f"The password_file of {cluster}, {path}, is not used: group and others may {_may(others)} it.",
            f"Make it yours alone: chmod 0600 {path}.",
        )
    if not lines or not lines[0]:
        raise ConnectError(
            f"The password_file of {cluster}, {path}, is empty.", "Its first line must be the password."
        )
    return Candidate(Secret(lines[0]), f"the password_file {path}")


def _read_pgpass(path: Path) -> tuple[str, str]:
    """Return a password file's text, or why it does not count: libpq ignores one that others can read."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return "", f"{path} was ignored: it is not a plain file."
        if mode := stat.S_IMODE(status.st_mode) & 0o077:
            shown = stat.S_IMODE(status.st_mode)
            return (
                "",
                f"{path} was ignored: its mode is {shown:04o}, group and others may {_may(mode)} it; \
it must be 0600 (chmod 0600 {path}).",
            )
        return path.read_text(encoding="utf-8", errors="surrogateescape"), ""
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        return "", f"{path} was ignored: {error.strerror}."


def _may(mode: int) -> str:
    return "read" if mode & 0o044 else "access"
