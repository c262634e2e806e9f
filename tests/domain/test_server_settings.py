"""Settings are read from a stopped server's files as the server would read them."""

import pytest

from pgtui.domain.server_settings import setting_in_file, setting_in_options


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("archive_command = 'cp %p /a/%f'", "cp %p /a/%f"),
        ("archive_command='cp %p /a/%f'  # a comment", "cp %p /a/%f"),
        ("  Archive_Command   'cp'", "cp"),
        (r"archive_command = 'cp ''%p'' \'/a\'\t\101'", "cp '%p' '/a'\tA"),
        ("archive_command = 'echo # not a comment'", "echo # not a comment"),
        ("archive_command = /bin/true", "/bin/true"),
        ("archive_command = ''", ""),
        ("#archive_command = 'cp'", None),
        ("archive_commander = 'cp'", None),
    ],
)
def test_a_line_is_read_as_the_server_reads_it(line: str, value: str | None) -> None:
    assert setting_in_file(f"port = 1\n{line}\nfsync = off\n", "archive_command") == value


def test_the_last_line_wins() -> None:
    assert setting_in_file("port = 1\nport = 2\n", "port") == "2"


def test_the_command_line_of_the_last_start_is_read_with_quotes_inside() -> None:
    text = (
        '/usr/lib/postgresql/17/bin/postgres "-D" "/data" "-c" "config_file=/etc/p.conf" '
        '"-c" "archive_command=test ! -f \'/a/%f\' && cp "%p" \'/a/%f\'" "--archive-mode=on"\n'
    )
    assert setting_in_options(text, "archive_command") == "test ! -f '/a/%f' && cp \"%p\" '/a/%f'"
    assert setting_in_options(text, "config_file") == "/etc/p.conf"
    assert setting_in_options(text, "archive_mode") == "on"
    assert setting_in_options(text, "data_directory") is None
