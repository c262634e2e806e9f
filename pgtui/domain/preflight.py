"""Findings: what was noticed before a plan runs."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    REFUSE = "refuse"
    """The operation cannot succeed or would lose data: no plan is made."""
    WARN = "warn"
    """It can go on, but the user must know."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed, in a sentence, with what to do about it."""

    severity: Severity
    message: str
    hint: str = ""
