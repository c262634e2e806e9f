"""Steps in words, one sentence each."""

from typing import assert_never

from pgtui.domain.plan import (
    AwaitSettings,
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    ProveArchiving,
    ReloadServer,
    RemoveSandbox,
    RestartServer,
    RunCommand,
    RunSql,
    StartSandbox,
    StartServer,
    Step,
    StopServer,
)
from pgtui.domain.recovery_target import describe_target


def describe_step(step: Step) -> str:
    """Return what a step does, as one sentence without a full stop."""
    match step:
        case RunCommand():
            return step.words
        case StartServer():
            return f"Start the server at {step.place}"
        case StopServer():
            return f"Stop the server at {step.place} ({step.mode} shutdown)"
        case RestartServer():
            return f"Restart the server at {step.place} ({step.mode} shutdown)"
        case ReloadServer():
            return f"Have the server at {step.place} reload its configuration"
        case RunSql():
            return step.words
        case AwaitSettings():
            return f"Wait until the server has {', '.join(name for name, _ in step.settings)} as set"
        case ProveArchiving(archive=""):
            return "Finish the current WAL segment and wait until the server has archived it"
        case ProveArchiving():
            return f"Finish the current WAL segment and see it land in {step.archive}, byte for byte"
        case CreateSandbox():
            return f"Make room for the sandbox {step.sandbox.name}"
        case LayDownBackup():
            return f"Copy the base backup {step.sandbox.backup} into the sandbox"
        case StartSandbox():
            return "Start the sandbox's server, which replays WAL from the archive"
        case AwaitTarget():
            return f"Wait until replay has paused at {describe_target(step.target)}"
        case RemoveSandbox():
            return f"Remove the sandbox {step.sandbox.name} and all that was made for it"
        case _:
            assert_never(step)
