"""One of each kind of step, every name in it hostile."""

from pgtui.domain.command import Command
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import (
    AwaitSettings,
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    Plan,
    PlannedStep,
    ProveArchiving,
    ReloadServer,
    RemoveSandbox,
    RestartServer,
    RunCommand,
    RunSql,
    StartSandbox,
    StartServer,
    Step,
    StopMode,
    StopServer,
)
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.sql import SqlSession
from tests.domain.made import HOSTILE, minutes, spec


def steps(text: str = HOSTILE) -> tuple[Step, ...]:
    """Every kind of step there is."""
    place = Place(HostKind.DOCKER, text)
    sandbox = spec(text)
    session = SqlSession(text, text, f"/{text}", 5432)
    return (
        RunCommand(place, Command(("echo", text, ""), "root", (("NAME", text),)), text),
        StartServer(Place(HostKind.LOCAL, f"/{text}")),
        StopServer(place, StopMode.IMMEDIATE),
        RestartServer(place, StopMode.SMART),
        ReloadServer(place),
        RunSql(place, session, (text, "SELECT 1"), text),
        AwaitSettings(place, session, (("archive_command", text),)),
        ProveArchiving(place, session, text, f"/{text}", f"/{text}"),
        CreateSandbox(sandbox),
        LayDownBackup(sandbox, 2**40),
        StartSandbox(sandbox),
        AwaitTarget(sandbox, TimeTarget(minutes(0.0000001), 10), "0/2000028", text, ""),
        RemoveSandbox(sandbox),
    )


def plan(text: str = HOSTILE) -> Plan:
    """A plan of every kind of step, undone by every kind."""
    every = steps(text)
    return Plan(
        title=text,
        cluster=text,
        steps=tuple(
            PlannedStep(step, undo=every[number:], is_destructive=bool(number % 2))
            for number, step in enumerate(every)
        ),
        findings=(Finding(Severity.WARN, text, text), Finding(Severity.NOTE, text)),
        outcome=text,
        is_throwaway=True,
    )
