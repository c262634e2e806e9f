"""What the files of a server tell while it does not run: as far as they can be read, never an error."""

from pgtui.domain.errors import HostError
from pgtui.domain.server_settings import setting_in_file, setting_in_options
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.base import Host


async def version_in_files(host: Host, directory: str) -> ServerVersion | None:
    """Return the major version of a data directory, from its PG_VERSION."""
    text = (await _text_of(host, f"{directory}/PG_VERSION")).strip()
    return ServerVersion.of_major(int(text)) if text.isdecimal() else None


async def archive_command_in_files(host: Host, directory: str) -> str:
    """Return the archive_command: the last command line wins, then postgresql.auto.conf."""
    options = await _text_of(host, f"{directory}/postmaster.opts")
    command = setting_in_options(options, "archive_command")
    own = setting_in_options(options, "config_file") or f"{directory}/postgresql.conf"
    for file in (f"{directory}/postgresql.auto.conf", own):
        if command is None:
            command = setting_in_file(await _text_of(host, file), "archive_command")
    return command or ""


async def _text_of(host: Host, path: str) -> str:
    """A file's text; nothing when it is not there or may not be read."""
    try:
        return (await host.read(path)).decode(errors="surrogateescape")
    except HostError:
        return ""
