"""`pgtui archive check` and `prune`, as an operator or a monitoring script gives them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import NAME, Pgtui
from tests.local_cluster import ClusterFactory
from tests.services.archives import NEW, OLD, fill, kept, path_of, segments
from tests.services.house import LocalSite

# The Docker SDK leaves the socket open that found no engine.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
HOSTILE = "x\x1b[31m\n[red]"


@pytest.fixture(scope="module")
def filled(session_clusters: ClusterFactory) -> LocalSite:
    site = LocalSite(session_clusters(initdb_args=("--wal-segsize=1",)))
    fill(site)
    return site


@pytest.fixture
def site(filled: LocalSite) -> Iterator[LocalSite]:
    """A cluster with two backups, whose archive the test may damage (`config` names it)."""
    with kept(filled):
        yield filled


def test_a_whole_archive_ends_with_0_and_a_damaged_one_with_1(
    pgtui: Pgtui, config: Path, site: LocalSite
) -> None:
    whole = pgtui("--config", str(config), "archive", "check", NAME)
    assert (whole.code, whole.out.rstrip().split("\n")[-1]) == (0, "The archive is whole.")
    gone = segments(site)[-2]
    (site.local.archive / gone).unlink()
    (site.local.archive / HOSTILE).touch()

    done = pgtui("--config", str(config), "archive", "check", NAME)

    assert done.code == 1
    assert f"MISSING {gone} (1 segment)" in done.out
    assert "  Nothing after " in done.out
    assert "UNKNOWN x␛[31m␊[red]: " in done.out
    assert "\x1b" not in done.out
    as_json = pgtui("--config", str(config), "archive", "check", NAME, "--json", "--every-header")
    assert (as_json.code, as_json.json["whole"], as_json.json["hole_count"]) == (1, False, 1)
    assert as_json.json["spans"][0]["holes"][0]["first"] == gone
    assert as_json.json["problems"][0]["name"] == HOSTILE


def test_pruning_shows_its_plan_asks_for_the_name_and_deletes(
    pgtui: Pgtui, config: Path, site: LocalSite
) -> None:
    prune = ("--config", str(config), "archive", "prune", NAME, "--keep-from", path_of(site, NEW))
    before = segments(site)
    plan = pgtui(*prune, "--plan", "--json").json
    shown = pgtui(*prune, "--plan")
    script = pgtui(*prune, "--script")
    refused = pgtui(*prune, typed="y\n")
    assert segments(site) == before
    assert plan["goes"] == [name for name in before if name < plan["cut"]]
    assert f"{plan['goes_count']} files go" in shown.out
    assert repr(path_of(site, OLD)) in shown.out
    assert plan["steps"][0]["destructive"]
    assert "pg_archivecleanup" in script.out
    assert (refused.code, "Nothing was done." in refused.err) == (0, True)

    done = pgtui(*prune, typed=f"{NAME}\n")

    assert done.code == 0
    assert segments(site) == [name for name in before if name not in plan["goes"]]
    again = pgtui(*prune, "--yes", "--json")
    assert (again.code, again.json["goes"], again.json["job"]) == (0, [], None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("prune", NAME, "--plan", "--keep-from", "/none"), "There is no base backup '/none'"),
        (("prune", NAME), "There is nobody to ask"),
        (("check", "stranger"), "There is no cluster 'stranger'"),
        (("inspect", NAME), "There is no ACTION 'inspect'"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(
    pgtui: Pgtui, config: Path, given: tuple[str, ...], words: str
) -> None:
    done = pgtui("--config", str(config), "archive", *given)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
