"""Recovery: from a typed moment to a plan, over what backups and archive really hold."""

from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.backup import BaseBackup
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding


@dataclass(frozen=True)
class RecoveryDraft:
    """What the user chose so far."""

    cluster: str
    target_time: str
    """As typed: `2026-11-22 11:59:57+00`, or without an offset when `zone` is given."""
    zone: str = ""
    """IANA name or offset for a time that carries none; "" when the text must carry its own."""
    backup: str = ""
    """Path of the base backup to start from; "": the newest that ended before the target."""


@dataclass(frozen=True)
class RecoveryRange:
    """What can be reached for one cluster."""

    backups: tuple[BaseBackup, ...]
    """Newest first; those with a `problem` cannot be used."""
    archive: str
    """The archive directory; "" when none is known."""
    earliest: datetime | None
    """No target before this moment can be reached."""
    latest: datetime | None
    """No commit after this moment lies in the archive, as far as can be seen from outside."""
    findings: tuple[Finding, ...]
    """Holes and other things noticed in the archive."""
    server_zone: str
    """The server's TimeZone, "" when it cannot be asked."""


@dataclass(frozen=True)
class RecoveryProposal:
    """The answer to a draft: findings, and the plan unless a finding refuses it."""

    plan: Plan | None
    findings: tuple[Finding, ...]
    target: datetime | None
    """The instant that was understood."""


class Recovery:
    """Reads what is there, and makes plans."""

    async def range(self, cluster: str) -> RecoveryRange:
        """Read the base backups and the archive of a cluster. Raises HostError, BadInput."""
        raise NotImplementedError

    async def propose(self, draft: RecoveryDraft) -> RecoveryProposal:
        """Check a draft against what is there and plan it into a new sandbox. Raises HostError."""
        raise NotImplementedError
