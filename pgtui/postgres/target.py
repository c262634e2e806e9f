"""Where and how to connect: a value, never a connection string put together by hand."""

from dataclasses import dataclass

from pgtui.domain.secret import Secret


@dataclass(frozen=True)
class Candidate:
    """A password that may be the right one."""

    password: Secret
    source: str
    """Where it comes from, for people: "the file ~/.pgpass"."""


@dataclass(frozen=True)
class Endpoint:
    """One address with the passwords to be tried there, in order."""

    host: str
    """A name, an address, or the absolute path of a socket directory."""
    port: int
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_socket(self) -> bool:
        return self.host.startswith("/")

    def __str__(self) -> str:
        if self.is_socket:
            return f"the socket {self.host}/.s.PGSQL.{self.port}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class ConnectionTarget:
    """All that a connection needs; equal targets can share one."""

    cluster: str
    """The cluster's name, for messages."""
    endpoints: tuple[Endpoint, ...]
    """Where to try, best first."""
    user: str
    database: str
    sslmode: str | None = None
    """None: libpq's default."""
    sslrootcert: str | None = None
    connect_timeout: float = 5.0
    """Seconds for each attempt."""
    statement_timeout: float = 30.0
    """Seconds until the server cancels a query."""
    application_name: str = "pgtui"
    notes: tuple[str, ...] = ()
    """Why a source of passwords was not used, a sentence each."""
