"""Log sequence numbers: positions in the write-ahead log (manual: "pg_lsn Type")."""

from dataclasses import dataclass

from pgtui.domain.errors import BadInput

_MAX = 2**64 - 1


@dataclass(frozen=True, order=True)
class Lsn:
    """A byte position in the WAL, 0 to 2^64-1."""

    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.value <= _MAX:
            raise ValueError(f"LSN out of range: {self.value}")

    @classmethod
    def parse(cls, text: str) -> "Lsn":
        """Read `X/Y` in hexadecimal, with or without leading zeros (19 prints `X/%08X`).

        Raises BadInput when it is anything else.
        """
        high, slash, low = text.strip().partition("/")
        if not slash or not _is_hex32(high) or not _is_hex32(low):
            raise BadInput(f"{text!r} is not an LSN.", "An LSN is two hexadecimal numbers, such as 0/3A2F8.")
        return cls((int(high, 16) << 32) | int(low, 16))

    def __str__(self) -> str:
        return f"{self.value >> 32:X}/{self.value & 0xFFFFFFFF:X}"

    def __sub__(self, other: "Lsn") -> int:
        return self.value - other.value

    def __add__(self, size: int) -> "Lsn":
        return Lsn(self.value + size)


def _is_hex32(text: str) -> bool:
    return 1 <= len(text) <= 8 and all(c in "0123456789abcdefABCDEF" for c in text)
