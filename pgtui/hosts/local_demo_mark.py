"""The mark of a demo's directory: what is in it, and who holds it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

DEMO_MARKER = "pgtui-demo.json"


@dataclass(frozen=True)
class DemoMark:
    """What a demo keeps beside its data directory for whoever finds it."""

    backups: str
    archive: str
    log: str


def write_demo_mark(home: Path, mark: DemoMark) -> None:
    (home / DEMO_MARKER).write_text(json.dumps(asdict(mark)) + "\n")


def read_demo_mark(data_directory: str) -> DemoMark | None:
    """Return the mark beside a data directory, None when it is no demo's."""
    try:
        found = json.loads(Path(os.path.dirname(data_directory), DEMO_MARKER).read_text())
        return DemoMark(str(found["backups"]), str(found["archive"]), str(found["log"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
