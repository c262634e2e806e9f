"""What pruning an archive would take away, what stays and why: the dry run together with its plan."""

from dataclasses import dataclass

from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding


@dataclass(frozen=True)
class PruneProposal:
    """What a pruning would take away, and the plan for it."""

    plan: Plan
    """Without steps when nothing is to go."""
    cut: str
    """The oldest segment that stays."""
    goes: tuple[str, ...]
    """Names of the files that go, sorted."""
    goes_count: int
    goes_bytes: int
    stays: int
    """Segment files that stay."""
    why: tuple[str, ...]
    """What decided on the cut, a sentence each."""
    findings: tuple[Finding, ...]
