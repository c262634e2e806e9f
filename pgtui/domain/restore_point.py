"""Named restore points (manual: "pg_create_restore_point")."""

from pgtui.domain.errors import BadInput
from pgtui.domain.sql import literal

LONGEST_NAME = 63
"""Bytes."""


def check_restore_point(name: str) -> None:
    """Raise BadInput unless a restore point can be called so: anything goes but nothing, and NUL."""
    if not name:
        raise BadInput("A restore point needs a name.", "Such as `before_upgrade`.")
    if "\0" in name:
        raise BadInput("The name of a restore point cannot hold a NUL character.", "Choose another name.")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise BadInput("The name of the restore point is not valid UTF-8.", "Choose another name.") from None
    if size > LONGEST_NAME:
        raise BadInput(
            f"The name of a restore point can have {LONGEST_NAME} bytes, and this one has {size}.",
            "Choose a shorter name; letters outside ASCII take two to four bytes each.",
        )


def restore_point_statement(name: str) -> str:
    """Return the statement that makes a restore point and tells its position."""
    return f"SELECT pg_create_restore_point({literal(name)})"
