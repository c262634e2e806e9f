"""What is told of lost segments: one that is still in pg_wal can be saved, and only what is gone is lost."""

from tests.domain.archiving import look, name, sample, verdict


def told(there: list[int]) -> tuple[str, str]:
    made = sample(current=12, archived=10, archived_at=-30, in_segments=there)
    found = verdict(made, look=look(asked=range(4, 12), present=[4, 5, 8, 9, 10]))
    return found.reason, found.hint


def test_what_is_gone_needs_a_new_base_backup() -> None:
    reason, hint = told([])
    assert reason == f"{name(6)} and 1 other were reported as archived and are not in /archive."
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
