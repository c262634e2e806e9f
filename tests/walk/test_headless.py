"""The same recovery by commands, as a script of a user's would run them: every host, every version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit

from tests.services.conftest import newest_past, past
from tests.services.house import DATABASE, TABLE, DockerSite, History, LocalSite, Site, quoted

__all__ = ["newest_past", "past"]


class Commands:
    """`pgtui` with a configuration of its own."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pgtui", "--config", str(self._config), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=dict(os.environ),
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done


def commands_for(site: Site, directory: Path) -> Commands:
    entry: dict[str, object] = {
        "name": "student",
        "host": str(site.cluster.place.kind),
        "user": site.cluster.user,
        "backups": list(site.cluster.backups),
    }
    settings: dict[str, object] = {"clusters": [entry]}
    if isinstance(site, DockerSite):
        entry["container"] = site.container.name
    else:
        assert isinstance(site, LocalSite)
        entry["data_directory"] = str(site.local.data)
        settings["bindirs"] = [str(site.local.bindir)]
        settings["sandbox_directory"] = str(site.sandboxes)
    config = directory / "config.toml"
    config.write_text(tomlkit.dumps(settings))
    return Commands(config)


def test_a_recovery_by_commands(past: tuple[Site, History], tmp_path: Path) -> None:
    site, history = past
    pgtui = commands_for(site, tmp_path)
    recover = ("recover", "student", "--to-time", history.iron2, "--into", "sandbox")

    listed = json.loads(pgtui.run("clusters", "--json").stdout)
    assert "student" in json.dumps(listed)
    plan = pgtui.run(*recover, "--plan").stdout
    assert "Copy the base backup" in plan
    assert _sandboxes(pgtui) == []

    job = json.loads(pgtui.run(*recover, "--yes", "--json").stdout)
    assert job["state"] == "done"
    [name] = _sandboxes(pgtui)
    query = f"SELECT name FROM {quoted(TABLE)} ORDER BY id"
    rows = json.loads(pgtui.run("sandbox", "query", name, "-d", DATABASE, query, "--json").stdout)
    assert "Iron2" in json.dumps(rows)
    assert "Iron3" not in json.dumps(rows)
    assert name in pgtui.run("sandbox", "list").stdout
    assert "done" in pgtui.run("jobs").stdout
    undo = ("jobs", "undo", job["id"])
    assert f"Remove the sandbox {name}" in pgtui.run(*undo, "--plan").stdout
    assert pgtui.run(*undo, "--script").stdout.startswith("#!/usr/bin/env bash")
    assert _sandboxes(pgtui) == [name]
    pgtui.run("sandbox", "remove", name, "--yes")
    assert _sandboxes(pgtui) == []


def test_without_a_yes_and_without_a_terminal_nothing_runs(
    newest_past: tuple[Site, History], tmp_path: Path
) -> None:
    site, history = newest_past
    pgtui = commands_for(site, tmp_path)

    done = pgtui.run("recover", "student", "--to-time", history.iron2, "--into", "sandbox", code=2)

    assert "--yes" in done.stderr
    assert _sandboxes(pgtui) == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [("2026-11-22 11:59:57", "no time zone"), ("garbage", "is not a time"), ("2999-01-01 00:00Z", "future")],
)
def test_a_time_that_cannot_be_meant_is_bad_input(
    newest_past: tuple[Site, History], tmp_path: Path, typed: str, words: str
) -> None:
    site, _ = newest_past
    pgtui = commands_for(site, tmp_path)

    done = pgtui.run("recover", "student", "--to-time", typed, "--into", "sandbox", "--yes", code=2)

    assert words in done.stderr
    # The hint stands below, indented.
    assert done.stderr.count("\n  ") == 1


def _sandboxes(pgtui: Commands) -> list[str]:
    """The names of this cluster's sandboxes; an engine may hold those of others."""
    listed = json.loads(pgtui.run("sandbox", "list", "--json").stdout)
    return [s["name"] for s in listed if s["cluster"] == "student"]
