"""A string that must not be seen."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """A password. Its repr and str never show it; `reveal()` is the one way to read it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself, to be handed to a driver and nowhere else."""
        return self._value

    def __str__(self) -> str:
        return "********"
