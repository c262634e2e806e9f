"""Writes the configuration file: only what is to change changes, comments and format stay byte for byte."""

import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Array, InlineTable, Table

from pgtui.config_reading import read_text, settings_from, shown
from pgtui.domain.errors import ConfigError
from pgtui.domain.place import HostKind, Place

Change = Callable[[TOMLDocument], None]
_PLACE_KEYS = {HostKind.DOCKER: "container", HostKind.LOCAL: "data_directory"}


class ConfigFile:
    """The file that the settings were read from, or that the first write makes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add_cluster(self, fields: dict[str, object]) -> None:
        """Append a `[[clusters]]` entry with these keys. Raises ConfigError."""
        self._change(lambda document: _append(document, _written(fields)))

    def hide_cluster(self, name: str, place: Place) -> None:
        """Set `hidden = true` on the cluster's entry; append one when there is none. Raises ConfigError."""

        def hide(document: TOMLDocument) -> None:
            for entry in document.get("clusters", ()):
                if _is_about(entry, place):
                    _set_true(entry, "hidden")
                    return
            place_key = _PLACE_KEYS[place.kind]
            fields = {"name": name, "host": place.kind.value, place_key: place.name, "hidden": True}
            _append(document, fields)

        self._change(hide)

    def set_theme(self, theme: str) -> None:
        """Set the theme. Raises ConfigError."""

        def choose(document: TOMLDocument) -> None:
            document["theme"] = theme

        self._change(choose)

    def _change(self, change: Change) -> None:
        # Through a link, so that a file kept elsewhere (dotfiles) stays a linked one.
        path = Path(os.path.realpath(self._path))
        with _problems_of(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(path.parent):
                # As it is now, not as it was when the console started: it may have been edited since.
                before = read_text(path, must_exist=False)
                settings_from(before, path)
                document = tomlkit.parse(before)
                change(document)
                after = _with_line_ends_of(before, tomlkit.dumps(document))
                content = after.encode()
                settings_from(after, path)
                if after != before:
                    _replace(path, content)


@contextmanager
def _problems_of(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError:
        raise ConfigError(
            f"{shown(path)} was not changed: a name holds bytes that are not text, and TOML is text.",
            "Rename the directory or container.",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"The configuration file {shown(path)} cannot be written: {error.strerror}.",
            "Make its directory writable for your account.",
        ) from error


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other pgtuis from writing meanwhile: the later one would drop what the first one wrote."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    """Put new content in a file's place at once: no reader, and no crash, ever sees half of it."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if path.exists():
                there = path.stat()
                os.fchmod(file.fileno(), there.st_mode & 0o7777)
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), there.st_uid, there.st_gid)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _append(document: TOMLDocument, fields: dict[str, Any]) -> None:
    clusters = document.get("clusters")
    if isinstance(clusters, Array):
        inline = tomlkit.inline_table()
        inline.update(fields)
        clusters.append(inline)
        return
    table = tomlkit.table()
    table.update(fields)
    if document.body:
        # A blank line before its header.
        table.trivia.indent = "\n"
    if isinstance(clusters, AoT):
        clusters.append(table)
    else:
        tables = tomlkit.aot()
        tables.append(table)
        document.append("clusters", tables)


def _set_true(entry: Table | InlineTable, key: str) -> None:
    if isinstance(entry, InlineTable) or key in entry:
        entry[key] = True
        return
    # Behind the last key: tomlkit would put it behind the comments that follow, which are about the next one.
    body = entry.value.body
    last = max(index for index, (name, _) in enumerate(body) if name is not None)
    before = body[last][1].trivia
    if not before.trail.endswith("\n"):
        before.trail += "\n"
    added = tomlkit.item(True)
    added.trivia.indent = before.indent
    body.insert(last + 1, (tomlkit.key(key), added))


def _is_about(entry: Any, place: Place) -> bool:
    named = entry.get(_PLACE_KEYS[place.kind])
    if place.kind is HostKind.LOCAL and isinstance(named, str):
        named = os.path.realpath(named)
    wanted = os.path.realpath(place.name) if place.kind is HostKind.LOCAL else place.name
    return bool(entry.get("host") == place.kind.value and named == wanted)


def _written(fields: dict[str, object]) -> dict[str, Any]:
    """Return the keys that say something, as values that TOML knows."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in fields.items()
        if value is not None and value != ()
    }


def _with_line_ends_of(before: str, after: str) -> str:
    if "\r\n" in before and not re.search(r"(?<!\r)\n", before):
        return re.sub(r"(?<!\r)\n", "\r\n", after)
    return after
