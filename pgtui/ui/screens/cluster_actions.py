"""What the commands of the Clusters mode do: ask the services, show dialogs, submit plans."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from pgtui.domain.cluster import Cluster, Database, Relation, Schema
from pgtui.domain.errors import PasswordNeeded, PgtuiError
from pgtui.domain.plan import Plan
from pgtui.services.server_control import reload_plan, restart_plan, start_plan, stop_plan
from pgtui.ui.dialogs.add_cluster import AddClusterDialog
from pgtui.ui.dialogs.confirm import ConfirmDialog
from pgtui.ui.dialogs.password import PasswordDialog
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.outline import Key
from pgtui.ui.screens.server_log import ServerLogSheet

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.services.inventory import Inventory
    from pgtui.ui.screens.clusters import ClustersScreen


class ClusterActions:
    """Workers of one Clusters screen; all answers come back to it."""

    def __init__(self, screen: "ClustersScreen") -> None:
        self._screen = screen

    def _begin(self, work: Coroutine[object, object, None], group: str) -> None:
        self._screen.run_worker(work, group=group, exclusive=group == "dialog")

    def load(self, key: Key) -> None:
        """Ask for what lies below a row."""
        services = self._screen.services
        if services is not None:
            self._begin(self._load(services, key), "load")

    async def _load(self, services: "Services", key: Key) -> None:
        try:
            children = await _children(services.inventory, key)
        except PgtuiError as error:
            self._screen.loaded(key, error)
            if isinstance(error, PasswordNeeded):
                self.enter_password(error.message)
        else:
            self._screen.loaded(key, children)

    def start(self) -> None:
        self._plan(start_plan)

    def stop(self) -> None:
        self._plan(stop_plan)

    def restart(self) -> None:
        self._plan(restart_plan)

    def reload(self) -> None:
        self._plan(reload_plan)

    def _plan(self, make: Callable[[Cluster], Plan]) -> None:
        services, target = self._screen.services, self._screen.target
        if services is not None and target is not None:
            self._begin(self._show_plan(services, make(target)), "dialog")

    async def _show_plan(self, services: "Services", plan: Plan) -> None:
        screen = self._screen
        try:
            commands = await services.jobs.command_lines(plan)
            script = await services.jobs.script(plan)
            if await screen.app.push_screen_wait(PlanDialog(plan, commands, script)):
                screen.console.submit(plan)
                screen.notify(f"{plan.title}: {plan.cluster}", title="Begun")
        except PgtuiError as error:
            screen.console.show_error(error)

    def follow_log(self) -> None:
        """Open the server's log."""
        services, target = self._screen.services, self._screen.target
        if services is None or target is None:
            return
        inventory, name = services.inventory, target.name
        self._screen.app.push_screen(
            ServerLogSheet(f"Server log of {name}", lambda: inventory.server_log(name))
        )

    def enter_password(self, words: str = "") -> None:
        """Ask for the password of the cluster's user, then connect anew."""
        services, target = self._screen.services, self._screen.target
        if services is not None and target is not None:
            self._begin(self._ask_password(services, target, words), "dialog")

    async def _ask_password(self, services: "Services", target: Cluster, words: str) -> None:
        screen = self._screen
        password = await screen.app.push_screen_wait(PasswordDialog(target.name, target.user, words))
        if password is not None:
            services.inventory.use_password(target.name, password)
            screen.load_again(target.name)
            screen.console.look_now()

    def add(self) -> None:
        """Write an entry for a cluster; the one under the cursor is proposed unless it has one."""
        services, target = self._screen.services, self._screen.target
        if services is not None:
            proposed = target if target is not None and not target.from_config else None
            self._begin(self._add(services, proposed), "dialog")

    async def _add(self, services: "Services", proposed: Cluster | None) -> None:
        screen = self._screen
        name = await screen.app.push_screen_wait(AddClusterDialog(services.inventory.add, proposed))
        if name is not None:
            screen.notify(f"{name} is in the configuration now.", title="Written")
            screen.console.look_now()

    def hide(self) -> None:
        """Have the cluster under the cursor not shown any more."""
        services, target = self._screen.services, self._screen.target
        if services is not None and target is not None:
            self._begin(self._hide(services, target), "dialog")

    async def _hide(self, services: "Services", target: Cluster) -> None:
        screen = self._screen
        words = (
            f"{target.name} ({target.place}) will not be shown any more. Nothing else changes; "
            "to see it again, remove `hidden = true` from its entry in the configuration file."
        )
        if not await screen.app.push_screen_wait(
            ConfirmDialog("Hide the cluster", words, yes="Hide", no="Keep")
        ):
            return
        try:
            await services.inventory.hide(target.name)
        except PgtuiError as error:
            screen.console.show_error(error)
        else:
            screen.console.look_now()


async def _children(
    inventory: "Inventory", key: Key
) -> tuple[Database, ...] | tuple[Schema, ...] | tuple[Relation, ...]:
    match key:
        case (_, cluster):
            return await inventory.databases(cluster)
        case (_, cluster, database):
            return await inventory.schemas(cluster, database)
        case (_, cluster, database, schema):
            return await inventory.relations(cluster, database, schema)
        case _:
            return ()
