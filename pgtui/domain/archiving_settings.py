"""Which settings archiving needs, how they differ from what is there, and the steps that change them."""

from dataclasses import dataclass

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_draft import ArchiveDraft, SettingRow, SettingsMethod
from pgtui.domain.kept_settings import is_sealed, told_value
from pgtui.domain.masked import masked
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.safe_archive_command import safe_command
from pgtui.domain.server_configuration import ServerConfiguration, SettingFact

Wanted = dict[str, str]
"""Values by name, in the order they are set."""

_NAMES = ("wal_level", "archive_mode", "archive_library", "archive_command", "archive_timeout")


def wanted_settings(draft: ArchiveDraft, configuration: ServerConfiguration) -> Wanted:
    """Return what each setting has to be for a draft; those that may stay have their present value."""
    wanted = {name: fact.value for name in _NAMES if (fact := configuration.setting(name))}
    if wanted["wal_level"] == "minimal":
        wanted["wal_level"] = "replica"
    if wanted["archive_mode"] == "off":
        wanted["archive_mode"] = "on"
    if "archive_library" in wanted:
        # With both a library and a command a server of 16 or newer archives nothing at all.
        wanted["archive_library"] = ""
    wanted["archive_command"] = safe_command(draft.directory)
    if draft.timeout is not None:
        wanted["archive_timeout"] = str(draft.timeout)
    if draft.keep_log:
        wanted["logging_collector"] = "on"
    return wanted


def setting_rows(configuration: ServerConfiguration, wanted: Wanted) -> tuple[SettingRow, ...]:
    """Return the settings as they are and as they will be."""
    return tuple(
        SettingRow(
            *(name, told_value(name, fact.value), told_value(name, value)),
            *(fact.needs_restart, fact.pending_restart, fact.origin),
        )
        for name, value in wanted.items()
        if (fact := configuration.setting(name))
    )


@dataclass(frozen=True)
class Change:
    """One setting that has to be written, or that only waits for a reload or a restart."""

    fact: SettingFact
    value: str

    @property
    def is_to_be_written(self) -> bool:
        """Whether the files do not say so yet."""
        winner = self.fact.winner
        return (winner.value if winner else self.fact.boot_value) != self.value or bool(
            winner and winner.error
        )


def changes(configuration: ServerConfiguration, wanted: Wanted) -> tuple[Change, ...]:
    """Return what has to change: in the running server, or in its files for its next start."""
    found = []
    for name, value in wanted.items():
        fact = configuration.setting(name)
        if fact is None or (fact.is_fixed and fact.value == value):
            continue
        change = Change(fact, value)
        if fact.value != value or (configuration.sees_files and change.is_to_be_written):
            found.append(change)
    return tuple(found)


def change_findings(
    configuration: ServerConfiguration, method: SettingsMethod, found: tuple[Change, ...]
) -> tuple[Finding, ...]:
    """Return what speaks against changing settings in this way."""
    findings: list[Finding] = []

    def refuse(message: str, hint: str) -> None:
        findings.append(Finding(Severity.REFUSE, message, hint))

    for change in found:
        fact = change.fact
        if fact.is_fixed:
            refuse(
                f"{fact.name} was given on the server's command line, as {_told(fact)}: "
                "no file can change that.",
                f"Start the server, or make its container anew, without `-c {fact.name}=...`.",
            )
        elif method is SettingsMethod.CONFIGURATION_FILE and fact.winner and fact.winner.is_auto:
            refuse(
                f"{fact.name} is set in {fact.winner.file}, which wins over postgresql.conf.",
                "Choose ALTER SYSTEM, or take the setting out of there first (ALTER SYSTEM RESET).",
            )
    if found and not configuration.is_superuser:
        refuse(
            f"The role {configuration.user} is no superuser, and settings are changed by superusers.",
            "Have the configuration's `user` name one for this cluster.",
        )
    if found and method is SettingsMethod.ALTER_SYSTEM and not configuration.allows_alter_system:
        refuse("ALTER SYSTEM is switched off on this server (allow_alter_system).", "Choose postgresql.conf.")
    for line in configuration.errors:
        refuse(
            f"{line.file}, line {line.line} is wrong: {line.error}.",
            "Mend it first: with it the server might not start again.",
        )
    return (*findings, *_restart_findings(configuration, found))


def _told(fact: SettingFact) -> str:
    return "another command" if is_sealed(fact.name, fact.value) else repr(masked(fact.value))


def _restart_findings(configuration: ServerConfiguration, found: tuple[Change, ...]) -> list[Finding]:
    mine = {change.fact.name for change in found}
    others = [name for name in configuration.waiting if name not in mine]
    if others and needs_restart(found):
        words = f"The restart will bring into effect what waits for one already: {', '.join(others)}."
        return [Finding(Severity.WARN, words, "Make sure that the server starts with it.")]
    if others:
        words = f"Changed before and waiting for a restart: {', '.join(others)}. It goes on waiting."
        return [Finding(Severity.NOTE, words)]
    return []


def needs_restart(found: tuple[Change, ...]) -> bool:
    """Whether any of the changes takes effect only after a restart."""
    return any(change.fact.needs_restart and change.fact.value != change.value for change in found)


def setup_findings(
    configuration: ServerConfiguration, directory: str, found: tuple[Change, ...], configured: str | None
) -> tuple[Finding, ...]:
    """Return what to know before archiving is set up with these changes.

    `configured` is the archive that pgtui's own configuration names for the cluster.
    """
    findings: list[Finding] = []
    if configured and configured.rstrip("/") != directory:
        words = f"pgtui's configuration names another archive for this cluster: {configured}."
        findings.append(
            Finding(Severity.WARN, words, "Change `archive` there: recovery looks where it says.")
        )
    if configuration.in_recovery:
        findings.append(
            Finding(
                Severity.REFUSE,
                "This server is a standby: it cannot finish a segment to prove that archiving works.",
                "Set archiving up on the primary; archive_mode = always is for a standby's own archive.",
            )
        )
    if not directory.isascii() and configuration.encoding not in ("UTF8", "SQL_ASCII"):
        words = f"The database's encoding is {configuration.encoding}, so letters outside ASCII in the "
        findings.append(
            Finding(Severity.REFUSE, f"{words}directory's name would come out changed.", "Use ASCII letters.")
        )
    changed = {change.fact.name: change.fact for change in found}
    for name in ("archive_command", "archive_library"):
        if name in changed and changed[name].value:
            findings.append(_replaced(name, changed[name].value))
    if "wal_level" in changed:
        words = "wal_level becomes replica: no base backup taken before can be rolled forward past this."
        findings.append(Finding(Severity.NOTE, words))
    if configuration.value("max_wal_senders") == "0":
        words = "max_wal_senders is 0: no base backup can be taken over a connection."
        findings.append(Finding(Severity.NOTE, words, "Set it to 10, the default, before the restart."))
    if "logging_collector" in changed:
        words = "The server's log goes into files from the restart on, and ends where it went so far."
        findings.append(Finding(Severity.NOTE, words))
    return tuple(findings)


def _replaced(name: str, value: str) -> Finding:
    """Say where the archive was so far, and not how it got there: that may hold a secret."""
    if name == "archive_library":
        where = f"stays where it is; it was: {value}"
    else:
        directory = archive_directory(value)
        where = f"stays in {directory}" if directory else "stays where it is"
    words = f"{name} is replaced. What was archived with it so far {where}"
    return Finding(Severity.WARN, f"{words}.", _BOTH_ARCHIVES)


_BOTH_ARCHIVES = "A recovery from an older base backup needs both archives."
