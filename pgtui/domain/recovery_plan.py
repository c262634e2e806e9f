"""The plan of a recovery into a sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster
from pgtui.domain.lsn import Lsn
from pgtui.domain.place import Place
from pgtui.domain.plan import (
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    Plan,
    PlannedStep,
    RemoveSandbox,
    StartSandbox,
)
from pgtui.domain.recovery_settings import sandbox_settings
from pgtui.domain.recovery_target import RecoveryTarget, describe_target, server_time
from pgtui.domain.sandbox import SandboxSpec, TablespaceCopy


@dataclass(frozen=True)
class SandboxPlanning:
    """What was chosen and read before the plan is made."""

    name: str
    cluster: Cluster
    place: Place
    directory: str
    bindir: str
    archive: str
    archive_in_sandbox: str
    """Where the sandbox sees the archive."""
    tablespaces: tuple[TablespaceCopy, ...]
    segment_size: int
    """Bytes, from the backup's control file."""
    limits: Mapping[str, int]
    """From the backup's control file (recovery_settings.CONTROL_LIMITS)."""
    target: RecoveryTarget
    created: str
    """ISO 8601 in UTC."""


def plan_into_sandbox(planning: SandboxPlanning, backup: BaseBackup, stop: Lsn) -> Plan:
    """Return the plan that shows the past in a sandbox; `stop` is where replay will stop.

    Nothing of the original is written to: backup and archive are only read.
    """
    spec = _spec(planning, backup)
    waiting = AwaitTarget(
        sandbox=spec,
        target=planning.target,
        start_lsn=str(backup.label.start_lsn),
        start_time=backup.ended.astimezone(UTC).isoformat(),
        end_lsn=str(stop),
        segment_size=planning.segment_size,
    )
    return Plan(
        title=f"Look at {planning.cluster.name} as of {server_time(planning.target.time)}",
        cluster=planning.cluster.name,
        steps=(
            PlannedStep(CreateSandbox(spec), undo=(RemoveSandbox(spec),)),
            PlannedStep(LayDownBackup(spec, backup.size)),
            PlannedStep(StartSandbox(spec)),
            PlannedStep(waiting),
        ),
        outcome=(
            f"The sandbox {spec.name} shows the cluster as it was, read-only. "
            "The cluster itself, its backups and its archive are not touched."
        ),
        is_throwaway=True,
    )


def _spec(planning: SandboxPlanning, backup: BaseBackup) -> SandboxSpec:
    return SandboxSpec(
        name=planning.name,
        cluster=planning.cluster.name,
        source=planning.cluster.place,
        place=planning.place,
        directory=planning.directory,
        backup=backup.path,
        archive=planning.archive,
        tablespaces=planning.tablespaces,
        settings=sandbox_settings(
            backup.version,
            planning.target,
            directory=planning.directory,
            archive=planning.archive_in_sandbox,
            limits=planning.limits,
        ),
        user=planning.cluster.user,
        target=describe_target(planning.target),
        created=planning.created,
        bindir=planning.bindir,
    )
