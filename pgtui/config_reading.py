"""From a configuration file to `Settings`, or to every problem in it: file, line, key, nearest real key."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pgtui.config import NOT_KEYS, ClusterEntry, Settings, default_path
from pgtui.config_lines import KeyPath, key_lines, line_of
from pgtui.domain.errors import ConfigError
from pgtui.domain.visible import visible

_EXAMPLE = "config.example.toml names every setting."
_KINDS = {
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list in brackets",
    "model_type": "a table with keys",
    "model_attributes_type": "a table with keys",
}
_TOML_NAMES = {
    bool: "a boolean",
    str: "text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong in the file."""

    path: KeyPath
    words: str
    hint: str = ""


def load_settings(path: Path | None = None) -> Settings:
    """Read the configuration. Raises ConfigError. An absent default file means defaults."""
    chosen = path or default_path()
    return settings_from(read_text(chosen, must_exist=path is not None), chosen)


def read_text(path: Path, *, must_exist: bool) -> str:
    """Return the file's text; "" for an absent one that need not be there. Raises ConfigError."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        if not must_exist:
            return ""
        raise ConfigError(
            f"There is no configuration file {shown(path)}.", "Give the path of a file that is there."
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{shown(path)}, line {line}: this is not UTF-8 text.", "Save it as UTF-8."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"The configuration file {shown(path)} cannot be read: {error.strerror}.",
            "Make it a file that your account may read, or give another one with --config.",
        ) from error


def settings_from(text: str, path: Path) -> Settings:
    """Return what the text says. Raises ConfigError that lists every problem with its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, path, str(error)) from None
    problems = list(_problems_of_keys(data)) + list(_problems_of_entries(data.get("clusters")))
    wanted = {key: value for key, value in data.items() if key not in NOT_KEYS}
    try:
        settings = Settings.model_validate({**wanted, "path": path})
    except ValidationError as error:
        problems += [_problem(detail, data) for detail in error.errors(include_url=False)]
        settings = None
    if problems or settings is None:
        raise _config_error(problems, text, path)
    return settings


