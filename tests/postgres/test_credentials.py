"""Passwords come from the places that libpq knows, under its rules."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.errors import ConnectError
from pgtui.postgres.credentials import PasswordSources, Request, password_in_pgpass, password_in_service

REQUEST = Request("student", "127.0.0.1", 5433, "shop", "anna")


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("127.0.0.1:5433:shop:anna:secret", "secret"),
        ("localhost:5433:shop:anna:secret", "secret"),
        ("*:*:*:*:secret", "secret"),
        ("*:*:*:anna:with:more", "with"),
        (r"*:*:*:anna:a\:b\\c", "a:b\\c"),
        ("#*:*:*:*:secret", None),
        ("other:5433:shop:anna:secret", None),
        ("127.0.0.1:5432:shop:anna:secret", None),
        ("127.0.0.1:5433:other:anna:secret", None),
        ("127.0.0.1:5433:shop:otto:secret", None),
        ("127.0.0.1:5433:shop:anna", None),
        ("", None),
    ],
)
def test_a_line_of_pgpass_counts_when_every_field_fits(line: str, password: str | None) -> None:
    assert password_in_pgpass(line + "\n", REQUEST) == password


def test_the_first_line_that_fits_wins() -> None:
    assert password_in_pgpass("*:1:*:*:no\n*:*:*:anna:first\n*:*:*:*:second\n", REQUEST) == "first"


def test_the_standard_socket_directory_is_called_localhost_and_others_by_their_path() -> None:
    line = "localhost:*:*:*:secret"
    assert password_in_pgpass(line, replace(REQUEST, host="/var/run/postgresql")) == "secret"
    assert password_in_pgpass(line, replace(REQUEST, host="/srv/run")) is None
    assert password_in_pgpass("/srv/run:*:*:*:secret", replace(REQUEST, host="/srv/run")) == "secret"


_FIELDS = st.text(st.characters(exclude_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1)


@given(_FIELDS, _FIELDS, _FIELDS)
def test_an_escaped_line_is_read_back_whatever_it_holds(database: str, user: str, password: str) -> None:
    fields = [text.replace("\\", "\\\\").replace(":", "\\:") for text in (database, user, password)]
    request = Request("c", "h", 1, database, user)
    assert password_in_pgpass(":".join(["h", "1", *fields]), request) == password


def test_a_service_gives_its_password_only_to_the_server_and_user_that_it_names() -> None:
    text = (
        "# mine\n[student]\nhost=localhost\nport=5433\nuser=anna\npassword=se%cret;\n[other]\npassword=no\n"
    )
    assert password_in_service(text, "student", REQUEST) == "se%cret;"
    assert password_in_service(text, "student", replace(REQUEST, user="otto")) is None
    assert password_in_service(text, "student", replace(REQUEST, port=5432)) is None
    assert password_in_service(text, "student", replace(REQUEST, host="db.example")) is None
    assert password_in_service(text, "absent", REQUEST) is None
    assert password_in_service("no section\n", "student", REQUEST) is None


def test_sources_count_in_their_order(tmp_path: Path) -> None:
    own = write(tmp_path / "own", "from-config\nsecond line\n")
    write(tmp_path / ".pgpass", "*:*:*:*:from-pgpass\n")
    write(tmp_path / ".pg_service.conf", "[student]\npassword=from-service\n")
    sources = PasswordSources({"PGPASSWORD": "from-environment"}, tmp_path)
    found = sources.find(REQUEST, str(own))
    assert [candidate.password.reveal() for candidate in found.candidates] == [
        "from-config",
        "from-pgpass",
        "from-service",
        "from-environment",
    ]
    assert found.notes == ()


def test_the_service_that_pgservice_names_comes_before_the_one_called_as_the_cluster(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "services", "[student]\npassword=second\n[chosen]\npassword=first\n")
    sources = PasswordSources({"PGSERVICE": "chosen", "PGSERVICEFILE": str(elsewhere)}, tmp_path)
    (candidate,) = sources.find(REQUEST).candidates
    assert candidate.password.reveal() == "first"
    assert "chosen" in candidate.source


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o622])
def test_a_pgpass_that_others_may_touch_is_ignored_and_said_to_be(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / ".pgpass", "*:*:*:*:secret\n", mode)
    found = PasswordSources({}, tmp_path).find(REQUEST)
    assert found.candidates == ()
    (note,) = found.notes
    assert str(path) in note
    assert f"{mode:04o}" in note
    assert "chmod 0600" in note
    assert "secret" not in note


def test_a_pgpass_that_is_no_file_is_ignored_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / ".pgpass").mkdir()
    (note,) = PasswordSources({}, tmp_path).find(REQUEST).notes
    assert "not a plain file" in note


def test_pgpassfile_names_another_file(tmp_path: Path) -> None:
    write(tmp_path / ".pgpass", "*:*:*:*:home\n")
    other = write(tmp_path / "other", "*:*:*:*:other\n")
    (candidate,) = PasswordSources({"PGPASSFILE": str(other)}, tmp_path).find(REQUEST).candidates
    assert candidate.password.reveal() == "other"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: write(path.parent / "elsewhere", "secret"), "No such file"),
        (lambda path: write(path, ""), "is empty"),
        (lambda path: write(path, "\nsecret"), "is empty"),
        (lambda path: write(path, "secret", 0o644), "group and others may read it"),
        (lambda path: write(path, "").write_bytes(b"\xff\xfe"), "not UTF-8"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_refused(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "own"
    assert callable(make)
    make(path)
    with pytest.raises(ConnectError, match=words) as refused:
        PasswordSources({}, tmp_path).find(REQUEST, str(path))
    assert refused.value.hint
    assert "secret" not in str(refused.value)


def test_no_password_is_ever_shown(tmp_path: Path) -> None:
    write(tmp_path / ".pgpass", "*:*:*:*:hush-hush\n")
    found = PasswordSources({"PGPASSWORD": "tell-nobody"}, tmp_path).find(REQUEST)
    assert len(found.candidates) == 2
    assert "hush-hush" not in repr(found)
    assert "tell-nobody" not in repr(found)
