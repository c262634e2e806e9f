"""A sandbox's spec as JSON: the mark that its container, volume or directory carries."""

import json
from dataclasses import asdict
from typing import Any

from pgtui.domain.errors import BadInput
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import SandboxSpec, TablespaceCopy

_STRUCTURED = frozenset({"source", "place", "tablespaces", "settings"})


def spec_to_json(spec: SandboxSpec) -> str:
    """Return the spec as one line of ASCII, whatever its names hold."""
    return json.dumps(asdict(spec), sort_keys=True)


def spec_from_json(text: str) -> SandboxSpec:
    """Return the spec that was written. Raises BadInput when the text is none."""
    try:
        fields = json.loads(text)
        found: dict[str, Any] = {
            name: _text(value) for name, value in fields.items() if name not in _STRUCTURED
        }
        found["source"] = _place(fields["source"])
        found["place"] = _place(fields["place"])
        found["tablespaces"] = tuple(
            TablespaceCopy(_text(copy["oid"]), _text(copy["location"])) for copy in fields["tablespaces"]
        )
        found["settings"] = tuple((_text(name), _text(value)) for name, value in fields["settings"])
        return SandboxSpec(**found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"This is not the mark of a sandbox: {error}.") from error


def _place(fields: Any) -> Place:
    return Place(HostKind(fields["kind"]), _text(fields["name"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value
