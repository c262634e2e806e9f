"""The commands on a real cluster, as a user or a script gives them."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import NAME, Done, Pgtui
from tests.services.house import DATABASE, TABLE, History, LocalSite, quoted

# The Docker SDK leaves the socket open that found no engine.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)

VISIBLE = NAME.replace("\x1b", "␛")
SELECT = f"select id, name from {quoted(TABLE)} order by id"


def test_clusters_tells_of_every_host_and_cluster(pgtui: Pgtui, config: Path, site: LocalSite) -> None:
    done = pgtui("--config", str(config), "clusters", "--json")

    assert done.code == 0
    assert {host["kind"]: bool(host["problem"]) for host in done.json["hosts"]} == {
        "docker": True,
        "local": False,
    }
    (found,) = [cluster for cluster in done.json["clusters"] if cluster["name"] == NAME]
    assert found["place"] == str(site.local.data)
    assert (found["host"], found["state"], found["from_config"]) == ("local", "running", True)
    assert found["archive"] == str(site.local.archive)


def test_clusters_for_people_shows_no_control_character(pgtui: Pgtui, config: Path) -> None:
    done = pgtui("--config", str(config), "clusters")

    assert done.code == 0
    assert f"{VISIBLE}  local  " in done.out
    assert "\x1b" not in done.out
    assert done.err.startswith("Docker: ")


def test_a_line_break_in_a_name_begins_no_line(pgtui: Pgtui, tmp_path: Path) -> None:
    path = tmp_path / "nl.toml"
    path.write_text('[[clusters]]\nname = "nl\\nb"\nhost = "local"\ndata_directory = "/absent\\nc"\n')

    for command in ("clusters", "doctor"):
        done = pgtui("--config", str(path), command)
        lines = (done.out + done.err).splitlines()
        assert any("nl␊b" in line for line in lines)
        assert any("/absent␊c" in line for line in lines)
        assert not [line for line in lines if line.strip().startswith(("b", "c:", "c "))]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--into", "elsewhere"), "--into cannot be 'elsewhere'.\n  It can be: sandbox."),
        (("--into", "sandbox", "--timeline", "x"), "--timeline must be a whole number above zero, not 'x'."),
        (("--into", "sandbox", "--timeline", "0"), "--timeline must be a whole number above zero, not '0'."),
    ],
)
def test_a_value_that_an_option_does_not_take_is_told_in_a_sentence(
    pgtui: Pgtui, given: tuple[str, ...], words: str
) -> None:
    done = pgtui("recover", "c", "--to-time", "2026-11-22 11:59:57+00", "--plan", *given)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"pgtui: {words}")


def _started(path: Path, sink: int) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "pgtui", "--config", str(path), "clusters", "--json")
    return subprocess.Popen(command, stdout=sink, stderr=subprocess.PIPE, text=True)


def test_a_full_disk_is_told_in_a_sentence(config: Path) -> None:
    with open("/dev/full", "w") as full:
        process = _started(config, full.fileno())
        _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "pgtui: Output could not be written: No space left on device." in err
    assert "report" not in err


def test_a_reader_that_has_gone_ends_it_quietly(config: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = _started(config, writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (141, "")


def test_an_unknown_cluster_is_answered_with_the_nearest(pgtui: Pgtui, config: Path) -> None:
    done = pgtui("--config", str(config), "reload", NAME[:-3], "--yes")

    assert (done.code, done.out) == (2, "")
    assert f"Did you mean {NAME!r}?" in done.err


def test_a_recovery_from_the_plan_to_the_end_of_its_sandbox(
    pgtui: Pgtui, config: Path, history: History
) -> None:
    ask = ("--config", str(config), "recover", NAME, "--to-time", history.iron2, "--into", "sandbox")

    planned = pgtui(*ask, "--plan")
    assert planned.code == 0
    assert planned.out.splitlines()[0].endswith(VISIBLE)
    assert "\n1. " in planned.out
    assert pgtui("sandbox", "list", "--json", "--config", str(config)).json == []

    ran = pgtui(*ask, "--yes", "--json")
    assert (ran.code, ran.json["state"]) == (0, "done")
    assert "[1/" in ran.err
    assert all(step["state"] == "done" for step in ran.json["steps"])

    sandbox = ran.json["sandbox"]
    _query_in_each_form(pgtui, config, sandbox)
    listed = pgtui("--config", str(config), "sandbox", "list", "--json").json
    assert [(each["name"], each["cluster"], each["running"]) for each in listed] == [(sandbox, NAME, True)]

    removed = pgtui("--config", str(config), "sandbox", "remove", sandbox, typed="y\n")
    assert (removed.code, removed.out) == (0, f"The sandbox {sandbox} is gone.\n")
    assert pgtui("--config", str(config), "sandbox", "list").out == "There are no sandboxes.\n"

    jobs = pgtui("--config", str(config), "jobs", "--json").json
    assert [job["state"] for job in jobs] == ["done", "done"]
    shown = pgtui("--config", str(config), "jobs", "show", ran.json["id"])
    assert f"Job {ran.json['id']}, done" in shown.out


def _query_in_each_form(pgtui: Pgtui, config: Path, sandbox: str) -> None:
    def query(*options: str) -> Done:
        return pgtui(
            "--config", str(config), "sandbox", "query", sandbox, "-d", DATABASE, *options, "--", SELECT
        )

    assert query("--json").json == [
        {"id": "1", "name": "Iron2"},
        {"id": "2", "name": None},
        {"id": "3", "name": ""},
    ]
    assert list(csv.reader(io.StringIO(query("--csv").out))) == [
        ["id", "name"],
        ["1", "Iron2"],
        ["2", ""],
        ["3", ""],
    ]
    assert query().out == "id  name\n1   Iron2\n2   NULL\n3\n"
    cut = query("--rows", "1", "--json")
    assert [row["id"] for row in cut.json] == ["1"]
    assert "more rows" in cut.err
    refused = pgtui("--config", str(config), "sandbox", "query", sandbox, "drop table x")
    assert (refused.code, refused.out) == (1, "")


def test_the_script_goes_to_standard_output_and_works_by_itself(
    pgtui: Pgtui, config: Path, history: History
) -> None:
    done = pgtui(
        *("--config", str(config), "recover", NAME, "--to-time", history.iron),
        *("--into", "sandbox", "--script"),
    )
    assert done.code == 0
    assert done.out.startswith("#!/usr/bin/env bash\n")
    assert subprocess.run(["bash", "-n"], input=done.out, text=True, check=False).returncode == 0

    subprocess.run(["bash"], input=done.out, text=True, check=True, timeout=120, capture_output=True)

    (sandbox,) = pgtui("--config", str(config), "sandbox", "list", "--json").json
    found = pgtui(
        *("--config", str(config), "sandbox", "query", sandbox["name"], "-d", DATABASE),
        *("--json", SELECT),
    )
    assert found.json[0]["name"] == "Iron"
    assert pgtui("--config", str(config), "sandbox", "remove", sandbox["name"], "--yes").code == 0


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("yesterday", "is not a time"),
        ("2001-01-01 00:00:00", "has no time zone"),
        ("2999-01-01 00:00+00", "future"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused_before_anything_runs(
    pgtui: Pgtui, config: Path, target: str, words: str
) -> None:
    done = pgtui("--config", str(config), "recover", NAME, "--to-time", target, "--into", "sandbox", "--yes")

    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert pgtui("--config", str(config), "jobs", "--json").json == []


def test_without_a_terminal_and_without_yes_nothing_is_done(pgtui: Pgtui, config: Path) -> None:
    done = pgtui("--config", str(config), "reload", NAME)

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert pgtui("--config", str(config), "jobs", "--json").json == []


def test_reload_asks_and_takes_no_for_an_answer(pgtui: Pgtui, config: Path) -> None:
    refused = pgtui("--config", str(config), "reload", NAME, typed="\n")
    assert (refused.code, refused.out) == (0, "")
    assert "Nothing was done." in refused.err

    agreed = pgtui("--config", str(config), "reload", NAME, typed="y\n")
    assert agreed.code == 0
    assert agreed.out == "Reload the configuration: done.\n"


def test_stopping_wants_the_clusters_name_typed(pgtui: Pgtui, config: Path, site: LocalSite) -> None:
    for typed in ("y\n", "yes\n", "\n", "student\n"):
        assert "Nothing was done." in pgtui("--config", str(config), "stop", NAME, typed=typed).err
    assert site.local.is_running()

    stopped = pgtui("--config", str(config), "stop", NAME, typed=f"{NAME}\n")
    assert stopped.code == 0
    assert not site.local.is_running()

    started = pgtui("--config", str(config), "start", NAME, "--yes", "--json")
    assert (started.code, started.json["state"]) == (0, "done")
    assert site.local.is_running()


def test_the_plan_of_a_restart_changes_nothing(pgtui: Pgtui, config: Path, site: LocalSite) -> None:
    started = site.psql("select pg_postmaster_start_time()")
    done = pgtui("--config", str(config), "restart", NAME, "--mode", "immediate", "--plan", "--json")

    assert [step["destructive"] for step in done.json["steps"]] == [True]
    assert any("immediate" in line for line in done.json["steps"][0]["commands"])
    assert site.psql("select pg_postmaster_start_time()") == started


def test_an_unknown_job_and_sandbox_are_told(pgtui: Pgtui) -> None:
    for arguments in (("jobs", "show", "x"), ("jobs", "undo", "x"), ("sandbox", "query", "x", "y")):
        done = pgtui(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "There is no" in done.err


def test_doctor_has_something_to_say_about_every_area(pgtui: Pgtui, config: Path) -> None:
    done = pgtui("--config", str(config), "doctor", "--json")

    areas = {check["area"] for check in done.json["checks"]}
    assert {"configuration", "hosts", "tools", "clusters", "jobs"} <= areas
    assert done.json["healthy"] is (done.code == 0)
    docker = [check for check in done.json["checks"] if check["message"].startswith("Docker:")]
    assert [check["health"] for check in docker] == ["note"]


def test_doctor_works_with_a_broken_configuration(pgtui: Pgtui, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("themee = 1\n")
    done = pgtui("--config", str(path), "doctor")

    assert done.code == 1
    assert f'PROBLEM  {path}, line 1: there is no setting "themee".' in done.out
    assert "Did you mean theme?" in done.out
    assert "This machine can be used." in done.out


def test_an_interrupted_job_is_told_by_every_command_and_can_be_undone(
    pgtui: Pgtui, config: Path, isolated_environment: Path
) -> None:
    done = pgtui("--config", str(config), "reload", NAME, "--yes", "--json")
    (journal,) = (isolated_environment / "state" / "pgtui" / "jobs").glob("*.jsonl")
    records = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in records if json.loads(line)["type"] != "end"))
    job = done.json["id"]

    told = pgtui("--config", str(config), "clusters")
    assert told.code == 0
    assert f"pgtui jobs finish {job}" in told.err
    assert pgtui("--config", str(config), "doctor").code == 1
    assert pgtui("--config", str(config), "jobs", "--json").json[0]["state"] == "interrupted"
    asked = pgtui("--config", str(config), "jobs", "finish", job[:-1], typed="n\n")
    assert "Nothing was done." in asked.err

    unanswered = pgtui("--config", str(config), "jobs", "finish", job)
    assert (unanswered.code, unanswered.out) == (2, "")
    (host_command,) = pgtui("--config", str(config), "reload", NAME, "--plan", "--json").json["steps"]
    planned = pgtui("--config", str(config), "jobs", "finish", job, "--plan")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.startswith(f"Finish: Reload the configuration: {VISIBLE}\n")
    rest = pgtui("--config", str(config), "jobs", "finish", job, "--plan", "--json").json["steps"]
    assert rest in ([], [host_command])
    script = pgtui("--config", str(config), "jobs", "finish", job, "--script")
    assert (script.code, script.out[:20]) == (0, "#!/usr/bin/env bash\n")
    assert pgtui("--config", str(config), "jobs", "--json").json[0]["state"] == "interrupted"

    finished = pgtui("--config", str(config), "jobs", "finish", job, "--yes")
    assert finished.code == 0
    assert "interrupted" not in pgtui("--config", str(config), "clusters").err
