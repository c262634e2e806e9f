"""What `pg_controldata` prints, as far as recovery needs it (manual: "pg_controldata")."""

from dataclasses import dataclass

from pgtui.domain.recovery_settings import CONTROL_LIMITS


@dataclass(frozen=True)
class ControlData:
    """The control file's values."""

    system_identifier: str
    timeline: int
    segment_size: int
    limits: tuple[tuple[str, int], ...]
    """The CONTROL_LIMITS: what a recovery must not have lower."""
    state: str
    """The cluster's state in words, such as `in production`."""


def parse_control_data(text: str) -> ControlData:
    """Read pg_controldata's output, made with LC_ALL=C. Raises ValueError when a value is absent."""
    if "CRC checksum does not match" in text:
        raise ValueError("its checksum does not match")
    found = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())
    }
    try:
        return ControlData(
            system_identifier=found["Database system identifier"],
            timeline=int(found["Latest checkpoint's TimeLineID"]),
            segment_size=int(found["Bytes per WAL segment"]),
            limits=tuple((name, int(found[f"{name} setting"])) for name in CONTROL_LIMITS),
            state=found["Database cluster state"],
        )
    except KeyError as absent:
        raise ValueError(f"pg_controldata does not tell {absent}") from None
