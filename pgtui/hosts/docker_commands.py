"""Steps as bash lines with the docker command: pure."""

from dataclasses import replace
from typing import assert_never

from pgtui.domain.archive_script import await_settings_lines, prove_archiving_lines
from pgtui.domain.command import SERVER_ACCOUNT, Command, assignments
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
    StopMode,
    StopServer,
)
from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.script import await_target_lines
from pgtui.domain.sql import SqlSession, psql_argv
from pgtui.hosts import docker_sandbox_recipes as recipes
from pgtui.hosts.docker_container import SANDBOX_LABEL, Container
from pgtui.hosts.docker_recipe import Recipe, ShellText, bench_recipe, create_argv, line
from pgtui.hosts.docker_run import Home
from pgtui.hosts.docker_server import IS_READY, SIGNALS


def step_lines(container: Container, home: Home, step: Step, *, running: bool) -> tuple[str, ...]:
    """Write a step for bash; `running` tells whether commands go into the container or beside it."""
    name = container.name
    match step:
        case RunCommand():
            return _split(_run(container, home, step.command, running))
        case StartServer():
            return _start(name, home)
        case StopServer():
            return _stop(name, step.mode)
        case RestartServer():
            return (*_stop(name, step.mode), *_start(name, home))
        case ReloadServer():
            return (line("docker", "kill", "--signal=HUP", name) + " >/dev/null",)
        case RunSql():
            return _sql(container, home, step)
        case AwaitSettings():
            return _split("\n".join(await_settings_lines(_psql(name, home, step.session), step)))
        case ProveArchiving():
            lines = prove_archiving_lines(
                _psql(name, home, step.session), lambda *words: _inside(name, home, *words), step
            )
            return _split("\n".join(lines))
        case CreateSandbox():
            return _create(container, home, step.sandbox)
        case LayDownBackup():
            return _lay_down(container, home, step.sandbox)
        case StartSandbox():
            return (line("docker", "start", step.sandbox.name) + " >/dev/null",)
        case AwaitTarget():
            return _await(home, step.sandbox)
        case RemoveSandbox():
            return _remove(step.sandbox.name)
        case _:
            assert_never(step)


def _sql(container: Container, home: Home, step: RunSql) -> tuple[str, ...]:
    words = line(*(word for statement in step.statements for word in ("-c", statement)))
    return _split(f"{_psql(container.name, home, step.session)} {words}")


def _psql(name: str, home: Home, session: SqlSession) -> str:
    return _inside(name, home, *psql_argv(f"{home.bindir}/psql" if home.bindir else "psql", session))


def _inside(name: str, home: Home, *words: str) -> str:
    return line("docker", "exec", "--user", home.account, name, *words)


def _run(container: Container, home: Home, command: Command, running: bool) -> str:
    account = home.account if command.user == SERVER_ACCOUNT else command.user
    argv = _readable(command.argv)
    if not running:
        recipe = bench_recipe(container)
        recipe = replace(
            recipe,
            user=account,
            env=(*recipe.env, *command.env),
            entrypoint=argv[0],
            arguments=argv[1:],
        )
        return _once(recipe)
    options = [word for pair in assignments(command) for word in ("--env", pair)]
    return line("docker", "exec", "--user", account, *options, container.name, *argv)


def _readable(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Have a script of pgtui's own shown with its line breaks; names come behind it, as its arguments."""
    if argv[:2] != ("sh", "-c") or len(argv) < 4:
        return argv
    return (*argv[:2], ShellText(argv[2]), *argv[3:])


def _once(recipe: Recipe) -> str:
    return line(*create_argv(recipe, "run", "--rm"))


def _start(name: str, home: Home) -> tuple[str, ...]:
    pg_isready = f"{home.bindir}/pg_isready" if home.bindir else "pg_isready"
    ready = line(
        *("docker", "exec", "--user", home.account, name),
        *("sh", "-c", ShellText(IS_READY.strip()), "sh", pg_isready, home.data_directory),
    )
    return (
        line("docker", "start", name) + " >/dev/null",
        *_split(f"until {ready}; do"),
        f"  {_is_running(name)} || {{ {line('docker', 'logs', '--tail', '20', name)} >&2; exit 1; }}",
        "  sleep 0.5",
        "done",
    )


def _stop(name: str, mode: StopMode) -> tuple[str, ...]:
    return (
        f"if {_is_running(name)}; then",
        f"  {line('docker', 'kill', f'--signal={SIGNALS[mode]}', name)} >/dev/null",
        f"  {line('docker', 'wait', name)} >/dev/null",
        "  # A restart policy may have brought it back.",
        f"  {line('docker', 'stop', '--time', '60', name)} >/dev/null",
        "fi",
    )


def _is_running(name: str) -> str:
    return f"""[ "$({line("docker", "inspect", "--format", "{{.State.Running}}", name)})" = true ]"""


def _create(container: Container, home: Home, spec: SandboxSpec) -> tuple[str, ...]:
    marks = [word for mark, value in recipes.labels(spec) for word in ("--label", f"{mark}={value}")]
    return (
        line("docker", "volume", "create", *marks, spec.name) + " >/dev/null",
        line(*create_argv(recipes.sandbox_recipe(container, home, spec))) + " >/dev/null",
    )


def _lay_down(container: Container, home: Home, spec: SandboxSpec) -> tuple[str, ...]:
    bench = recipes.room_recipe(container, spec)
    coming = recipes.incoming(container, spec)
    lines: list[str] = []
    if coming:
        parts = (each.part for each in coming)
        lines.append(_once(recipes.scripted(bench, recipes.PREPARE, *parts)))
    for each in coming:
        source = line("docker", "cp", "--follow-link", f"{container.name}:{each.path}", "-")
        lines.append(f"{source} | {line('docker', 'cp', '-', f'{spec.name}:{each.directory}')}")
    arguments = recipes.lay_down_arguments(container, home, spec)
    lines.append(_once(recipes.scripted(bench, recipes.LAY_DOWN, *arguments)))
    return _split("\n".join(lines))


def _await(home: Home, spec: SandboxSpec) -> tuple[str, ...]:
    psql = line(
        *("docker", "exec", "--user", home.account, spec.name),
        *(f"{spec.bindir or home.bindir}/psql", "-X", "-h", spec.socket_directory),
        *("-U", spec.user, "-d", "postgres", "-Atc"),
    )
    log = line("docker", "logs", spec.name) + " 2>&1"
    return await_target_lines(psql, log, _is_running(spec.name))


def _remove(name: str) -> tuple[str, ...]:
    mark = f"label={SANDBOX_LABEL}={name}"
    return (
        f"{line('docker', 'ps', '--all', '--quiet', '--filter', mark)} | xargs -r docker rm --force",
        f"{line('docker', 'volume', 'ls', '--quiet', '--filter', mark)} | xargs -r docker volume rm",
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))
