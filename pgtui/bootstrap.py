"""Builds every concrete object and wires it: the only place that knows them all.

Heavy libraries (pydantic, psycopg, docker, textual) come in with the objects, inside functions: whoever
asks for help or for a version must not wait for them, and the console shows its first frame without them.
"""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pgtui.cli.wiring import DemoChoice, Options, Wiring

if TYPE_CHECKING:
    from pgtui.config import Settings
    from pgtui.domain.errors import ConfigError
    from pgtui.services.bundle import Services
    from pgtui.services.demo import DemoCluster
    from pgtui.services.doctor import Doctor


def start(arguments: Sequence[str]) -> int:
    """Carry out a command line and return the exit code."""
    from pgtui.cli.entry import run

    return run(arguments, wiring())


def wiring() -> Wiring:
    """Return the ways to the services, as commands get them."""
    return Wiring(
        options=Options(),
        state_directory=state_directory,
        open_services=open_services,
        open_doctor=open_doctor,
        open_console=open_console,
        make_demo=make_demo,
    )


def state_directory() -> Path:
    """Return the directory of this user for journal, audit log and crash reports."""
    from platformdirs import user_state_path

    return user_state_path("pgtui", appauthor=False)


async def open_services(options: Options, demo: "DemoCluster | None" = None) -> "Services":
    """Read the configuration and build the services. Raises ConfigError."""
    import asyncio

    # In a thread: importing the drivers takes as long as the console's own start, and would freeze it.
    return await asyncio.to_thread(_services_from_file, options, demo)


def make_demo(options: Options, choice: DemoChoice) -> "DemoCluster":
    """Return a demo that is not made yet. Raises ConfigError."""
    from pgtui.config_reading import load_settings
    from pgtui.services.demo import DemoCluster

    settings = load_settings(options.config)
    if choice.docker:
        from pgtui.hosts.docker_demo import DockerDemoGround

        named = {"image": choice.image} if choice.image else {}
        return DemoCluster(DockerDemoGround(**named, timeout=settings.engine_timeout))
    from pgtui.hosts.local_demo import LocalDemoGround

    return DemoCluster(LocalDemoGround(sandbox_directory=settings.sandbox_directory))


def open_console(options: Options, demo: "DemoCluster | None" = None) -> int:
    """Run the console, on the demo's cluster if one is given, and return its exit code."""
    if not options.animation:
        # Textual reads it once, when it is imported.
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
    from pgtui.ui.app import PgtuiApp

    app = PgtuiApp(
        lambda: open_services(options, demo),
        theme=options.theme,
        chosen=demo.cluster.name if demo else None,
        # The user's own, in a demo, too: a crash report must outlive it.
        state_directory=state_directory(),
    )
    app.run()
    return app.return_code or 0


async def open_doctor(options: Options) -> "Doctor":
    """Build the doctor on the configuration or, when that has a problem, on the defaults."""
    from pgtui.config import Settings, default_path
    from pgtui.config_reading import load_settings
    from pgtui.domain.errors import ConfigError

    path, problem = options.config or default_path(), None
    try:
        settings = load_settings(options.config)
    except ConfigError as error:
        settings, problem = Settings(path=path), error
    return _doctor(_Built(settings, state_directory()), path, problem)


def _services_from_file(options: Options, demo: "DemoCluster | None") -> "Services":
    from pgtui.config_reading import load_settings

    state = demo.state_directory if demo else state_directory()
    return _Built(load_settings(options.config), state).services(demo)


