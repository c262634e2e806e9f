"""From the demo to a row that says Iron2, with Pilot: by keyboard alone at 80x24."""

from collections.abc import AsyncIterator
from datetime import UTC

import pytest
from textual.pilot import Pilot

from pgtui import bootstrap
from pgtui.cli.wiring import DemoChoice, Options
from pgtui.services.demo import DemoCluster
from pgtui.ui.app import PgtuiApp
from tests.ui.console import SMALL, screen_text, shows


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
async def demo(request: pytest.FixtureRequest) -> AsyncIterator[DemoCluster]:
    choice = DemoChoice()
    if request.param == "docker":
        request.getfixturevalue("engine")
        choice = DemoChoice(docker=True, image="pgtui-test-postgres:17")
    cluster = bootstrap.make_demo(Options(), choice)
    await cluster.create(lambda *_: None)
    yield cluster
    await cluster.remove()


async def test_a_user_goes_from_the_demo_to_iron2(demo: DemoCluster) -> None:
    app = PgtuiApp(lambda: bootstrap.open_services(Options(), demo), chosen="demo")
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await shows(app, "● running")
        await pilot.press("4")
        await shows(app, "Reachable")
        await _type(pilot, f"{demo.suggested_target.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00")
        await shows(app, "From base backup")
        await pilot.press("enter")
        await shows(app, "nothing of this has run yet")
        assert "The last transaction kept" in screen_text(app)
        await pilot.press("r")
        await shows(app, "Statement")
        await shows(app, "public.students")
        await _type(pilot, "select surname from students where id = 7")
        await pilot.press("enter")
        await shows(app, "Iron2")
        await shows(app, "1 row in")

        await pilot.press("tab", "d")
        await shows(app, "Remove the sandbox")
        await pilot.press("r")
        await shows(app, "Reachable")
        assert app.services is not None
        assert [s for s in await app.services.sandboxes.list() if s.spec.cluster == "demo"] == []


async def _type(pilot: Pilot[None], text: str) -> None:
    for character in text:
        await pilot.press(_KEYS.get(character, character))


_KEYS = {
    " ": "space",
    "-": "minus",
    ":": "colon",
    ".": "full_stop",
    "+": "plus",
    "=": "equals_sign",
}
