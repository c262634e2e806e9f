"""The host of one container: all that `pgtui.hosts.base.Host` asks for."""

from pgtui.domain.place import Place
from pgtui.domain.plan import Step
from pgtui.hosts.docker_commands import step_lines
from pgtui.hosts.docker_container import Container
from pgtui.hosts.docker_link import Link
from pgtui.hosts.docker_run import Home
from pgtui.hosts.docker_sandbox import DockerSandboxes


class DockerHost(DockerSandboxes):
    """Each room builds on the one below: commands, files, server, sandboxes."""

    def __init__(self, link: Link, place: Place, container: Container, home: Home, *, running: bool) -> None:
        super().__init__(link, place, container, home)
        self._was_running = running

    def shell_lines(self, step: Step) -> tuple[str, ...]:
        return step_lines(self._container, self._home, step, running=self._was_running)
