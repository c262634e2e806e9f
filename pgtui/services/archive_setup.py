"""Setting archiving up, changing it and switching it off: as plans over what server and host really say."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from pgtui.domain.archive_draft import (
    MAX_TIMEOUT,
    ArchiveDraft,
    SettingRow,
    SettingsMethod,
    draft_problems,
)
from pgtui.domain.archive_place import (
    ArchivePlace,
    PathState,
    make_command,
    mark_command,
    unmake_command,
    unmark_command,
)
from pgtui.domain.archive_place_findings import place_findings
from pgtui.domain.archiving_settings import (
    Change,
    Wanted,
    change_findings,
    changes,
    setting_rows,
    setup_findings,
    wanted_settings,
)
from pgtui.domain.archiving_steps import ConfigurationFiles, changing_steps
from pgtui.domain.errors import BadInput
from pgtui.domain.plan import Plan, PlannedStep, RunCommand, RunSql
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.restore_point import check_restore_point, restore_point_statement
from pgtui.domain.server_configuration import ServerConfiguration
from pgtui.services.archive_place_look import files_to_edit, likely_directory, look_at, owner_of_server
from pgtui.services.archive_site import ArchiveSite
from pgtui.services.inventory import Inventory


class ArchiveSetup:
    """Makes the plans about archiving; nothing is touched before they run."""

    def __init__(
        self, inventory: Inventory, new_token: Callable[[], str] = lambda: secrets.token_hex(4)
    ) -> None:
        """Take the inventory, and what gives each plan a name of its own for the files that it keeps."""
        self._inventory = inventory
        self._new_token = new_token

    async def rows(self, draft: ArchiveDraft) -> tuple[tuple[SettingRow, ...], tuple[Finding, ...]]:
        """Return the settings as they are and will be, and all there is to say about the draft so far.

        Raises PgtuiError when the server cannot be asked.
        """
        site = await self._site(draft.cluster)
        wanted = wanted_settings(draft, site.configuration)
        rows = setting_rows(site.configuration, wanted)
        problems = draft_problems(draft)
        if problems:
            return rows, tuple(Finding(Severity.REFUSE, each.message, each.hint) for each in problems)
        place = await self._look_at(site, draft.directory)
        return rows, _findings(site, draft, place, changes(site.configuration, wanted))

    async def propose_directory(self, cluster: str) -> str:
        """Return a directory to begin with: the present archive, or one that would suit."""
        archive = await self._inventory.archive_of(cluster)
        if archive:
            return archive
        host = await self._inventory.host(cluster)
        return await likely_directory(host, await host.data_directory())

    async def setup_plan(self, draft: ArchiveDraft) -> Plan:
        """Return the plan that sets archiving up and proves it. Raises BadInput for what cannot be."""
        for problem in draft_problems(draft):
            raise BadInput(problem.message, problem.hint)
        site = await self._site(draft.cluster)
        site.need(site.configuration.may_switch, "pg_switch_wal()")
        found = changes(site.configuration, wanted_settings(draft, site.configuration))
        place = await self._look_at(site, draft.directory)
        findings = _accepted(_findings(site, draft, place, found))
        steps = (
            *await self._directory_steps(site, place),
            *await self._changing_steps(site, found, draft.method),
            site.proof(place.directory),
        )
        return Plan(
            title="Set up archiving",
            cluster=draft.cluster,
            steps=steps,
            findings=findings,
            outcome=f"Every finished WAL segment goes to {place.directory}. "
            "Take a base backup now: the archive is of use only from one on.",
        )

    async def switch_plan(self, cluster: str) -> Plan:
        """Return the plan that finishes the current segment now and sees it archived. Raises BadInput."""
        site = await self._site(cluster)
        site.refuse_standby("finish a segment")
        site.need(site.configuration.may_switch, "pg_switch_wal()")
        if site.configuration.value("archive_mode") == "off":
            raise BadInput(
                "Archiving is off, so nothing would be archived.", "`pgtui archive setup` sets it up."
            )
        archive = await self._inventory.archive_of(cluster)
        step = site.proof(archive or "")
        return Plan(
            "Switch WAL", cluster, (step,), outcome="What was committed before this is in the archive."
        )

    async def restore_point_plan(self, cluster: str, name: str) -> Plan:
        """Return the plan that makes a named restore point. Raises BadInput."""
        check_restore_point(name)
        site = await self._site(cluster)
        site.refuse_standby("make a restore point")
        site.need(site.configuration.may_make_restore_point, "pg_create_restore_point(text)")
        site.check_encoding(name, "restore point")
        if site.configuration.value("wal_level") == "minimal":
            raise BadInput(
                "With wal_level = minimal there are no restore points.", "`pgtui archive setup` changes it."
            )
        words = f"Make the restore point {name}"
        step = RunSql(site.cluster.place, site.session, (restore_point_statement(name),), words)
        findings = [
            Finding(
                Severity.NOTE, "Of several restore points with one name, a recovery stops at the first one."
            )
        ]
        if site.configuration.value("archive_mode") == "off":
            words = "Archiving is off: no recovery can get to the restore point without archived WAL."
            findings.append(Finding(Severity.WARN, words, "`pgtui archive setup` sets it up."))
        return Plan(
            title="Make a restore point",
            cluster=cluster,
            steps=(PlannedStep(step),),
            findings=tuple(findings),
            outcome="It is in the archive when its segment is: "
            "`pgtui archive switch` has that archived at once.",
        )

    async def timeout_plan(self, cluster: str, seconds: int) -> Plan:
        """Return the plan that changes archive_timeout. Raises BadInput."""
        if not 0 <= seconds <= MAX_TIMEOUT:
            raise BadInput(
                f"archive_timeout must be from 0 to {MAX_TIMEOUT} seconds.",
                "0 switches it off; 60 to 300 is usual.",
            )
        site = await self._site(cluster)
        words = f"A segment is finished at the latest {seconds} s after the first change in it."
        return await self._changing_plan(
            site,
            {"archive_timeout": str(seconds)},
            "Change archive_timeout",
            words if seconds else "A segment is finished only when it is full.",
        )

    async def off_plan(self, cluster: str) -> Plan:
        """Return the plan that switches archiving off. Raises BadInput."""
        site = await self._site(cluster)
        last = (
            "The server archives what is finished before it stops; from the restart on nothing is archived."
        )
        findings = (
            Finding(
                Severity.WARN,
                f"{last} No backup can then be rolled forward past that moment.",
                "When it is set up again, take a new base backup: the WAL between is not in the archive.",
            ),
        )
        return await self._changing_plan(
            site,
            {"archive_mode": "off"},
            "Switch archiving off",
            "Nothing is archived any more. The archive itself is untouched.",
            findings,
        )

    async def logging_plan(self, cluster: str) -> Plan:
        """Return the plan that has the server keep its log in files. Raises BadInput."""
        site = await self._site(cluster)
        return await self._changing_plan(
            site,
            {"logging_collector": "on"},
            "Keep the server's log in files",
            "The log is in files below log_directory; where it went before, it ends.",
        )

    async def _site(self, name: str) -> ArchiveSite:
        cluster = await self._inventory.cluster(name)
        configuration = await self._inventory.configuration(name)
        host = await self._inventory.host(name)
        return ArchiveSite(cluster, host, configuration, await host.data_directory())

    async def _look_at(self, site: ArchiveSite, directory: str) -> ArchivePlace:
        identifier = site.configuration.system_identifier
        return await look_at(site.host, directory, site.data_directory, identifier)

    async def _directory_steps(self, site: ArchiveSite, place: ArchivePlace) -> list[PlannedStep]:
        at, steps = site.cluster.place, []
        if place.state is not PathState.THERE:
            account = site.host.widest_account
            owner = await owner_of_server(site.host) if site.can_be_root else ""
            words, back = f"Make the archive's directory {place.directory}", "Remove it again, if it is empty"
            if place.former_owner:
                words = f"Give the empty directory {place.directory} to the server's account"
                back = f"Give {place.directory} back to root, if it is empty"
            made = RunCommand(at, make_command(place, owner, account), words)
            gone = RunCommand(at, unmake_command(place, account), back)
            steps.append(PlannedStep(made, (gone,)))
        marked = RunCommand(
            at,
            mark_command(place.directory),
            f"Mark {place.directory} as an archive, by the server's account: without the mark, which an "
            "unmounted volume lacks, nothing is written there",
        )
        unmarked = RunCommand(
            at, unmark_command(place.directory), "Take the mark away, if nothing was archived"
        )
        steps.append(PlannedStep(marked, () if place.is_marked else (unmarked,)))
        return steps

    async def _changing_steps(
        self, site: ArchiveSite, found: tuple[Change, ...], method: SettingsMethod
    ) -> tuple[PlannedStep, ...]:
        files = ConfigurationFiles({})
        if method is SettingsMethod.CONFIGURATION_FILE and any(each.is_to_be_written for each in found):
            files = await files_to_edit(site.host, site.home.config_file, tuple(c.fact for c in found))
        return changing_steps(site.home, found, method, replace(files, token=self._new_token()))

    async def _changing_plan(
        self, site: ArchiveSite, wanted: Wanted, title: str, outcome: str, findings: tuple[Finding, ...] = ()
    ) -> Plan:
        found = changes(site.configuration, wanted)
        if not found:
            ((name, value),) = wanted.items()
            raise BadInput(f"{name} is {value} already.", "There is nothing to be done.")
        method = _as_it_was_set(site.configuration, found)
        findings = _accepted((*findings, *change_findings(site.configuration, method, found)))
        steps = await self._changing_steps(site, found, method)
        return Plan(title, site.cluster.name, steps, findings, outcome)


def _as_it_was_set(configuration: ServerConfiguration, found: tuple[Change, ...]) -> SettingsMethod:
    """Return the way in which the settings were set so far; ALTER SYSTEM when they were in none."""
    in_file = all(change.fact.winner and not change.fact.winner.is_auto for change in found)
    if in_file or not configuration.allows_alter_system:
        return SettingsMethod.CONFIGURATION_FILE
    return SettingsMethod.ALTER_SYSTEM


def _findings(
    site: ArchiveSite, draft: ArchiveDraft, place: ArchivePlace, found: tuple[Change, ...]
) -> tuple[Finding, ...]:
    return (
        *setup_findings(site.configuration, place.directory, found, site.cluster.archive),
        *change_findings(site.configuration, draft.method, found),
        *place_findings(place, can_be_root=site.can_be_root),
    )


def _accepted(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    for finding in findings:
        if finding.severity is Severity.REFUSE:
            raise BadInput(finding.message, finding.hint)
    return findings