def _syntax_error(text: str, path: Path, words: str) -> ConfigError:
    match = re.search(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", words, re.DOTALL)
    what, line = (match[1], match[2]) if match else (words, None)
    last = text.rstrip("\n").count("\n") + 1
    return ConfigError(
        f"{shown(path)}, line {line or last}: this is not TOML: {visible(what)}.",
        "Text goes in quotes, lists in brackets; " + _EXAMPLE,
    )


def _config_error(problems: list[Problem], text: str, path: Path) -> ConfigError:
    lines = key_lines(text)
    found = sorted((line_of(lines, problem.path), problem.words, problem.hint) for problem in problems)
    if len(found) == 1:
        line, words, hint = found[0]
        return ConfigError(f"{shown(path)}, line {line}: {words}.", hint or _EXAMPLE)
    listed = "".join(f"\n  line {line}: {words}.{' ' + hint if hint else ''}" for line, words, hint in found)
    return ConfigError(f"{shown(path)} has {len(found)} problems:{listed}", _EXAMPLE)


def _problem(detail: ErrorDetails, data: dict[str, Any]) -> Problem:
    path = tuple(detail["loc"])
    key, kind = path[-1], detail["type"]
    where = f"{_key(path)} {_owner(path, data)}".rstrip()
    if kind == "extra_forbidden":
        model = ClusterEntry if path[0] == "clusters" else Settings
        known = [name for name in model.model_fields if name not in NOT_KEYS]
        return Problem(path, f"there is no setting {where}", nearest(str(key), known))
    if kind == "missing":
        return Problem(path, f"{where} is missing", f"Add {_key(path)} to the entry.")
    if kind in ("enum", "literal_error"):
        expected = str(detail.get("ctx", {}).get("expected", ""))
        close = nearest(str(detail["input"]), re.findall(r"'([^']*)'", expected), any_other=False)
        return Problem(path, f"{where} must be {expected}, not {_found(detail['input'])}", close)
    if kind in _KINDS:
        return Problem(path, f"{where} must be {_KINDS[kind]}, not {_found(detail['input'])}")
    words = detail["msg"] if kind == "path" else f"is {_found(detail['input'])}: {_lowered(detail['msg'])}"
    return Problem(path, f"{where} {words}")


def _problems_of_keys(data: dict[str, Any]) -> Iterator[Problem]:
    for key in sorted(NOT_KEYS & data.keys()):
        known = [name for name in Settings.model_fields if name not in NOT_KEYS]
        yield Problem((key,), f"there is no setting {_key((key,))}", nearest(key, known))
    yield from _problems_of_text(data, ())


def _problems_of_text(value: Any, path: KeyPath) -> Iterator[Problem]:
    # No command line, path or connection can carry a NUL: it would end the text there, silently.
    if isinstance(value, str) and "\0" in value:
        yield Problem(path, f"{_key(path)} holds a NUL character")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _problems_of_text(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _problems_of_text(inner, (*path, position))


def _problems_of_entries(entries: Any) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        path: KeyPath = ("clusters", position)
        yield from _problems_of_place(entry, path)
        name = entry.get("name")
        if isinstance(name, str) and name in seen:
            words = f'the name "{visible(name)}" is used already by entry {seen[name] + 1} of clusters'
            yield Problem((*path, "name"), words, "Every cluster needs a name of its own.")
        elif isinstance(name, str):
            seen[name] = position


def _problems_of_place(entry: dict[str, Any], path: KeyPath) -> Iterator[Problem]:
    owner = _owner((*path, ""), {"clusters": {path[1]: entry}}).removeprefix("of ")
    needed = {"docker": "container", "local": "data_directory"}.get(str(entry.get("host")))
    if needed and needed not in entry:
        example = 'container = "postgresdb1"' if needed == "container" else 'data_directory = "/srv/pg/main"'
        words = f'{owner} has host = "{entry["host"]}" and no {needed}'
        yield Problem((*path, "host"), words, f"Add a line such as {example}.")
    for key, host in (("container", "docker"), ("data_directory", "local"), ("bindir", "local")):
        if key in entry and entry.get("host") in ("docker", "local") and entry["host"] != host:
            yield Problem((*path, key), f'{key} is for host = "{host}" only, and {owner} is elsewhere')


def _owner(path: KeyPath, data: dict[str, Any]) -> str:
    """Return which entry a key belongs to, in words: "of cluster ..."."""
    if len(path) < 3 or path[0] != "clusters":
        return ""
    try:
        name = data["clusters"][path[1]].get("name")
    except (AttributeError, LookupError, TypeError):
        name = None
    return (
        f'of cluster "{visible(name, 60)}"'
        if isinstance(name, str) and name
        else f"of entry {int(path[1]) + 1} of clusters"
    )


def _key(path: KeyPath) -> str:
    """Return the key that people see: the last name in the path, with the position in a list."""
    *rest, last = path
    if not isinstance(last, int):
        return f'"{visible(last, 60)}"'
    holder = next((part for part in reversed(rest) if isinstance(part, str)), "")
    return f'element {last + 1} of "{visible(holder, 60)}"'


def nearest(wanted: str, known: list[str], *, any_other: bool = True) -> str:
    """Return "Did you mean ...?", or what there is when nothing is near."""
    if close := get_close_matches(wanted, known, n=1):
        return f"Did you mean {close[0]}?"
    return f"The keys there are: {', '.join(known)}." if any_other else ""


def shown(path: Path) -> str:
    """Return a path for a sentence."""
    return visible(str(path), 4096)


def _found(value: Any) -> str:
    kind = _TOML_NAMES.get(type(value), "a date or time")
    return f"{kind} ({visible(str(value), 60)})" if isinstance(value, str | int | float) else kind


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
