"""Whether all base backups below the configured directories are seen: what is not must not lose its WAL."""

from collections.abc import Iterator
from dataclasses import dataclass

from pgtui.domain.command import Command
from pgtui.hosts.base import Host, check

# For each top, every field ended by NUL: the path, its state, what lies deeper, an empty field, complaints.
# Directories that are known as backups are passed over; databases in a tablespace have a PG_VERSION as well.
_LOOK = r"""
exec 3>&1
archive=$1; shift
for top; do
  printf '%s\0' "$top"
  if [ ! -e "$top" ]; then state='is not there'
  elif [ ! -d "$top" ]; then state='is no directory'
  elif [ ! -r "$top" ] || [ ! -x "$top" ]; then state='cannot be read'
  else state=; fi
  printf '%s\0' "$state"
  complaints=
  if [ -z "$state" ] && ! [ -f "$top/backup_label" ] && ! [ -f "$top/backup_manifest" ]; then
    for d in "$top"/* "$top"/.[!.]* "$top"/..?*; do
      [ -e "$d" ] && [ "$d" != "$archive" ] || continue
      case ${d##*/} in
        .*) ;;
        *) [ -f "$d/backup_label" ] || [ -f "$d/backup_manifest" ] && continue ;;
      esac
      complaints=$complaints$(find -L "$d" -maxdepth 6 \
        \( -name lost+found -o -name 'PG_[0-9]*_[0-9]*' \) -prune -o \
        \( -name 'base.tar*' -o -name backup_label -o -name PG_VERSION \) -print0 2>&1 >&3)
    done
  fi
  printf '\0%s\0' "$complaints"
done
"""


@dataclass(frozen=True)
class BackupTop:
    """What was seen of one configured directory of base backups."""

    path: str
    state: str
    """Why nothing can be seen of it; "" when something can."""
    deeper: tuple[str, ...]
    """Files that tell of a base backup where none is looked for."""
    complaints: str
    """What could not be searched below it, in the system's own words."""


async def look_at_tops(host: Host, tops: tuple[str, ...], archive: str) -> tuple[BackupTop, ...]:
    """Look for what lies deeper below directories of base backups than these are found.

    Raises HostError.
    """
    if not tops:
        return ()
    command = Command(("sh", "-c", _LOOK, "sh", archive, *tops), host.widest_account, (("LC_ALL", "C"),))
    output = await check(host.run(command, deadline=600), "Looking below the directories of base backups")
    return tuple(_read(output.decode(errors="surrogateescape")))


def _read(output: str) -> Iterator[BackupTop]:
    fields = iter(output.split("\0"))
    for path in fields:
        if not path:
            return
        state = next(fields)
        deeper: list[str] = []
        while file := next(fields):
            deeper.append(file)
        yield BackupTop(path, state, tuple(deeper), next(fields).strip())
