"""What is told of lost segments: one that is still in pg_wal can be saved, and only what is gone is lost."""

import shlex
from dataclasses import replace

import pytest

from pgtui.domain.archive_lost import lost_in_words
from tests.domain.archiving import look, name, sample, verdict


def told(there: list[int]) -> tuple[str, str]:
    made = sample(current=12, archived=10, archived_at=-30, in_segments=there)
    found = verdict(made, look=look(asked=range(4, 12), present=[4, 5, 8, 9, 10]))
    return found.reason, found.hint


def test_what_is_gone_needs_a_new_base_backup() -> None:
    reason, hint = told([])
    assert (
        reason
        == f"{name(6)} and 1 other were reported as archived and are not in /archive, and gone from pg_wal."
    )
    assert hint.startswith("Mend archive_command, then take a new base backup")


def test_what_is_still_in_pg_wal_is_copied_from_there() -> None:
    reason, hint = told([6, 7])
    assert reason.endswith("are not in /archive, but still in pg_wal.")
    assert f"cp -n pg_wal/{name(6)} pg_wal/{name(7)} /archive/. Then mend archive_command." in hint
    assert "base backup" not in hint


def test_of_some_that_are_gone_both_are_told() -> None:
    reason, hint = told([7])
    assert reason.endswith("are not in /archive; 1 segment of them is still in pg_wal.")
    assert f"cp -n pg_wal/{name(7)} /archive/" in hint
    assert "new base backup" in hint


def test_a_role_that_may_not_look_at_pg_wal_is_not_told_that_it_is_gone() -> None:
    blind = replace(sample(archived=4, archived_at=-30, ready=None), unseen=("GRANT it.",))
    reason, hint = lost_in_words([name(4)], blind, look())
    assert "gone" not in reason
    assert hint.startswith("What is still in pg_wal can be copied into the archive: do it at once")
    assert "if it is gone from pg_wal, then take a new base backup" in hint


@pytest.mark.parametrize("directory", ["/a\nb", "/a\x1b[31m", "/a\u202eb", "/a|b"])
def test_a_command_that_cannot_be_typed_from_the_screen_is_not_given(directory: str) -> None:
    made = sample(archived=4, archived_at=-30, in_segments=[4])
    hint = lost_in_words([name(4)], made, replace(look(), directory=directory))[1]
    assert f"pg_wal/{name(4)} to /a" in hint
    assert "cp " not in hint


def test_a_directory_of_any_name_is_one_word_of_the_command() -> None:
    made = sample(archived=4, archived_at=-30, in_segments=[4])
    directory = "/a \"b'c; $(x) [red] é"
    hint = lost_in_words([name(4)], made, replace(look(), directory=directory))[1]
    command = hint.split(": ", 1)[1].removesuffix(". Then mend archive_command.")
    assert shlex.split(command) == ["cp", "-n", f"pg_wal/{name(4)}", f"{directory}/"]
