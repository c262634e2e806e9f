"""From a default server to a proved archive by keyboard alone at 80x24, then to a failure with its cause."""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pgtui import bootstrap
from pgtui.cli.wiring import Options
from pgtui.ui.app import PgtuiApp
from tests.docker_engine import ContainerFactory
from tests.local_cluster import ClusterFactory
from tests.ui.console import SMALL, screen_text, shows

NAME = "student"


@dataclass(frozen=True)
class Ground:
    """A default server, as the configuration names it, and what is done to it behind the console's back."""

    entry: str
    directory: str
    psql: Callable[[str], str]
    remove_archive: Callable[[], object]


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def ground(request: pytest.FixtureRequest) -> Ground:
    if request.param == "local":
        clusters: ClusterFactory = request.getfixturevalue("make_cluster")
        cluster = clusters(archiving=False)
        directory = str(cluster.home / "the archive")
        entry = f'host = "local"\ndata_directory = "{cluster.data}"\nbindir = "{cluster.bindir}"\n'
        return Ground(entry, directory, cluster.psql, lambda: shutil.rmtree(directory))
    containers: ContainerFactory = request.getfixturevalue("postgres_container")
    container = containers()
    return Ground(
        f'host = "docker"\ncontainer = "{container.name}"\n',
        "/the archive",
        container.psql,
        lambda: container.run("rm", "-rf", "/the archive", user="root"),
    )


@pytest.fixture
async def pilot(ground: Ground, tmp_path: Path) -> AsyncIterator[Pilot[None]]:
    path = tmp_path / "pgtui.toml"
    path.write_text(f'[[clusters]]\nname = "{NAME}"\n{ground.entry}')
    app = PgtuiApp(lambda: bootstrap.open_services(Options(config=path)), chosen=NAME)
    async with app.run_test(size=SMALL, notifications=True) as opened:
        await shows(app, "● running")
        yield opened
    await app.drain()


async def test_archiving_is_set_up_proved_and_broken(pilot: Pilot[None], ground: Ground) -> None:
    app = pilot.app
    await pilot.press("2")
    await shows(app, "archive_mode is off")
    await pilot.press("s")
    await shows(app, f"Set up archiving of {NAME}")
    await shows(app, "↻ needs a restart")
    # Whether the proposal stands in the field by now or not: the directory of this test is typed instead.
    await pilot.press("ctrl+u", *map(_key, ground.directory), "enter")
    await shows(app, "nothing of this has run yet")
    await pilot.press(*NAME, "enter")
    await shows(app, "✓ done")
    assert ground.psql("SELECT archived_count > 0 FROM pg_stat_archiver") == "t"

    ground.remove_archive()
    await shows(app, "FAILING")
    assert ground.directory in screen_text(app)


def _key(character: str) -> str:
    return {"/": "slash", " ": "space", "-": "minus", "_": "underscore"}.get(character, character)
