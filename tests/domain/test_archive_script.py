"""The proof in a script, run by bash against a psql that answers as a server would."""

import shlex
import subprocess
from pathlib import Path

import pytest

from pgtui.domain.archive_script import prove_archiving_lines
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import ProveArchiving
from pgtui.domain.sql import SqlSession

SEGMENT = "000000010000000000000001"
_PSQL = f"""\
#!/bin/sh
case "$2" in *failed_count*) echo 0;; *) echo {SEGMENT};; esac
"""


def prove(tmp_path: Path, archived: dict[str, bytes]) -> subprocess.CompletedProcess[str]:
    """Run the proof of a server that says it has archived; `archived` is what lies in the archive."""
    data, archive = tmp_path / "data 'x", tmp_path / "archive $(y) *"
    (data / "pg_wal").mkdir(parents=True)
    (data / "pg_wal" / SEGMENT).write_bytes(b"written")
    archive.mkdir()
    for name, content in archived.items():
        (archive / name).write_bytes(content)
    psql = tmp_path / "psql"
    psql.write_text(_PSQL)
    psql.chmod(0o755)
    step = ProveArchiving(
        Place(HostKind.LOCAL, "here"),
        SqlSession("ann", "postgres", "/run", 5432),
        "SELECT the_switch",
        str(data),
        str(archive),
    )
    lines = prove_archiving_lines(shlex.quote(str(psql)), lambda *words: shlex.join(words), step)
    script = "set -euo pipefail\n" + "\n".join(lines)
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("ending", [".00000028.backup", ".partial", ".tmp", ".gz.tmp"])
def test_another_file_that_begins_alike_is_no_proof(tmp_path: Path, ending: str) -> None:
    done = prove(tmp_path, {f"{SEGMENT}{ending}": b"written"})
    assert (done.returncode, done.stderr) == (1, f"{SEGMENT} is not in the archive.\n")


@pytest.mark.parametrize(
    ("archived", "words", "code"),
    [
        ({SEGMENT: b"written", f"{SEGMENT}.00000028.backup": b""}, "byte for byte", 0),
        ({f"{SEGMENT}.zst": b"packed"}, "it is compressed", 0),
        ({SEGMENT: b"other"}, "is not what the server wrote", 1),
    ],
)
def test_a_segment_is_compared_or_told_to_be_compressed(
    tmp_path: Path, archived: dict[str, bytes], words: str, code: int
) -> None:
    done = prove(tmp_path, archived)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
