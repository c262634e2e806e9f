"""Recovery: from a typed moment to a plan, over what backups and archive really hold."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from pgtui.domain.archive import Archive, Reach, reach
from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster, ClusterFacts
from pgtui.domain.control_data import ControlData
from pgtui.domain.errors import BadInput, ConnectError, HostError, QueryFailed
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.recovery_choice import choose_backup, choose_timeline, earliest, follow, usable
from pgtui.domain.recovery_plan import SandboxPlanning, plan_into_sandbox
from pgtui.domain.recovery_target import TimeTarget, server_time
from pgtui.domain.sandbox import NAME_PREFIX, TablespaceCopy
from pgtui.domain.target_input import parse_target_time, parse_zone
from pgtui.hosts.base import Host
from pgtui.repositories.directory import DirectoryRepository
from pgtui.services.inventory import Inventory
from pgtui.services.stop_search import Stop, find_stop

Moment = tuple[datetime, str]
"""A known event: when, and what happened, in words."""


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
    timeline: int | None = None
    """The timeline to follow; None: the server's present one, else the newest."""


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
    suggestions: tuple[Moment, ...] = ()
    """Known events of the cluster's history, oldest first (the demo's)."""


@dataclass(frozen=True)
class RecoveryProposal:
    """The answer to a draft: findings, and the plan."""

    plan: Plan
    findings: tuple[Finding, ...]
    target: datetime
    """The instant that was understood."""


@dataclass(frozen=True)
class _Seen:
    """What was read of one cluster."""

    cluster: Cluster
    host: Host
    repository: DirectoryRepository
    archive: Archive
    backups: tuple[BaseBackup, ...]
    facts: ClusterFacts | None
    """None when the server could not be asked."""
    findings: tuple[Finding, ...]

    @property
    def timeline(self) -> int | None:
        return self.facts.timeline if self.facts else None


class Recovery:
    """Reads what is there, and makes plans."""

    def __init__(
        self,
        inventory: Inventory,
        clock: Callable[[], datetime],
        moments: Mapping[str, tuple[Moment, ...]] | None = None,
    ) -> None:
        """Take the inventory; `moments` are known events by cluster name."""
        self._inventory = inventory
        self._clock = clock
        self._moments = moments or {}

    async def range(self, cluster: str) -> RecoveryRange:
        """Read the base backups and the archive of a cluster. Raises HostError, BadInput."""
        seen = await self._look(cluster)
        reaches = [_reach(seen, backup) for backup in usable(seen.backups)]
        ends = [far.until for far in reaches if far and far.until]
        holes = {far.missing for far in reaches if far and far.is_broken}
        findings = tuple(
            Finding(Severity.WARN, f"The archive has a hole: {name} is missing or of the wrong size.")
            for name in sorted(holes)
        )
        return RecoveryRange(
            backups=seen.backups,
            archive=seen.archive.directory,
            earliest=earliest(seen.backups),
            latest=max(ends, default=None),
            findings=(*seen.findings, *findings),
            server_zone=seen.facts.time_zone if seen.facts else "",
            suggestions=self._moments.get(cluster, ()),
        )

    async def propose(self, draft: RecoveryDraft) -> RecoveryProposal:
        """Check a draft against what is there and plan it into a new sandbox.

        Raises BadInput when the target cannot be meant or reached, HostError.
        """
        target = parse_target_time(draft.target_time, draft.zone)
        seen = await self._look(draft.cluster)
        now = seen.facts.taken if seen.facts else self._clock()
        if target > now:
            clock = "the server's clock" if seen.facts else "this machine's clock"
            raise BadInput(
                f"{server_time(target)} lies in the future: {clock} says {server_time(now)}.",
                "Choose a time that has passed.",
            )
        aim = draft.timeline or seen.timeline
        wanted = seen.archive.history(aim) if aim else None
        backup = choose_backup(seen.backups, target, draft.backup, wanted)
        history, notes = choose_timeline(seen.archive, backup, wanted=draft.timeline, current=seen.timeline)
        choice = follow(seen.archive, backup, history, target)
        stop = await find_stop(seen.host, seen.archive, choice.reach, target)
        if stop.first_lost is None:
            raise _out_of_reach(target, stop, choice.reach)
        _see_tablespaces(backup, seen.facts)
        planning = await self._planning(seen, backup, TimeTarget(target, history.timeline))
        findings = (*seen.findings, *notes, *choice.findings, *_what_is_kept(stop))
        plan = plan_into_sandbox(planning, backup, stop.first_lost.lsn)
        return RecoveryProposal(replace(plan, findings=findings), findings, target)

    async def _look(self, name: str) -> _Seen:
        cluster = await self._inventory.cluster(name)
        host = await self._inventory.host(name)
        facts, findings = await self._facts(name)
        directory = await self._inventory.archive_of(name) or ""
        repository = DirectoryRepository(host, cluster.backups, directory)
        archive = await repository.archive()
        told = tuple(Finding(Severity.WARN, problem) for problem in archive.problems)
        backups = await repository.backups(archive, _zone(facts))
        return _Seen(cluster, host, repository, archive, backups, facts, (*findings, *told))

    async def _facts(self, name: str) -> tuple[ClusterFacts | None, tuple[Finding, ...]]:
        """Ask the server; one that is down is no obstacle."""
        try:
            return await self._inventory.facts(name), ()
        except (ConnectError, QueryFailed, HostError) as error:
            words = (
                f"The server could not be asked: {error.message} Backups and archive are read all the same."
            )
            return None, (Finding(Severity.NOTE, words, error.hint),)

    async def _planning(self, seen: _Seen, backup: BaseBackup, target: TimeTarget) -> SandboxPlanning:
        control = await seen.repository.control_data(backup)
        _see_identity(control, seen.facts, backup)
        name = f"{NAME_PREFIX}{target.time.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        place, directory = seen.host.sandbox_at(name)
        await _see_space(seen.host, backup, directory)
        return SandboxPlanning(
            name=name,
            cluster=seen.cluster,
            place=place,
            directory=directory,
            bindir=seen.host.bindir,
            archive=seen.archive.directory,
            archive_in_sandbox=await seen.host.sandbox_archive(seen.archive.directory),
            tablespaces=tuple(TablespaceCopy(oid, location) for oid, location in backup.tablespaces),
            segment_size=control.segment_size,
            limits=dict(control.limits),
            target=target,
            created=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
        )


