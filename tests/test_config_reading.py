"""Settings from a file, and every problem in it told with its line, its key and what was probably meant."""

import os
import tomllib
from pathlib import Path

import pytest

from pgtui.config import NOT_KEYS, ClusterEntry, Settings, default_path
from pgtui.config_reading import load_settings
from pgtui.domain.errors import BadInput, ConfigError
from pgtui.domain.place import HostKind

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
DOCKER = '[[clusters]]\nname = "a"\nhost = "docker"\ncontainer = "c"\n'
LOCAL = '[[clusters]]\nname = "a"\nhost = "local"\ndata_directory = "/d"\n'


def problem(tmp_path: Path, text: str | bytes) -> ConfigError:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(path) in caught.value.message
    return caught.value


def test_without_a_file_there_are_defaults(isolated_environment: Path) -> None:
    settings = load_settings()

    assert settings == Settings(path=isolated_environment / "config" / "pgtui" / "config.toml")
    assert settings.clusters == ()


def test_the_users_own_file_is_read() -> None:
    default_path().parent.mkdir(parents=True)
    default_path().write_text('theme = "light"\nconnect_timeout = 3\n')

    settings = load_settings()

    assert (settings.theme, settings.connect_timeout) == ("light", 3.0)
    assert settings.path == default_path()


def test_the_example_loads_and_names_every_setting() -> None:
    written = tomllib.loads(EXAMPLE.read_text())

    settings = load_settings(EXAMPLE)

    assert set(written) == set(Settings.model_fields) - NOT_KEYS
    keys = {key for entry in written["clusters"] for key in entry}
    assert keys == set(ClusterEntry.model_fields)
    assert [entry.host for entry in settings.clusters] == [HostKind.DOCKER, HostKind.LOCAL]


def test_a_home_directory_is_meant_by_a_tilde_in_paths_of_this_machine(
    tmp_path: Path, isolated_environment: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('sandbox_directory = "~/boxes"\n' + DOCKER + 'password_file = "~/.pw"\n')

    settings = load_settings(path)

    assert settings.sandbox_directory == f"{isolated_environment}/boxes"
    assert settings.clusters[0].password_file == f"{isolated_environment}/.pw"


def test_hostile_names_arrive_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[[clusters]]\nname = "a\\"b\'c; $(x) [red]\\n\\u202e"\nhost = "docker"\ncontainer = "ü"\n'
    )

    assert load_settings(path).clusters[0].name == "a\"b'c; $(x) [red]\n\u202e"