class _Built:
    """The concrete objects of one run."""

    def __init__(self, settings: "Settings", state: Path) -> None:
        from pgtui.hosts.docker import DockerEngine, DockerHint
        from pgtui.hosts.local import LocalEngine
        from pgtui.services.hosts import Hosts
        from pgtui.storage.journal import Journal

        self.settings = settings
        self.state = state
        own = tuple(entry.bindir for entry in settings.clusters if entry.bindir)
        self.bindirs = (*own, *settings.bindirs)
        self.local = LocalEngine(
            data_directories=tuple(e.data_directory for e in settings.clusters if e.data_directory),
            bindirs=self.bindirs,
            sandbox_directory=settings.sandbox_directory,
        )
        self.docker = DockerEngine(
            timeout=settings.engine_timeout,
            entries=tuple(DockerHint(e.container) for e in settings.clusters if e.container),
        )
        self.hosts = Hosts((self.docker, self.local))
        self.journal = Journal(state / "jobs", _now)

    def services(self, demo: "DemoCluster | None" = None) -> "Services":
        from pgtui.config import default_path
        from pgtui.config_file import ConfigFile
        from pgtui.postgres.gateway import ServerGateway
        from pgtui.services.archive_check import ArchiveCheck
        from pgtui.services.archive_monitor import ArchiveMonitor
        from pgtui.services.archive_setup import ArchiveSetup
        from pgtui.services.bundle import Services
        from pgtui.services.inventory import Inventory
        from pgtui.services.jobs import Jobs
        from pgtui.services.recovery import Recovery
        from pgtui.services.sandboxes import Sandboxes
        from pgtui.storage.audit import AuditLog

        settings = self.settings
        config_file = ConfigFile(settings.path or default_path())
        inventory = Inventory(
            self.hosts.engines,
            settings.clusters,
            ServerGateway(),
            config_file,
            extra=(demo.cluster,) if demo else (),
            now=_now,
            connect_timeout=settings.connect_timeout,
            statement_timeout=settings.statement_timeout,
        )
        audit = AuditLog(self.state / "audit.jsonl", _now)
        return Services(
            settings=settings,
            inventory=inventory,
            recovery=Recovery(inventory, _now, {demo.cluster.name: demo.history} if demo else None),
            archive_check=ArchiveCheck(inventory, _now),
            sandboxes=Sandboxes(self.hosts),
            archive_setup=ArchiveSetup(inventory),
            jobs=Jobs(self.hosts, inventory, self.journal, audit, _now, _new_job_id),
            preferences=config_file,
            archive_monitor=ArchiveMonitor(inventory, _now),
        )


def _doctor(built: _Built, path: Path, problem: "ConfigError | None") -> "Doctor":
    import asyncio

    from pgtui.hosts.docker_leftovers import old_workbenches
    from pgtui.hosts.local_demo_home import dead_homes
    from pgtui.hosts.programs import found_programs
    from pgtui.postgres.credentials import PasswordSources
    from pgtui.services.doctor import Doctor, Leftover, Tool

    services = built.services()
    password_files = {e.name: e.password_file for e in built.settings.clusters if e.password_file}

    async def find_tools() -> tuple[Tool, ...]:
        programs = await found_programs(built.bindirs)
        return tuple(Tool(each.directory, str(each.version), each.origin) for each in programs)

    async def find_leftovers() -> tuple[Leftover, ...]:
        benches = await old_workbenches(built.settings.engine_timeout)
        return (
            *(
                Leftover(
                    f"The container {name} was made for a short work more than an hour ago.",
                    f"If no operation runs now, remove it: `docker rm -f {name}`.",
                )
                for name in benches
            ),
            *(
                Leftover(
                    f"A demo whose pgtui was killed lies in {home}.", "The next `pgtui demo` removes it."
                )
                for home in await asyncio.to_thread(dead_homes)
            ),
        )

    return Doctor(
        config_path=path,
        config_exists=path.exists(),
        config_problem=problem,
        inventory=services.inventory,
        jobs=services.jobs,
        sandboxes=services.sandboxes,
        find_tools=find_tools,
        find_leftovers=find_leftovers,
        unreadable_records=built.journal.unreadable,
        close=services.close,
        password_problems=lambda: PasswordSources(os.environ, Path.home()).problems(password_files),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _new_job_id() -> str:
    # Sorts by time, is short enough to be typed, and two at the same second still differ.
    return f"{_now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
