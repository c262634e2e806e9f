"""The command line in this process, on a cluster with a history that the configuration names."""

import gc
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pgtui.bootstrap import wiring
from pgtui.cli.entry import run
from tests.local_cluster import ClusterFactory
from tests.services.house import History, LocalSite, write_history

NAME = "stu\"dent's; $(x) [red]\x1b"
"""What the configuration calls the cluster."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Pgtui = Callable[..., Done]


class Keyboard(io.StringIO):
    """Typed lines that come from a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pgtui(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Pgtui]:
    """Run a command line; `typed` is what a user at a terminal answers."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    # No engine: what containers there are on this machine is no business of these tests.
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")

    def call(*arguments: str, typed: str | None = None) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Keyboard(typed))
        code = run(arguments, wiring())
        out, err = capsys.readouterr()
        return Done(code, out, err)

    yield call
    # Now, while the warnings about it are still let pass: the SDK's sockets, see test_commands.
    gc.collect()


@pytest.fixture(scope="session")
def site(session_clusters: ClusterFactory) -> LocalSite:
    return LocalSite(session_clusters())


@pytest.fixture(scope="session")
def history(site: LocalSite) -> History:
    return write_history(site)


@pytest.fixture
def config(tmp_path: Path, site: LocalSite) -> Path:
    """A configuration that names the cluster."""
    path = tmp_path / "pgtui.toml"
    path.write_text(
        f"sandbox_directory = {json.dumps(str(site.sandboxes))}\n"
        f"[[clusters]]\nname = {json.dumps(NAME)}\nhost = 'local'\n"
        f"data_directory = {json.dumps(str(site.local.data))}\n"
        f"bindir = {json.dumps(str(site.local.bindir))}\n"
        f"backups = [{json.dumps(str(site.local.backups))}]\n"
        f"archive = {json.dumps(str(site.local.archive))}\n"
    )
    return path
