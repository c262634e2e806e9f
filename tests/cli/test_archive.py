"""`pgtui archive` on a real default cluster, as a user or a script gives it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Pgtui
from tests.local_cluster import ClusterFactory, LocalCluster

# The Docker SDK leaves the socket open that found no engine.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
NAME = "stu\"dent's; $(x) [red]\x1b"
DIRECTORY = "a\"b'c; $(x) [red] %f"


@pytest.fixture
def cluster(make_cluster: ClusterFactory) -> LocalCluster:
    return make_cluster(archiving=False)


@pytest.fixture
def config(tmp_path: Path, cluster: LocalCluster) -> Path:
    path = tmp_path / "pgtui.toml"
    path.write_text(
        f"[[clusters]]\nname = {json.dumps(NAME)}\nhost = 'local'\n"
        f"data_directory = {json.dumps(str(cluster.data))}\nbindir = {json.dumps(str(cluster.bindir))}\n"
    )
    return path


def test_an_archive_from_the_command_line(pgtui: Pgtui, config: Path, cluster: LocalCluster) -> None:
    def archive(*arguments: str) -> "tuple[int, str, str]":
        done = pgtui("--config", str(config), "archive", *arguments)
        return done.code, done.out, done.err

    directory = f"{cluster.home}/{DIRECTORY}"
    setup = ("setup", NAME, "--directory", directory)

    code, out, _ = archive(*setup, "--plan", "--json")
    assert code == 0
    assert [step["destructive"] for step in json.loads(out)["steps"]].count(True) == 1
    code, out, err = archive(*setup, "--method", "postgresql.conf", "--timeout", "60", "--script")
    assert (code, out.startswith("#!/usr/bin/env bash"), "\x1b" in err) == (0, True, False)
    assert "archive_timeout = 60" in out
    assert not Path(directory).exists()

    code, out, _ = archive(*setup, "--yes", "--json")
    assert (code, json.loads(out)["state"]) == (0, "done")
    assert cluster.psql("SHOW archive_mode") == "on"

    assert archive("switch", NAME, "--yes")[0] == 0
    assert archive("restore-point", NAME, "it's \\ me", "--yes")[0] == 0
    assert archive("timeout", NAME, "90", "--yes")[0] == 0
    assert cluster.psql("SHOW archive_timeout") == "90s"
    assert archive("log", NAME, "--yes")[0] == 0
    assert cluster.psql("SHOW logging_collector") == "on"
    assert archive("off", NAME, "--yes")[0] == 0
    assert cluster.psql("SHOW archive_mode") == "off"
    code, _, err = archive("switch", NAME, "--yes")
    assert (code, err) == (
        2,
        "pgtui: Archiving is off, so nothing would be archived.\n  `pgtui archive setup` sets it up.\n",
    )


def test_off_wants_the_clusters_name_typed(pgtui: Pgtui, config: Path, cluster: LocalCluster) -> None:
    cluster.psql("ALTER SYSTEM SET archive_mode = on")
    cluster.stop()
    cluster.start()
    done = pgtui("--config", str(config), "archive", "off", NAME, typed="y\n")
    assert (done.code, "Nothing was done." in done.err) == (0, True)
    assert cluster.psql("SHOW archive_mode") == "on"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "The following arguments are required: ACTION"),
        (("set-up", "c"), "There is no ACTION 'set-up'"),
        (("timeout", "c", "-1"), "seconds must be a whole number from zero on, not '-1'"),
        (("setup", "c", "--timeout", "x"), "--timeout must be a whole number from zero on, not 'x'"),
        (("setup", "c", "--method", "sql"), "--method cannot be 'sql'"),
        (("switch", "c"), "There is nobody to ask"),
        (("switch", "nobody", "--yes"), "There is no cluster 'nobody'"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    pgtui: Pgtui, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "empty.toml"
    path.touch()
    done = pgtui("--config", str(path), "archive", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
