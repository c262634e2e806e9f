"""Writing the configuration: what was not asked to change stays byte for byte."""

import os
import stat
import threading
from pathlib import Path

import pytest

from pgtui.config_file import ConfigFile
from pgtui.config_reading import load_settings
from pgtui.domain.errors import ConfigError
from pgtui.domain.place import HostKind, Place
from pgtui.services.inventory import ConfigWriter

C = Place(HostKind.DOCKER, "c")
WRITTEN = """\
# My servers.   Do not touch!

theme   =  'dark'     # at night

[[clusters]]          # the class
name = "a"            # unique
host = "docker"
container = "c"   # postgresdb1

# The other one:
[[clusters]]
   name = "b"
   host = "docker"
   container = "d"
   backups = [   # two
      "/x",
      "/y",  # old
   ]

# The end.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conf" / "config.toml"


@pytest.fixture
def written(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text(WRITTEN)
    return path


def fields(name: str, container: str) -> dict[str, object]:
    return {"name": name, "host": "docker", "container": container, "backups": ("/backup",), "archive": None}


def test_it_is_the_inventorys_writer(path: Path) -> None:
    writer: ConfigWriter = ConfigFile(path)
    writer.hide_cluster("a", C)
    assert load_settings(path).clusters[0].hidden


def test_the_first_write_makes_a_file_of_its_owners_alone(path: Path) -> None:
    ConfigFile(path).add_cluster(fields("a", "c"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == (
        '[[clusters]]\nname = "a"\nhost = "docker"\ncontainer = "c"\nbackups = ["/backup"]\n'
    )


def test_an_added_cluster_is_appended_and_nothing_else_changes(written: Path) -> None:
    ConfigFile(written).add_cluster(fields("new", "n"))

    assert written.read_text() == WRITTEN + (
        '\n[[clusters]]\nname = "new"\nhost = "docker"\ncontainer = "n"\nbackups = ["/backup"]\n'
    )


def test_hiding_adds_one_line_to_the_entry_and_leaves_the_comments_of_the_next(written: Path) -> None:
    ConfigFile(written).hide_cluster("anything", C)

    line = 'container = "c"   # postgresdb1\n'
    assert written.read_text() == WRITTEN.replace(line, line + "hidden = true\n")


def test_hiding_follows_the_entrys_indent_and_a_value_of_several_lines(written: Path) -> None:
    ConfigFile(written).hide_cluster("b", Place(HostKind.DOCKER, "d"))

    assert written.read_text() == WRITTEN.replace("   ]\n", "   ]\n   hidden = true\n")


def test_hiding_what_has_no_entry_appends_one(written: Path) -> None:
    ConfigFile(written).hide_cluster("x", Place(HostKind.LOCAL, "/srv/x"))

    assert written.read_text() == WRITTEN + (
        '\n[[clusters]]\nname = "x"\nhost = "local"\ndata_directory = "/srv/x"\nhidden = true\n'
    )


def test_hiding_again_changes_no_byte(written: Path) -> None:
    ConfigFile(written).hide_cluster("a", C)
    before = (written.read_bytes(), written.stat().st_ino)
    ConfigFile(written).hide_cluster("a", C)

    assert (written.read_bytes(), written.stat().st_ino) == before


def test_a_shown_one_is_hidden_in_place(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[[clusters]]\nname="a"\nhidden = false # for now\nhost="docker"\ncontainer="c"\n')
    ConfigFile(path).hide_cluster("a", C)

    assert "hidden = true # for now\nhost" in path.read_text()


def test_the_same_directory_by_another_path_is_the_same_cluster(path: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    ConfigFile(path).add_cluster({"name": "a", "host": "local", "data_directory": f"{tmp_path}/link"})
    ConfigFile(path).hide_cluster("a", Place(HostKind.LOCAL, f"{tmp_path}/real"))

    assert len(load_settings(path).clusters) == 1
    assert load_settings(path).clusters[0].hidden


def test_the_theme_is_changed_in_place(written: Path) -> None:
    ConfigFile(written).set_theme("light")

    assert written.read_text() == WRITTEN.replace("'dark' ", '"light" ')


def test_a_theme_goes_before_the_first_table(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(WRITTEN.replace("theme   =  'dark'     # at night\n", ""))
    ConfigFile(path).set_theme("light")

    assert load_settings(path).theme == "light"
    assert len(load_settings(path).clusters) == 2


@pytest.mark.parametrize(
    "text",
    [
        'clusters = [\n  {name="b", host="docker", container="d"}, # b\n]\n# end\n',
        "clusters = []\n",
        '[[clusters]]\nname="b"\nhost="docker"\ncontainer="d"',
        "# only a comment",
        'theme = "dark"',
    ],
)
def test_whatever_the_files_shape_entries_are_added_and_hidden(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    before = len(load_settings(path).clusters)
    ConfigFile(path).add_cluster(fields("a", "c"))
    ConfigFile(path).hide_cluster("a", C)

    found = load_settings(path).clusters
    assert len(found) == before + 1
    assert (found[-1].name, found[-1].hidden, found[-1].backups) == ("a", True, ("/backup",))
    assert all(part.strip() in path.read_text() for part in text.splitlines() if "#" in part)


def test_windows_line_ends_stay(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(WRITTEN.replace("\n", "\r\n").encode())
    ConfigFile(path).add_cluster(fields("new", "n"))

    content = path.read_bytes()
    assert content.startswith(WRITTEN.replace("\n", "\r\n").encode())
    assert content.count(b"\n") == content.count(b"\r\n")


def test_hostile_names_come_back_as_they_were(path: Path) -> None:
    name = "a\"b'c; $(x) [red]\n\x1b\u202e🐘\\"
    ConfigFile(path).add_cluster(fields(name, name))

    assert load_settings(path).clusters[0].name == name
    assert load_settings(path).clusters[0].container == name


def test_a_name_that_is_no_text_is_refused(written: Path) -> None:
    with pytest.raises(ConfigError, match="bytes that are not text"):
        ConfigFile(written).add_cluster(fields("a\udcff", "n"))

    assert written.read_text() == WRITTEN


def test_mode_and_links_stay(written: Path, tmp_path: Path) -> None:
    written.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(written)
    ConfigFile(link).set_theme("light")

    assert link.is_symlink()
    assert stat.S_IMODE(written.stat().st_mode) == 0o640
    assert load_settings(written).theme == "light"
    assert os.listdir(written.parent) == ["config.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_leaves_the_file_to_its_owner(written: Path) -> None:
    os.chown(written, 12345, 54321)
    ConfigFile(written).set_theme("light")

    assert (written.stat().st_uid, written.stat().st_gid) == (12345, 54321)


@pytest.mark.parametrize("broken", ["theme = \n", "themee = 1\n"])
def test_a_file_that_was_broken_meanwhile_is_left_alone(written: Path, broken: str) -> None:
    file = ConfigFile(written)
    file.set_theme("light")
    written.write_text(broken)

    with pytest.raises(ConfigError, match="line 1"):
        file.add_cluster(fields("new", "n"))

    assert written.read_text() == broken


def test_what_was_edited_meanwhile_is_kept(written: Path) -> None:
    file = ConfigFile(written)
    file.set_theme("light")
    written.write_text("# edited\n" + written.read_text())
    file.set_theme("dark")

    assert written.read_text().startswith("# edited\n")


def test_an_entry_that_would_break_the_rules_is_not_written(written: Path) -> None:
    with pytest.raises(ConfigError, match='the name "a" is used already'):
        ConfigFile(written).add_cluster(fields("a", "other"))

    assert written.read_text() == WRITTEN


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be"):
        ConfigFile(tmp_path / "file" / "config.toml").set_theme("light")


def test_two_writers_at_once_lose_nothing(path: Path) -> None:
    names = [f"n{number}" for number in range(8)]
    threads = [
        threading.Thread(target=ConfigFile(path).add_cluster, args=(fields(name, name),)) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {entry.name for entry in load_settings(path).clusters} == set(names)
