"""Versions of the server, as `server_version_num` and `PG_VERSION` tell them."""

from dataclasses import dataclass

OLDEST_SUPPORTED = 13
NEWEST_KNOWN = 18


@dataclass(frozen=True, order=True)
class ServerVersion:
    """A PostgreSQL version; `number` is `server_version_num`, such as 170011 for 17.11."""

    number: int

    @classmethod
    def of_major(cls, major: int) -> "ServerVersion":
        """Return the version known only by its major number (from `PG_VERSION` or an image)."""
        return cls(major * 10000)

    @property
    def major(self) -> int:
        """The major version: 17 for 17.11."""
        return self.number // 10000

    @property
    def minor(self) -> int:
        """The minor version: 11 for 17.11; 0 also when only the major is known."""
        return self.number % 10000

    @property
    def is_supported(self) -> bool:
        """Whether pgtui knows this major's rules (13 to 18)."""
        return OLDEST_SUPPORTED <= self.major <= NEWEST_KNOWN

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" if self.minor else str(self.major)
