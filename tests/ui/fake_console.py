"""The console on fakes as a program, for tests in a real terminal: `python -m tests.ui.fake_console CASE`."""

import sys
from dataclasses import replace
from pathlib import Path

from pgtui.domain.cluster import Cluster, InventorySnapshot, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.ui.app import PgtuiApp
from tests.ui.console import make_app
from tests.ui.fakes import FACTS, HOSTS, NOW, FakeInventory, fake_services
from tests.ui.hostile import HOSTILE

SECRET = "hunter2"


class FailingApp(PgtuiApp):
    """Fails when help is asked for, with a secret in a local variable."""

    def action_show_help(self) -> None:
        password = SECRET
        raise RuntimeError(f"broken after {len(password)}")


def hostile_app() -> PgtuiApp:
    clusters = tuple(
        Cluster(name, Place(HostKind.DOCKER, name), ServerState.RUNNING, image=name, problem=name)
        for name in HOSTILE
    )
    answers = {name: replace(FACTS, version_text=name) for name in HOSTILE}
    inventory = FakeInventory(snapshot=InventorySnapshot(HOSTS, clusters, NOW), answers=dict(answers))
    return make_app(fake_services(inventory), chosen=HOSTILE[0])


def main(case: str, state: str) -> int:
    app = hostile_app() if case == "hostile" else make_app(state=Path(state))
    if case == "crash":
        app.__class__ = FailingApp
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
