"""Entries and extra clusters lie over what discovery found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.domain.server_version import ServerVersion
from pgtui.services.overlay import Entry, Known, entry_fields, entry_for, overlay

ID = "3b83238e3796" + "0" * 52
CONTAINER = Cluster(
    "pg1",
    Place(HostKind.DOCKER, "pg1"),
    ServerState.RUNNING,
    version=ServerVersion.of_major(17),
    data_directory="/var/lib/postgresql/data",
    image="postgres:17",
    database="shop",
    container_id=ID,
)
LOCAL = Cluster("17-main", Place(HostKind.LOCAL, "/srv/pg/17/main"), ServerState.STOPPED)


def same(path: str) -> str:
    return path


def laid(*entries: Entry, found: tuple[Cluster, ...] = (CONTAINER, LOCAL)) -> dict[str, Known]:
    return {known.cluster.name: known for known in overlay(found, entries, (), same)}


def test_what_was_found_is_known_without_any_entry() -> None:
    assert [known.cluster for known in laid().values()] == [CONTAINER, LOCAL]


@pytest.mark.parametrize("container", ["pg1", ID, ID[:12], ID[:6]])
def test_an_entry_finds_its_container_by_name_and_by_id(container: str) -> None:
    entry = Entry(
        "student", HostKind.DOCKER, container, user="anna", backups=("/backup",), archive="/archive"
    )
    known = laid(entry)
    assert list(known) == ["student", "17-main"]
    assert known["student"].entry is entry
    assert known["student"].cluster == replace(
        CONTAINER, name="student", user="anna", backups=("/backup",), archive="/archive", from_config=True
    )
    assert not known["student"].needs_probe


def test_a_container_by_name_comes_before_another_one_by_id() -> None:
    named = replace(CONTAINER, name=ID[:12], place=Place(HostKind.DOCKER, ID[:12]), container_id="f" * 64)
    (student, *_) = laid(Entry("student", HostKind.DOCKER, ID[:12]), found=(CONTAINER, named)).values()
    assert student.cluster.place == named.place


def test_the_beginning_of_an_id_must_be_long_enough_to_mean_one() -> None:
    known = laid(Entry("student", HostKind.DOCKER, ID[:2]))
    assert known["student"].needs_probe
    assert "pg1" in known


def test_an_entry_finds_its_data_directory_through_links() -> None:
    links = {"/srv/pg/current": "/srv/pg/17/main"}
    entry = Entry("main", HostKind.LOCAL, data_directory="/srv/pg/current")
    known = overlay((LOCAL,), (entry,), (), lambda path: links.get(path, path))
    assert [(k.cluster.name, k.cluster.place) for k in known] == [("main", LOCAL.place)]


def test_an_entry_of_another_host_is_another_cluster() -> None:
    known = laid(Entry("x", HostKind.LOCAL, data_directory="pg1"))
    assert known["x"].needs_probe
    assert "pg1" in known


def test_an_entry_that_matches_nothing_is_to_be_asked_for_by_name() -> None:
    known = laid(Entry("gone", HostKind.DOCKER, "postgresdb1", user="anna"))["gone"]
    assert known.needs_probe
    assert known.cluster.place == Place(HostKind.DOCKER, "postgresdb1")
    assert (known.cluster.state, known.cluster.user) == (ServerState.UNKNOWN, "anna")


def test_a_hidden_cluster_is_left_out_and_so_is_a_hidden_one_that_is_not_there() -> None:
    assert list(laid(Entry("any", HostKind.DOCKER, "pg1", hidden=True))) == ["17-main"]
    assert list(laid(Entry("any", HostKind.DOCKER, "absent", hidden=True))) == ["pg1", "17-main"]


def test_a_second_entry_for_one_cluster_says_that_it_does_not_count() -> None:
    known = laid(Entry("a", HostKind.DOCKER, "pg1"), Entry("b", HostKind.DOCKER, ID[:12]))
    assert known["a"].cluster.problem == ""
    assert "earlier entry" in known["b"].cluster.problem
    assert not known["b"].needs_probe


def test_a_discovered_name_that_is_taken_gets_a_number() -> None:
    twin = replace(LOCAL, name="pg1")
    third = replace(LOCAL, name="pg1", place=Place(HostKind.LOCAL, "/z"))
    assert list(laid(found=(third, twin, CONTAINER))) == ["pg1", "pg1-2", "pg1-3"]
    named = laid(Entry("pg1", HostKind.LOCAL, data_directory="/srv/pg/17/main"))
    assert named["pg1"].cluster.place == LOCAL.place
    assert named["pg1-2"].cluster.place == CONTAINER.place


def test_an_extra_cluster_takes_the_place_and_the_state_of_the_discovered_one() -> None:
    demo = Cluster("demo", LOCAL.place, ServerState.UNKNOWN, archive="/archive", user="anna")
    (known, other) = overlay((CONTAINER, LOCAL), (), (demo,), same)
    assert known.cluster == replace(demo, state=ServerState.STOPPED)
    assert other.cluster == CONTAINER
    (unseen,) = overlay((), (), (demo,), same)
    assert unseen.needs_probe


_NAMES = st.sampled_from(["a", "b", "a-2", "a-3"])
_FOUND = st.lists(
    st.builds(
        lambda name, number: replace(LOCAL, name=name, place=Place(HostKind.LOCAL, f"/{number}")),
        _NAMES,
        st.integers(0, 9),
    ),
    unique_by=lambda cluster: cluster.place,
    max_size=6,
)
_ENTRIES = st.lists(
    st.builds(
        lambda name, number: Entry(name, HostKind.LOCAL, data_directory=f"/{number}"),
        _NAMES,
        st.integers(0, 9),
    ),
    unique_by=lambda entry: entry.name,
    max_size=4,
)


@given(_FOUND, _ENTRIES)
def test_names_are_unique_and_do_not_depend_on_the_order_of_discovery(
    found: list[Cluster], entries: list[Entry]
) -> None:
    known = overlay(found, entries, (), same)
    names = [each.cluster.name for each in known]
    assert len(set(names)) == len(names)
    assert {entry.name for entry in entries} <= set(names)
    assert {each.cluster.place for each in known} >= {cluster.place for cluster in found}
    assert overlay(list(reversed(found)), entries, (), same) == known


def test_a_cluster_becomes_an_entry_without_what_goes_without_saying() -> None:
    assert entry_fields(entry_for(LOCAL)) == {
        "name": "17-main",
        "host": "local",
        "data_directory": "/srv/pg/17/main",
    }
    full = replace(CONTAINER, name="student", user="anna", backups=("/b",), archive="/a")
    assert entry_fields(entry_for(full)) == {
        "name": "student",
        "host": "docker",
        "container": "pg1",
        "user": "anna",
        "database": "shop",
        "backups": ["/b"],
        "archive": "/a",
    }
