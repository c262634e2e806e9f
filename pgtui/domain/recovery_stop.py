"""Where recovery can stop: at records that end a transaction (source: recoveryStopsBefore)."""

from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.lsn import Lsn


@dataclass(frozen=True)
class TransactionEnd:
    """A commit or abort record: a place where recovery can stop."""

    xid: int
    lsn: Lsn
    """Where the record starts."""
    time: datetime
    is_commit: bool
