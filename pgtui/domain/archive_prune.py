"""What pruning an archive would take away, what stays and why: the dry run together with its plan."""

from dataclasses import dataclass

from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding

MOST_NAMES = 1000
"""Names listed at most of what would go."""


@dataclass(frozen=True)
class PruneProposal:
    """WAL that no kept base backup needs, and the plan that removes it."""

    plan: Plan
    cut: str
    """Name of the first segment that stays: where the oldest kept backup begins."""
    goes_count: int
    goes_bytes: int
    goes_names: tuple[str, ...]
    """The first of the files that would go, at most MOST_NAMES."""
    stays_count: int
    why: tuple[str, ...]
    """Why the cut lies there: sentences on the backups that are kept."""
    findings: tuple[Finding, ...] = ()
