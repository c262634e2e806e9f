"""What a server or libpq said, turned into a sentence with a hint: pure, without the driver."""

import re
from dataclasses import dataclass

_PREFIX = re.compile(r"^(?:connection (?:failed|is bad): )?(?:connection to server .*? failed: )?", re.DOTALL)
_NEXT = re.compile(r"\n(?=connection to server )")


def own_words(text: str) -> str:
    """Return a failed attempt's message without libpq's preamble; an attempt with and one without TLS
    that failed alike are told once."""
    parts = [_PREFIX.sub("", part).strip() for part in _NEXT.split(text.strip())]
    return "; ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True)
class Refusal:
    """A known way in which a connection fails."""

    words: tuple[str, ...]
    hint: str
    try_next_address: bool = False
    """Whether another address of the same server may fare better."""


# libpq gives no SQLSTATE for a connection that was refused, so these are told apart by the server's
# English words. A server that speaks another language is still quoted, with the general hint.
REFUSALS = (
    Refusal(
        ("password authentication failed",),
        "The password is wrong, or it has expired (VALID UNTIL of the role): the server says the same of "
        "both, its log says which it was. ALTER ROLE sets a new one.",
    ),
    Refusal(
        ("Peer authentication failed", "Ident authentication failed", "peer authentication failed"),
        "Over its socket this server only lets in the operating system account of the same name. Run pgtui "
        "as that account (sudo -u postgres pgtui), map yours in pg_ident.conf, or give the cluster's "
        "configuration an `address`, a `port` and a `password_file`.",
        try_next_address=True,
    ),
    Refusal(
        ("no pg_hba.conf entry", "pg_hba.conf rejects"),
        "The server's pg_hba.conf does not let this user in from here. Add a line for it and reload the "
        "configuration; the view pg_hba_file_rules shows the lines in force.",
        try_next_address=True,
    ),
    Refusal(
        (
            "too many clients already",
            "remaining connection slots are reserved",
            "too many connections for role",
            "too many connections for database",
            "sorry, too many",
        ),
        "Every connection that is allowed is in use (max_connections, or CONNECTION LIMIT of the role or "
        "database). End idle sessions, or connect as a superuser, for whom a few are kept free.",
    ),
    Refusal(
        ("the database system is starting up",),
        "It is starting, or replaying WAL. With hot_standby = off no connection is possible before recovery "
        "ends; the server log shows how far it is.",
    ),
    Refusal(
        ("is not yet accepting connections", "is not accepting connections"),
        "It is recovering and has not become consistent yet, or hot_standby is off; the server log shows how "
        "far it is.",
    ),
    Refusal(
        ("the database system is in recovery mode",),
        "A server process crashed and the server is replaying WAL; try again in a moment, and read the log.",
    ),
    Refusal(
        ("the database system is shutting down",),
        "The server is being stopped; start it again to connect.",
    ),
    Refusal(
        ("is not currently accepting connections",),
        "The database's ALLOW_CONNECTIONS is off, as it is for template0.",
    ),
    Refusal(
        ("is not permitted to log in",),
        "The role has no LOGIN attribute: choose another `user` for this cluster in the configuration.",
    ),
    Refusal(
        ("permission denied for database", "does not have CONNECT privilege"),
        "The role lacks the CONNECT privilege on this database: GRANT CONNECT ON DATABASE gives it.",
    ),
    Refusal(
        ("Connection refused", "No such file or directory"),
        "No server listens there. Is it started, is the port right, does listen_addresses name this address?",
        try_next_address=True,
    ),
    Refusal(
        ("Permission denied",),
        "This account may not open the server's socket: unix_socket_permissions, or the directory's mode.",
        try_next_address=True,
    ),
    Refusal(
        ("timeout expired",),
        "Nothing answered in time: a firewall, a paused container or a wrong address. connect_timeout in the "
        "configuration sets how long to wait.",
        try_next_address=True,
    ),
    Refusal(
        ("failed to resolve host", "could not translate host name"),
        "Check `address` of the cluster in the configuration.",
        try_next_address=True,
    ),
    Refusal(
        ("server does not support SSL",),
        "The server has ssl = off. Turn it on, or choose another `sslmode` for this cluster.",
    ),
    Refusal(
        ("certificate verify failed", "root certificate file", "server certificate for"),
        "The server's certificate does not pass `sslmode`: `sslrootcert` must name the authority that signed "
        "it, and with verify-full the address must be the certificate's name.",
    ),
    Refusal(
        ("Network is unreachable", "No route to host", "server closed the connection", "Connection reset"),
        "The way to the server broke. Is it still running?",
        try_next_address=True,
    ),
)
# Behind the others: a database may be called like any of the sentences above.
_ABSENT = re.compile(r'FATAL:\s+(database|role) ".*" does not exist', re.DOTALL)
_ABSENT_HINTS = {
    "database": "Choose one that is there: `database` in the configuration is the first one to connect to.",
    "role": "The server has no such role: `user` in the configuration says whom to connect as.",
}
UNKNOWN = Refusal((), "These are the server's own words; its log may say more.")


def recognise(words: str) -> Refusal:
    """Return what kind of failure these words tell of."""
    if absent := _ABSENT.search(words):
        return Refusal((), _ABSENT_HINTS[absent[1]])
    return next((each for each in REFUSALS if any(sign in words for sign in each.words)), UNKNOWN)
