"""A running server as the plans about its archiving see it."""

from dataclasses import dataclass

from pgtui.domain.archiving_steps import ServerHome
from pgtui.domain.cluster import Cluster
from pgtui.domain.command import SERVER_ACCOUNT
from pgtui.domain.errors import BadInput
from pgtui.domain.plan import PlannedStep, ProveArchiving
from pgtui.domain.server_configuration import ServerConfiguration
from pgtui.domain.sql import SqlSession, switch_query
from pgtui.hosts.base import Host


@dataclass(frozen=True)
class ArchiveSite:
    """A running server, and what it says of its configuration."""

    cluster: Cluster
    host: Host
    configuration: ServerConfiguration
    data_directory: str

    @property
    def can_be_root(self) -> bool:
        """Whether commands can be run as root there."""
        return self.host.widest_account != SERVER_ACCOUNT

    @property
    def session(self) -> SqlSession:
        """How psql gets to the server."""
        told = self.configuration
        return SqlSession(told.user, told.database, told.socket_directory, told.port)

    @property
    def home(self) -> ServerHome:
        """Where the server lives."""
        config_file = self.configuration.config_file or f"{self.data_directory}/postgresql.conf"
        return ServerHome(
            self.cluster.place, self.session, self.data_directory, self.host.bindir, config_file
        )

    def proof(self, archive: str) -> PlannedStep:
        """Return the step that proves archiving; `archive` is "" when it is not known where it goes."""
        switch = switch_query(self.configuration.version_num)
        step = ProveArchiving(self.cluster.place, self.session, switch, self.data_directory, archive)
        return PlannedStep(step)

    def refuse_standby(self, what: str) -> None:
        """Raise BadInput when it is a standby."""
        if self.configuration.in_recovery:
            raise BadInput(f"{self.cluster.name} is a standby, which cannot {what}.", "Do it on its primary.")

    def need(self, is_allowed: bool, function: str) -> None:
        """Raise BadInput when its role may not call a function."""
        if not is_allowed:
            role = self.configuration.user
            raise BadInput(
                f"The role {role} may not call {function}.",
                f"GRANT EXECUTE ON FUNCTION {function} TO the role, or connect as another.",
            )

    def check_encoding(self, text: str, what: str) -> None:
        """Raise BadInput when the server would convert a text that is sent to it."""
        encoding = self.configuration.encoding
        if not text.isascii() and encoding not in ("UTF8", "SQL_ASCII"):
            raise BadInput(
                f"The database's encoding is {encoding}: "
                f"letters outside ASCII in the name of the {what} would come out changed.",
                "Use ASCII letters only.",
            )