def _reach(seen: _Seen, backup: BaseBackup) -> Reach | None:
    try:
        history, _ = choose_timeline(seen.archive, backup, wanted=None, current=seen.timeline)
    except BadInput:
        return None
    return reach(seen.archive, history, backup)


def _zone(facts: ClusterFacts | None) -> tzinfo | None:
    try:
        return parse_zone(facts.time_zone) if facts else None
    except BadInput:
        return None


def _see_tablespaces(backup: BaseBackup, facts: ClusterFacts | None) -> None:
    """Refuse a backup whose links lead into the live cluster: what they hold is not the backup's."""
    live = {space.location for space in facts.tablespaces} if facts else set()
    for oid, location in backup.tablespaces:
        if location in live:
            raise BadInput(
                f"The base backup's tablespace {oid} is a link to {location!r}, which the live cluster uses.",
                "The backup was copied without its tablespaces; point the link at the backup's own copy.",
            )


def _see_identity(control: ControlData, facts: ClusterFacts | None, backup: BaseBackup) -> None:
    if facts and facts.system_identifier and control.system_identifier != facts.system_identifier:
        raise BadInput(
            f"The base backup {backup.path!r} is of another cluster: its system identifier is "
            f"{control.system_identifier}, this server's is {facts.system_identifier}.",
            "WAL can only be replayed on the cluster that wrote it. Choose this cluster's own backup.",
        )


async def _see_space(host: Host, backup: BaseBackup, directory: str) -> None:
    free = await host.free_space(directory)
    # A copy-on-write file system needs far less; a tenth more leaves room for what replay adds.
    if free < backup.size * 1.1:
        raise BadInput(
            f"There is not enough room for the sandbox: {free / 1e6:,.0f} MB free, "
            f"{backup.size * 1.1 / 1e6:,.0f} MB wanted.",
            "Make room, or set `sandbox_directory` in the configuration to another file system.",
        )


def _out_of_reach(target: datetime, stop: Stop, far: Reach) -> BadInput:
    """Say why no transaction after the target was found; PostgreSQL stops only at one."""
    last = stop.last_kept
    way_out = f"The last transaction that was found ended at {server_time(last.time)}: " if last else ""
    hint = f"{way_out}choose a time before it." if last else "Choose an earlier time."
    when = f"{server_time(target)} cannot be reached"
    if stop.complaint:
        words = f'{when}: the archived WAL cannot be read so far. pg_waldump says: "{stop.complaint}".'
        return BadInput(words, f"A segment there is damaged, of another cluster, or closed to pgtui. {hint}")
    if far.is_broken:
        words = f"{when}: no transaction that ended after it lies before the hole in the archive; "
        return BadInput(
            f"{words}{far.missing} is missing or of the wrong size.",
            f"Bring {far.missing} into the archive. {hint}",
        )
    return BadInput(f"{when}: no transaction in the archive ended after it.", hint)


def _what_is_kept(stop: Stop) -> tuple[Finding, ...]:
    words = []
    for end, what in ((stop.last_kept, "The last transaction kept"), (stop.first_lost, "The first one lost")):
        if end:
            kind = "commit" if end.is_commit else "abort"
            words.append(f"{what}: {end.xid} ({kind} at {server_time(end.time)}, {end.lsn}).")
    return (Finding(Severity.NOTE, " ".join(words)),) if words else ()
