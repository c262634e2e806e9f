"""What any safe console needs of Textual: no control characters, no locals in a crash, an orderly end."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from platformdirs import user_state_path
from textual.app import App
from textual.filter import LineFilter
from textual.notifications import SeverityLevel

from pgtui.ui.crash import last_words, root_of, write_report
from pgtui.ui.text import ControlCharacterFilter, plain
from pgtui.ui.themes import THEMES, VARIABLE_DEFAULTS

_THREADS = 24
"""Calls that wait for an engine must not queue behind each other: the default is 6 on two cores."""


class Shell(App[None]):
    """An app that passes nothing unsafe to the terminal and drains its work before it ends."""

    ALLOW_SELECT = False

    def __init__(self, *, clock: Callable[[], datetime], state_directory: Path | None) -> None:
        super().__init__()
        self.clock = clock
        self._state_directory = state_directory
        self._control_filter = ControlCharacterFilter()
        self._ending: asyncio.Task[None] | None = None
        for theme in THEMES:
            self.register_theme(theme)

    async def drain(self) -> None:
        """End what runs and close what is open; awaited once before the app exits."""
        raise NotImplementedError

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="pgtui"))
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.end, 128 + number)
        # A terminal that goes away sends SIGHUP and SIGCONT. Textual takes the latter for the end of a ctrl+z
        # and starts a second thread that reads the keys, which nobody ends: the program would spin for ever.
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    def on_unmount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)

    def end(self, code: int = 0) -> None:
        """Drain, then exit; a second call changes nothing."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._drain_and_exit(code))

    async def _drain_and_exit(self, code: int) -> None:
        try:
            await self.drain()
        finally:
            self.exit(return_code=code)

    async def run_async(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().run_async(*args, **kwargs)
        finally:
            # After a crash nothing has been drained yet.
            await self.drain()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._control_filter]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLE_DEFAULTS

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002
    ) -> None:
        """Show a notice; its text is never parsed as markup."""
        super().notify(plain(message), title=plain(title), severity=severity, timeout=timeout, markup=False)

    def action_help_quit(self) -> None:
        self.notify("Press q to leave pgtui (in a field: escape, then q).")

    def _handle_exception(self, error: Exception) -> None:
        if not self._exit:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Exit after an error of our own: Textual would print every local variable."""
        self.bell()
        if self._exception is not None and not self._exit_renderables:
            error = root_of(self._exception)
            self._exit_renderables.append(last_words(error, self._report(error)))
        self._close_messages_no_wait()

    def _report(self, error: BaseException) -> Path | None:
        folder = self._state_directory or user_state_path("pgtui")
        try:
            return write_report(error, folder, self.clock())
        except OSError:
            # A full or read-only disk must not hide the error itself.
            return None
