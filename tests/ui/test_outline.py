"""The rows of the tree."""

from dataclasses import replace

from pgtui.domain.cluster import HostStatus, InventorySnapshot, Relation
from pgtui.domain.errors import ConnectError
from pgtui.domain.place import HostKind
from pgtui.ui.outline import MOST_CHILDREN, Loading, Outline, RowKind, index_of
from tests.ui.fakes import DATABASES, NOW, RELATIONS, SCHEMAS, SNAPSHOT

STUDENT = ("docker", "student")
PUBLIC = (*STUDENT, "student_tracker", "public")


def _texts(outline: Outline, wanted: str = "") -> list[str]:
    return [row.text for row in outline.rows(SNAPSHOT, wanted)]


def _open_to_public() -> Outline:
    outline = Outline()
    outline.expanded = {STUDENT, PUBLIC[:3], PUBLIC}
    outline.children = {STUDENT: DATABASES, PUBLIC[:3]: SCHEMAS, PUBLIC: RELATIONS}
    return outline


def test_clusters_stand_below_their_host() -> None:
    assert _texts(Outline()) == ["Docker", "library", "student", "This machine", "main"]


def test_what_is_open_shows_what_was_loaded() -> None:
    assert _texts(_open_to_public())[2:10] == [
        *("student", "postgres", "student_tracker", "public"),
        *("courses", "enrolments", "enrolments_pkey", "students"),
    ]


def test_a_database_that_allows_no_connections_cannot_be_opened() -> None:
    rows = {row.text: row for row in _open_to_public().rows(SNAPSHOT)}

    assert rows["template1"].can_expand
    assert not rows["template0"].can_expand


def test_a_closed_row_keeps_what_was_loaded_to_itself() -> None:
    outline = _open_to_public()
    outline.expanded.discard(STUDENT)

    assert "student_tracker" not in _texts(outline)


def test_loading_an_error_and_emptiness_are_told() -> None:
    outline = Outline({STUDENT}, {STUDENT: Loading()})
    assert "loading …" in _texts(outline)

    outline.children[STUDENT] = ConnectError("no pg_hba.conf entry")
    assert "no pg_hba.conf entry" in _texts(outline)

    outline.children[STUDENT] = ()
    assert "empty" in _texts(outline)


def test_the_problem_of_a_host_stands_below_it() -> None:
    host = HostStatus(HostKind.DOCKER, "Docker", problem="The engine does not answer.")
    rows = Outline().rows(InventorySnapshot((host,), (), NOW))

    assert [(row.text, row.kind) for row in rows] == [
        ("Docker", RowKind.HOST),
        ("The engine does not answer.", RowKind.NOTE),
    ]


def test_a_long_level_ends_in_the_number_of_the_rest() -> None:
    many = tuple(Relation(i, f"t{i:06}", "table", "o", 0, 0) for i in range(100_000))
    outline = _open_to_public()
    outline.children[PUBLIC] = many

    rows = outline.rows(SNAPSHOT)
    more = [row for row in rows if row.kind is RowKind.MORE]

    assert [row.text for row in more] == ["… 99,500 more, press / to filter"]
    assert sum(row.kind is RowKind.RELATION for row in rows) == MOST_CHILDREN


def test_a_filter_keeps_hits_and_what_they_lie_in() -> None:
    outline = _open_to_public()

    assert _texts(outline, "ENROL") == [
        *("Docker", "student", "student_tracker", "public", "enrolments", "enrolments_pkey"),
    ]


def test_a_filter_looks_into_what_is_closed_and_was_loaded() -> None:
    outline = _open_to_public()
    outline.expanded.clear()

    assert "enrolments" in _texts(outline, "enrolments")


def test_the_cursor_finds_its_row_or_the_nearest_one_above() -> None:
    outline = _open_to_public()
    rows = outline.rows(SNAPSHOT)
    assert rows[index_of(rows, (*PUBLIC, "students"))].text == "students"

    outline.expanded.discard(PUBLIC)
    rows = outline.rows(SNAPSHOT)
    assert rows[index_of(rows, (*PUBLIC, "students"))].text == "public"
    assert index_of(rows, ("elsewhere",)) == 0


def test_forgetting_a_cluster_closes_it() -> None:
    outline = _open_to_public()
    outline.forget(STUDENT)

    assert outline.expanded == set()
    assert outline.children == {}


def test_equal_snapshots_make_equal_rows() -> None:
    later = replace(SNAPSHOT, taken=NOW.replace(hour=13))

    assert _open_to_public().rows(SNAPSHOT) == _open_to_public().rows(later)
