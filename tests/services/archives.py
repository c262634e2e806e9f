"""Sites whose archive tests may damage: it is put back after each of them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.house import DockerSite, LocalSite, Site

OLD, NEW = "old", "ne\"w's $(x) [red]"
"""Names of the two base backups."""
MakeSite = Callable[[tuple[str, object]], Site]


def fill(site: Site) -> Site:
    """Take two base backups, with four segments behind each."""
    for name in (OLD, NEW):
        site.base_backup(name)
        for _ in range(4):
            site.archive_wal()
    return site


def path_of(site: Site, name: str) -> str:
    """Where a base backup lies."""
    return f"{site.cluster.backups[0]}/{name}"


def shell(site: Site, script: str, *words: str) -> str:
    """Run a script where the archive lies, in it."""
    assert site.cluster.archive is not None
    argv = ("sh", "-ec", f'cd "$1"; shift; {script}', "sh", site.cluster.archive, *words)
    if isinstance(site, DockerSite):
        return site.container.run(*argv, user="root")
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def segments(site: Site) -> list[str]:
    """Names of the archived segments, oldest first."""
    return sorted(name for name in shell(site, "ls").split() if len(name) == 24)


@contextmanager
def kept(site: Site) -> Iterator[None]:
    """Put back what tests take from the archive, and take away what they add to it."""
    aside = "/tmp/kept" if isinstance(site, DockerSite) else "../kept"
    shell(site, f"rm -rf {aside} && cp -a . {aside}")
    backups = Path(site.local.backups) if isinstance(site, LocalSite) else None
    if backups is not None:
        subprocess.run(["cp", "-a", backups, backups.with_name("backups-kept")], check=True)
    yield
    # Segments that came meanwhile stay, or there would be a hole.
    others = "! -name '000000010000000000000[0-9A-F][0-9A-F][0-9A-F]'"
    shell(site, f"find . -mindepth 1 -maxdepth 1 {others} -exec rm -rf {{}} +; cp -a {aside}/. .")
    if backups is not None:
        shutil.rmtree(backups)
        backups.with_name("backups-kept").rename(backups)
