"""The name of a place where a server lives, as it is kept in plans and journals."""

from dataclasses import dataclass
from enum import StrEnum


class HostKind(StrEnum):
    """The kinds of hosts there are."""

    DOCKER = "docker"
    LOCAL = "local"


@dataclass(frozen=True, order=True)
class Place:
    """One server's home: a container (its name) or a local data directory (its absolute path)."""

    kind: HostKind
    """Which kind of host it is on."""
    name: str
    """Container name, or absolute path of the data directory."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"