@pytest.mark.parametrize(
    ("text", "line", "words", "hint"),
    [
        ("\nthemee = 1\n", 2, 'no setting "themee"', "Did you mean theme?"),
        ('path = "x"\n', 1, 'no setting "path"', "The keys there are: clusters, bindirs"),
        (DOCKER + 'containor = "x"\n', 5, 'no setting "containor" of cluster "a"', "Did you mean container?"),
        ("[clusterz]\n", 1, 'no setting "clusterz"', "Did you mean clusters?"),
        ("# theme = 1\ntheme = 1\n", 2, '"theme" must be', ""),
        ('theme = "drak"\n', 1, "'dark', 'light', 'ansi-dark' or 'ansi-light'", "Did you mean dark?"),
        ('connect_timeout = "5"\n', 1, '"connect_timeout" must be a number, not text (5)', ""),
        ("connect_timeout = true\n", 1, "must be a number, not a boolean (True)", ""),
        ("connect_timeout = 0\n", 1, "greater than 0", ""),
        ("connect_timeout = nan\n", 1, "is a number (nan)", ""),
        ("statement_timeout = inf\n", 1, "less than or equal to 86400", ""),
        ("connect_timeout = 2020-01-01\n", 1, "must be a number, not a date or time", ""),
        ('bindirs = "/usr"\n', 1, '"bindirs" must be a list in brackets, not text', ""),
        ('bindirs = [\n"/a",\n"b"\n]\n', 3, 'element 2 of "bindirs" must be an absolute path', ""),
        ("bindirs = [1]\n", 1, 'element 1 of "bindirs" must be text in quotes, not a number (1)', ""),
        ("clusters = 1\n", 1, '"clusters" must be a list in brackets', ""),
        ("clusters = [\n1]\n", 2, 'element 1 of "clusters" must be a table', ""),
        (DOCKER + "port = 70000\n", 5, '"port" of cluster "a" is a number (70000)', ""),
        (DOCKER + "port = 5432.0\n", 5, "must be a whole number", ""),
        (DOCKER + 'hidden = "no"\n', 5, '"hidden" of cluster "a" must be true or false', ""),
        (DOCKER + 'sslmode = "verify"\n', 5, "'verify-ca' or 'verify-full'", "Did you mean verify-"),
        (DOCKER + 'user = ""\n', 5, "must be text that is not empty", ""),
        (DOCKER + 'archive = "wal"\n', 5, '"archive" of cluster "a" must be an absolute path', ""),
        (DOCKER + 'user = "a\\u0000b"\n', 5, '"user" holds a NUL', ""),
        (DOCKER + 'bindir = "/x"\n', 5, 'bindir is for host = "local" only', ""),
        (DOCKER + 'data_directory = "/x"\n', 5, 'data_directory is for host = "local" only', ""),
        (LOCAL + 'container = "c"\n', 5, 'container is for host = "docker" only', ""),
        (
            '[[clusters]]\nhost = "docker"\ncontainer = "c"\n',
            1,
            '"name" of entry 1 of clusters is missing',
            "",
        ),
        ('[[clusters]]\nname = "a"\n', 1, '"host" of cluster "a" is missing', "Add"),
        (DOCKER.replace("docker", "dokker"), 3, "must be 'docker' or 'local'", "Did you mean docker?"),
        (DOCKER.replace("container", "# "), 3, 'host = "docker" and no container', "container ="),
        (LOCAL.replace("data_dir", "# "), 3, 'host = "local" and no data_directory', "data_directory ="),
        (LOCAL.replace("/d", "d"), 4, '"data_directory" of cluster "a" must be an absolute path', ""),
        (LOCAL.replace("/d", "~/d"), 4, "must be an absolute path", ""),
        (DOCKER + DOCKER, 6, 'the name "a" is used already by entry 1', "a name of its own"),
    ],
)
def test_a_problem_is_told_with_line_key_and_remedy(
    tmp_path: Path, text: str, line: int, words: str, hint: str
) -> None:
    error = problem(tmp_path, text)

    assert f", line {line}: " in error.message
    assert words in error.message
    assert hint in error.hint
    assert error.hint


def test_several_problems_are_listed_together_in_the_files_order(tmp_path: Path) -> None:
    text = 'theme = "drak"\n' + LOCAL.replace("/d", "d") + DOCKER.replace("container", "containor")

    error = problem(tmp_path, text)

    first, *listed = error.message.splitlines()
    assert first.endswith("has 5 problems:")
    assert [each.split(":")[0].strip() for each in listed] == [
        "line 1",
        "line 5",
        "line 7",
        "line 8",
        "line 9",
    ]
    assert "Did you mean container?" in error.message


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = \n", 1), ("\n\nx y\n", 3), ("a = 1\na = 2\n", 2), ("a = [1,\n2\n", 2), ('a = "x\n', 1)],
)
def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    error = problem(tmp_path, text)

    assert f", line {line}: this is not TOML" in error.message


def test_what_is_not_text_is_told_with_its_line(tmp_path: Path) -> None:
    assert ", line 2: this is not UTF-8" in problem(tmp_path, b'theme = "dark"\n# \xff\n').message


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no configuration file"):
        load_settings(tmp_path / "absent.toml")


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load_settings(path)


def test_hostile_keys_and_values_are_written_out_in_the_message(tmp_path: Path) -> None:
    error = problem(tmp_path, '"a\\u001b[31m" = 1\ntheme = "\\u202e\\n"\n')

    assert "a␛[31m" in error.message
    assert "‹202E›␊" in error.message
    assert "\x1b" not in str(error)


def test_a_problem_of_the_configuration_is_bad_input() -> None:
    assert issubclass(ConfigError, BadInput)
