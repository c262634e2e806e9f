"""Jobs: run plans, tell of them, cancel, undo, and find again what was interrupted."""

from collections.abc import Callable

from pgtui.domain.job import JobSnapshot
from pgtui.domain.plan import Plan

Listener = Callable[[JobSnapshot], None]
"""Called in the event loop with each new snapshot of a job, at most about 8 times a second per job."""


class Jobs:
    """Owns every running plan; screens only watch."""

    def submit(self, plan: Plan) -> str:
        """Begin to run a plan and return the job's id."""
        raise NotImplementedError

    def snapshots(self) -> tuple[JobSnapshot, ...]:
        """Return every job known, running ones and past ones, newest first."""
        raise NotImplementedError

    def get(self, job_id: str) -> JobSnapshot:
        """Return one job. Raises BadInput when there is none of this id (or unambiguous prefix)."""
        raise NotImplementedError

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with each change; returns the function that ends this."""
        raise NotImplementedError

    async def wait(self, job_id: str) -> JobSnapshot:
        """Wait until a job is not running any more."""
        raise NotImplementedError

    async def cancel(self, job_id: str) -> None:
        """End a running job; its step's process is ended on the host, the job's undo is then offered."""
        raise NotImplementedError

    def undo(self, job_id: str) -> None:
        """Begin to undo a failed, cancelled, interrupted or finished job."""
        raise NotImplementedError

    def finish(self, job_id: str) -> None:
        """Begin to finish an interrupted, failed or cancelled job from where it stood."""
        raise NotImplementedError

    async def load_past(self) -> tuple[JobSnapshot, ...]:
        """Read the journal; return the jobs that were interrupted and are neither finished nor undone."""
        raise NotImplementedError

    async def shutdown(self) -> None:
        """Cancel what runs and wait for it: to be awaited before the program ends."""
        raise NotImplementedError

    async def script(self, plan: Plan) -> str:
        """Return a plan as a bash script."""
        raise NotImplementedError

    async def command_lines(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """Return the shell lines of each step of a plan."""
        raise NotImplementedError
