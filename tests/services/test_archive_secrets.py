"""A former archive_command that holds a secret: it leaves its server nowhere, and comes back exactly."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.cli.plans import plan_as_json, plan_in_words
from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.job import JobState
from pgtui.domain.plan import RestartServer
from pgtui.domain.words import describe_step
from pgtui.services.archive_setup import ArchiveSetup
from pgtui.storage.plan_codec import plan_to_json
from tests.docker_engine import MAJORS
from tests.local_cluster import installations
from tests.services.bare import Bare, OpenHouse, bash, kill_in_the_middle, make_bare, run, undo
from tests.services.house import LocalSite, until

CANARY = "c4n4ry-0f-s3cr3ts"
COMMANDS = (
    f"AWS_SECRET_ACCESS_KEY={CANARY} aws s3 cp \"%p\" 's3://b/%f'",
    # Nothing tells that this is a secret.
    f"/opt/push.sh '{CANARY}' %p \\ %f",
)
BY_FILE = SettingsMethod.CONFIGURATION_FILE
CHOICES = [
    *(
        pytest.param(("local", installations()[-1]), m, command, id=f"local-newest-{m}-{number}")
        for m in SettingsMethod
        for number, command in enumerate(COMMANDS)
    ),
    pytest.param(("local", installations()[0]), SettingsMethod.ALTER_SYSTEM, COMMANDS[1], id="local-oldest"),
    pytest.param(("docker", MAJORS[-1]), BY_FILE, COMMANDS[0], id="docker", marks=pytest.mark.docker),
]


def with_secret(bare: Bare, method: SettingsMethod, command: str) -> None:
    """Give a server an archive_command before archiving was ever switched on."""
    quoted = command.replace("'", "''")
    if method is BY_FILE:
        line = "  archive_command = '" + quoted.replace("\\", "\\\\") + "'  # ours"
        bare.sh('printf "%s\\n" "$2" "# the end" >>"$1/postgresql.conf"', bare.data, line)
    else:
        bare.site.psql(f"ALTER SYSTEM SET archive_command = '{quoted}'")
    bare.site.psql("SELECT pg_reload_conf()")
    until(lambda: command_of(bare) == command)


def command_of(bare: Bare) -> str:
    # SHOW hides it while archiving is off.
    return bare.site.psql("SELECT reset_val FROM pg_settings WHERE name = 'archive_command'")


def kept(bare: Bare) -> str:
    return bare.sh('find "$1" -maxdepth 1 -name "*.pgtui*" -printf "%m %f\\n"', bare.data)


def written(directory: Path) -> str:
    """All that pgtui keeps for itself."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert {"audit.jsonl"} < {path.name for path in files}
    return "".join(path.read_text() for path in files)


@pytest.mark.parametrize(("where", "method", "command"), CHOICES)
async def test_it_is_nowhere_and_undo_brings_it_back(
    request: pytest.FixtureRequest,
    open_house: OpenHouse,
    where: tuple[str, object],
    method: SettingsMethod,
    command: str,
) -> None:
    bare = make_bare(request, *where)
    with_secret(bare, method, command)
    house = open_house(bare.site)
    setup = ArchiveSetup(house.inventory)
    before = (command_of(bare), bare.files())
    draft = ArchiveDraft("student", f"{bare.room}/archive", method)

    plan = await setup.setup_plan(draft)
    rows, findings = await setup.rows(draft)
    told = [
        json.dumps(await plan_as_json(house.jobs, plan)),
        await plan_in_words(house.jobs, plan),
        await house.jobs.script(plan),
        json.dumps(plan_to_json(plan)),
        repr((plan, findings, rows)),
    ]
    assert not any(CANARY in each for each in told)
    assert [row.value for row in rows if row.name == "archive_command"] == ["another command"]
    job = await run(house, plan)
    assert (job.state, job.error) == (JobState.DONE, "")
    assert CANARY not in command_of(bare)
    assert kept(bare).startswith("600 postgresql.")
    undone = await undo(house, job)

    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    until(lambda: command_of(bare) == command)
    assert (command_of(bare), bare.files()) == before
    assert kept(bare) == ""
    assert CANARY not in written(house.state)
    assert CANARY not in repr((job, undone))


async def test_the_script_alone_brings_it_back(request: pytest.FixtureRequest, open_house: OpenHouse) -> None:
    bare = make_bare(request, "local", installations()[-1])
    with_secret(bare, SettingsMethod.ALTER_SYSTEM, COMMANDS[0])
    house = open_house(bare.site)
    before = bare.files()
    plan = await ArchiveSetup(house.inventory).setup_plan(ArchiveDraft("student", f"{bare.room}/archive"))
    script = await house.jobs.script(plan)

    told = bash(script) + bash(script, "undo")

    assert CANARY not in script + told
    until(lambda: command_of(bare) == COMMANDS[0])
    assert (bare.files(), kept(bare)) == (before, "")


BY_SQL = SettingsMethod.ALTER_SYSTEM
MOMENTS = [
    (2, "begun", BY_SQL),
    (3, "done", BY_SQL),
    (4, "begun", BY_FILE),
    (6, "begun", BY_FILE),
]
"""Around the steps that keep, that change the command, and that restart the server."""


@pytest.mark.parametrize(("step", "when", "method"), MOMENTS)
async def test_a_killed_set_up_brings_it_back(
    request: pytest.FixtureRequest,
    open_house: OpenHouse,
    tmp_path: Path,
    step: int,
    when: str,
    method: SettingsMethod,
) -> None:
    bare = make_bare(request, "local", installations()[-1])
    assert isinstance(bare.site, LocalSite)
    with_secret(bare, method, COMMANDS[1])
    before = (command_of(bare), bare.files())
    plan = await ArchiveSetup(open_house(bare.site).inventory).setup_plan(
        ArchiveDraft("student", f"{bare.room}/new", method)
    )
    assert describe_step(plan.steps[2].step).startswith("Keep ")
    assert isinstance(plan.steps[5 if method is BY_SQL else 6].step, RestartServer)
    house = await kill_in_the_middle(bare, plan, tmp_path / "killed", step, when)
    [job] = await house.jobs.load_past()

    undone = await undo(house, job)

    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    until(lambda: (command_of(bare), bare.files()) == before)
    assert kept(bare) == ""
    assert CANARY not in written(tmp_path / "killed")
    await house.inventory.close()


async def test_a_kept_file_that_was_removed_is_told(
    request: pytest.FixtureRequest, open_house: OpenHouse
) -> None:
    bare = make_bare(request, "local", installations()[-1])
    with_secret(bare, SettingsMethod.ALTER_SYSTEM, COMMANDS[0])
    house = open_house(bare.site)
    plan = await ArchiveSetup(house.inventory).setup_plan(ArchiveDraft("student", f"{bare.room}/archive"))
    # Without the restart, which takes its time.
    job = await run(house, replace(plan, steps=plan.steps[:4]))
    bare.sh('rm "$1"/*.pgtui-*', bare.data)

    undone = await undo(house, job)

    assert undone.state is JobState.FAILED
    assert "is gone: set by hand" in undone.error
    assert CANARY not in written(house.state)
