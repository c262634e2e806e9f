"""The verdict: each state with its reason, and what must not be mistaken for what."""

from dataclasses import replace

import pytest

from pgtui.domain.archive_health import plugin_code
from pgtui.domain.archive_sample import DirectoryState
from pgtui.domain.archive_status import ArchiveState
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from tests.domain.archiving import HOUR, at, failure, look, name, running, sample, verdict
from tests.domain.made import MB, SIZE

OK, IDLE, OFF = ArchiveState.OK, ArchiveState.IDLE, ArchiveState.OFF
CATCHING_UP, LAGGING = ArchiveState.CATCHING_UP, ArchiveState.LAGGING
FAILING, STOPPED, UNKNOWN = ArchiveState.FAILING, ArchiveState.STOPPED, ArchiveState.UNKNOWN


def test_one_sample_of_a_working_archive_is_ok() -> None:
    found = verdict(sample())
    assert found.state is OK
    assert found.reason == "Every full segment is archived; the last one 60 s ago."
    assert found.hint == ""


def test_nothing_written_is_idle_however_old_the_last_segment_is() -> None:
    quiet = [sample(n, fill=200, archived_at=-30 * HOUR) for n in range(12)]
    for samples in (quiet, quiet[:1]):
        found = verdict(*samples)
        assert found.state is IDLE
        assert found.reason == "Nothing is written and nothing waits; the last one 1 d 6 h ago."


def test_an_idle_server_with_a_half_full_segment_says_what_is_not_archived() -> None:
    quiet = [sample(n, archived_at=-HOUR) for n in range(12)]
    found = verdict(*quiet)
    assert found.state is IDLE
    assert "8 MB of the current segment are not in the archive yet" in found.reason
    assert "archive_timeout is 0" in found.hint
    assert verdict(*(replace(s, timeout=60) for s in quiet)).hint == ""


def test_a_segment_in_flight_is_ok() -> None:
    found = verdict(sample(ready=1, oldest=-20))
    assert found.state is OK
    assert found.reason == "1 segment (16 MB) waits for 20 s, on the way to the archive."


def test_the_statistics_tell_of_a_failure() -> None:
    found = verdict(
        sample(120, ready=3, oldest=0, archived=1, archived_at=-20, failed_at=119, failed_count=7)
    )
    assert found.state is FAILING
    assert found.reason == (
        "3 segments (48 MB) wait, the oldest for 2 min; "
        "archive_command has failed at least 1 time since the last success."
    )
    assert "server log" in found.hint


def test_a_cause_from_the_log_leads_the_reason() -> None:
    failing = sample(120, ready=3, oldest=0, archived=None, failed_at=119, failed_count=7)
    found = verdict(failing, failure=failure(119, "The archive's file system is full."))
    assert found.reason == (
        "The archive's file system is full: 3 segments (48 MB) wait, the oldest for 2 min; "
        "archive_command has failed 7 times since the last success."
    )
    assert found.hint == "Mend it."


def test_a_success_ends_the_failing() -> None:
    failed = sample(0, ready=1, oldest=-60, archived=3, failed_at=-1, failed_count=7)
    mended = sample(1, archived_at=0.5, failed_at=-1, failed_count=7)
    assert verdict(failed).state is FAILING
    assert verdict(failed, mended).state is OK
    # Long after it the count alone means nothing.
    assert verdict(replace(mended, failed_count=9_999)).state is OK


def test_a_failure_after_which_nothing_waits_is_over() -> None:
    assert verdict(sample(0, failed_at=-5, failed_count=1)).state is OK
    assert verdict(sample(0, failed_at=-5, failed_count=1, looked=-6)).state is FAILING


def test_a_logged_failure_that_is_not_counted_is_failing() -> None:
    waiting = sample(0, ready=1, oldest=-20)
    assert verdict(waiting).state is OK
    found = verdict(waiting, failure=failure(-1, exit_code=127))
    assert found.state is FAILING
    assert "archive_command fails: the command failed" in found.reason
    # Older than the last success, or of no time: no sign of the present.
    assert verdict(waiting, failure=failure(-70)).state is OK
    assert verdict(waiting, failure=failure(None)).state is OK


def test_a_logged_failure_before_a_reset_is_no_sign_when_no_success_is_known() -> None:
    forgotten = replace(sample(0, archived=None, ready=1, oldest=-5), stats_reset=at(-10))
    assert verdict(forgotten, failure=failure(-20)).state is OK
    assert verdict(forgotten, failure=failure(-3)).state is FAILING


def test_a_reset_of_the_statistics_does_not_make_a_failing_archive_well() -> None:
    failed = sample(0, ready=1, oldest=-20, archived=3, archived_at=-60, failed_at=-1, failed_count=7)
    reset = replace(sample(1, ready=1, oldest=-20, archived=None), stats_reset=at(0.5))
    assert verdict(failed, reset).state is FAILING
    assert verdict(replace(failed, last_failed_time=at(-70)), reset).state is OK
    assert verdict(failed, replace(sample(2), stats_reset=at(0.5))).state is OK
    assert verdict(replace(failed, started=at(-9)), reset).state is OK


def test_a_full_archive_is_failing_once_something_waits() -> None:
    found = verdict(sample(ready=1), look=look(free=3 * MB))
    assert found.state is FAILING
    assert found.reason.startswith("The file system of /archive is full: 3 MB are free; 1 segment")
    assert verdict(sample(), look=look(free=3 * MB)).state is OK
    assert verdict(sample(ready=1), look=look(free=SIZE)).state is OK
    assert verdict(sample(ready=1), look=look()).state is OK


def test_an_archiver_that_is_gone_while_something_waits_is_failing() -> None:
    gone = [replace(sample(n, ready=1, oldest=-5), archiver=None) for n in range(3)]
    for samples in (gone, gone[:1]):
        found = verdict(*samples)
        assert found.state is FAILING
        assert "no archiver process" in found.reason
        assert "127" in found.hint
    # For a moment it may be gone, and where it cannot be seen its absence tells nothing.
    assert verdict(sample(-1, ready=1, oldest=-5), gone[0]).state is OK
    assert verdict(*(replace(s, sees_archiver=False) for s in gone)).state is OK
    # Just after a start it is not there yet.
    assert verdict(replace(gone[0], started=at(-2))).state is OK
    # Without anything that waits there is nothing to fail.
    assert verdict(*(replace(sample(n), archiver=None) for n in range(3))).state is OK


def test_an_archiver_that_was_started_anew_has_died() -> None:
    first = sample(0, ready=1, oldest=-5)
    assert first.archiver is not None
    second = replace(sample(1, ready=1, oldest=-5), archiver=replace(first.archiver, pid=7, started=at(0.5)))
    assert verdict(first, second).state is FAILING
    # After a restart of the server, a reset by a crash, a new library it is only new.
    restarted = replace(second, started=at(0.2))
    assert verdict(first, restarted).state is OK
    assert verdict(first, replace(second, stats_reset=at(0.4))).state is OK
    assert verdict(first, replace(second, library="basic_archive", command="")).state is OK
    # Where pg_wal cannot be looked at it is seen as well.
    blind = [replace(each, wal=None, lsn=Lsn(7 * SIZE)) for each in (first, second)]
    assert verdict(*blind).state is FAILING
    assert verdict(blind[0], replace(blind[1], archiver=first.archiver)).state is UNKNOWN
    # A success since then ends it.
    done = replace(sample(2, archived=5, current=6, archived_at=1.5), archiver=second.archiver)
    assert verdict(first, second, done).state is OK


def test_one_sample_tells_of_an_archiver_that_was_started_anew() -> None:
    made = sample(0, ready=1, oldest=-20)
    assert made.archiver is not None
    young = replace(made, archiver=replace(made.archiver, started=at(-4)))
    assert verdict(young).state is FAILING
    assert verdict(replace(young, started=at(-20))).state is OK
    assert young.wal is not None
    assert verdict(replace(young, wal=replace(young.wal, oldest_ready=at(-2)))).state is OK
    assert verdict(replace(young, last_archived_time=at(-1))).state is OK
    assert verdict(replace(young, stats_reset=at(-5))).state is OK


def test_a_command_that_runs_for_long_is_stopped() -> None:
    samples = [running(sample(n, ready=1, oldest=-1, archived_at=-300)) for n in range(100)]
    assert verdict(*samples[:25]).state is OK
    # The first one that takes long may be a slow one.
    guessed = verdict(*samples[:46])
    assert guessed.state is LAGGING
    assert guessed.reason.startswith("archive_command has been running for 46 s and may be slow or hang")
    assert "1 segment (16 MB) waits" in guessed.reason
    assert "Is it slow, or does it wait for" in guessed.hint
    for seen in (samples, samples[-1:]):
        found = verdict(*seen)
        assert found.state is STOPPED
        assert found.reason.startswith("archive_command has been running for 100 s")
        assert "1 segment (16 MB) waits" in found.reason


def test_commands_that_run_one_after_the_other_are_not_one_that_hangs() -> None:
    samples = [
        running(sample(n, current=60, archived=n // 4, archived_at=n - n % 4, ready=59 - n // 4, oldest=-500))
        for n in range(60)
    ]
    assert verdict(*samples).state is CATCHING_UP
    assert verdict(samples[-1]).state is CATCHING_UP


def test_a_command_that_is_known_to_be_slow_is_not_one_that_hangs() -> None:
    slow = [running(sample(n, ready=4, oldest=-300, archived=0, archived_at=-1)) for n in range(100)]
    assert verdict(*slow).state is STOPPED
    assert verdict(*slow, takes=40).state is LAGGING
    assert verdict(*slow, takes=12).state is STOPPED
    waits = sample(0, ready=4, oldest=-300, archived=0, archived_at=-110)
    assert verdict(waits).state is STOPPED
    assert verdict(waits, takes=40).state is LAGGING


def test_nothing_tried_for_long_is_stopped() -> None:
    found = verdict(sample(0, ready=2, oldest=-300, archived=2, archived_at=-400))
    assert found.state is STOPPED
    assert "nothing was archived and nothing failed for 5 min" in found.reason


def test_a_segment_that_was_reported_and_is_not_there_is_failing() -> None:
    made = sample(0, archived=4, archived_at=-5)
    found = verdict(made, look=look(-1, asked=[3, 4], present=[3]))
    assert found.state is FAILING
    assert found.reason == f"{name(4)} was reported as archived and is not in /archive, and gone from pg_wal."
    assert verdict(made, look=look(-1, asked=[3, 4], present=[3, 4])).state is OK
    # It was not asked for; or looked for before it was archived; or too long ago.
    assert verdict(made, look=look(-1, asked=[3], present=[3])).state is OK
    assert verdict(made, look=look(-6, asked=[3, 4], present=[3])).state is OK
    assert verdict(made, look=look(-6, asked=[3, 4], present=[3]), skew=10).state is FAILING
    assert verdict(sample(300, archived_at=-5), look=look(-1, asked=[4])).state is OK


def test_a_busy_server_does_not_hide_that_its_command_keeps_nothing() -> None:
    # The newest success is always younger than the look; an older one is not.
    samples = [sample(n, current=5 + n, archived=4 + n, archived_at=n - 0.1) for n in range(8)]
    assert verdict(*samples, look=look(5, asked=range(2, 9))).state is FAILING
    assert verdict(*samples, look=look(5, asked=range(2, 9), present=range(2, 9))).state is OK


def test_a_hole_in_the_archive_is_failing_and_a_pruned_archive_is_not() -> None:
    made = sample(0, current=9, archived=8, archived_at=-5)
    found = verdict(made, look=look(0, asked=range(3, 9), present=[3, 4, 7, 8]))
    assert found.state is FAILING
    words = f"{name(5)} and 1 other were reported as archived and are not in /archive"
    assert found.reason == f"{words}, and gone from pg_wal."
    assert verdict(made, look=look(0, asked=range(3, 9), present=[7, 8])).state is OK
    # What waits although younger ones are archived is late, not lost.
    assert made.wal is not None
    late = replace(made, wal=replace(made.wal, ready=1, ready_names=(name(5),)))
    assert verdict(late, look=look(0, asked=range(3, 9), present=[3, 4, 6, 7, 8])).state is OK


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DirectoryState.MISSING, "The archive's directory /archive is missing"),
        (DirectoryState.NOT_A_DIRECTORY, "no directory lies where the archive should be, at /archive"),
        (DirectoryState.CLOSED, "may not write into the archive's directory /archive"),
    ],
)
def test_a_broken_directory_is_failing_before_the_server_tries(state: DirectoryState, words: str) -> None:
    found = verdict(sample(), look=look(state=state))
    assert found.state is FAILING
    assert words in found.reason
    assert found.hint
    # Old, or mended since by a success.
    assert verdict(sample(100), look=look(state=state)).state is OK
    assert verdict(sample(5, archived_at=4), look=look(state=state)).state is OK


def test_a_command_that_makes_its_directory_does_not_miss_it() -> None:
    making = replace(sample(), command="mkdir -p /archive && cp %p /archive/%f")
    assert verdict(making, look=look(state=DirectoryState.MISSING)).state is OK
    assert verdict(making, look=look(state=DirectoryState.NOT_A_DIRECTORY)).state is FAILING


def test_a_directory_that_is_not_known_says_nothing() -> None:
    unknown = replace(look(state=DirectoryState.UNKNOWN), directory="")
    assert verdict(sample(), look=unknown).state is OK


def test_archiving_switched_off() -> None:
    found = verdict(replace(sample(), mode="off", command="(disabled)"))
    assert (found.state, found.reason) == (OFF, "archive_mode is off.")
    assert "standby" in verdict(replace(sample(), mode="off", in_recovery=True)).reason


@pytest.mark.parametrize("command", ["/bin/true", ":", "exit 0", "true %p %f", "cp %p /dev/null"])
def test_a_command_that_keeps_nothing_is_off(command: str) -> None:
    found = verdict(replace(sample(), command=command))
    assert found.state is OFF
    assert found.reason == f"archive_command reports success and keeps nothing: {command}"


def test_nothing_configured_is_stopped() -> None:
    found = verdict(replace(sample(), command=""))
    assert found.state is STOPPED
    assert "archive_command is empty" in found.reason
    assert verdict(replace(sample(), command="", library="basic_archive")).state is OK


def test_a_command_beside_a_library_is_refused_from_16_on() -> None:
    both = replace(sample(), library="basic_archive")
    assert verdict(replace(both, version_num=160004)).state is FAILING
    assert verdict(replace(both, version_num=150018)).state is OK


def test_a_standby_archives_only_when_told_to() -> None:
    standby = replace(sample(ready=40, oldest=-500, archived_at=-400), in_recovery=True)
    assert verdict(standby).state is IDLE
    assert "standby" in verdict(standby).reason
    assert verdict(replace(standby, mode="always")).state is STOPPED
    assert verdict(replace(sample(), in_recovery=True, mode="always")).state is OK


@pytest.mark.parametrize(
    ("server", "word"),
    [
        (ServerState.STOPPED, "stopped"),
        (ServerState.PAUSED, "paused"),
        (ServerState.MISSING, "not there any more"),
    ],
)
def test_a_server_that_is_down_is_stopped_whatever_it_told_before(server: ServerState, word: str) -> None:
    for samples in ((), (sample(),)):
        found = verdict(*samples, server=server)
        assert found.state is STOPPED
        assert word in found.reason


def test_without_a_fresh_sample_nothing_is_known() -> None:
    assert verdict().state is UNKNOWN
    assert verdict(problem="No way there.").reason == "No way there."
    assert verdict(sample(), late=4).state is OK
    found = verdict(sample(), late=12, problem="The connection broke.")
    assert found.state is UNKNOWN
    assert found.reason == "The server has not answered for 12 s: The connection broke."


def test_without_a_look_at_pg_wal_positions_tell_and_it_is_said() -> None:
    blind = [
        replace(sample(n, current=9, archived=4, ready=None), unseen=("GRANT pg_monitor TO poor.",))
        for n in range(60)
    ]
    # A few segments may be on their way, or have waited for long: one sample does not tell.
    few = replace(blind[0], lsn=Lsn(7 * SIZE))
    found = verdict(few)
    assert (found.state, found.hint) == (UNKNOWN, "GRANT pg_monitor TO poor.")
    assert (
        found.reason == "2 segments (32 MB) wait, for how long is not known; the last success was 60 s ago."
    )
    assert verdict(replace(few, last_archived_time=at(-20))).state is OK
    # Seen from their beginning on they are known to be young.
    before = [replace(few, taken=at(n - 5), lsn=Lsn(5 * SIZE)) for n in range(3)]
    assert verdict(*before, few).state is OK
    found = verdict(*blind)
    assert found.state is LAGGING
    assert "4 segments (64 MB) wait" in found.reason
    assert "this role may not look at pg_wal" in found.reason
    fine = replace(sample(ready=None), unseen=("GRANT pg_monitor TO poor.",))
    assert verdict(fine).state is OK
    assert verdict(fine).hint == "GRANT pg_monitor TO poor."
    reset = replace(fine, last_archived_wal=None, last_archived_time=None, archived_count=0)
    assert verdict(reset).state is UNKNOWN


def test_an_old_look_at_pg_wal_is_not_taken_for_the_present() -> None:
    caught_up = sample(60, current=9, archived=8, archived_at=58, ready=4, oldest=-5, looked=0)
    assert verdict(caught_up).state is OK
    behind = sample(60, current=11, archived=4, archived_at=58, ready=0, looked=0)
    assert verdict(behind).state is CATCHING_UP
    assert verdict(behind).reason == "6 segments (96 MB) wait; segments are being archived."
    # Of a recent one, what was archived since does not wait any more.
    since = sample(4, current=9, archived=8, archived_at=3, ready=4, oldest=-50, looked=0)
    assert verdict(since).state is OK


def test_other_segment_sizes_are_reckoned_with() -> None:
    small = replace(sample(), segment_size=MB, lsn=Lsn(5 * MB + 100), last_archived_wal=name(4))
    assert verdict(small).state is IDLE
    assert verdict(replace(small, lsn=Lsn(5 * SIZE))).state is IDLE


def test_a_plugins_codes() -> None:
    codes = {state: plugin_code(state) for state in ArchiveState}
    assert codes == {OK: 0, IDLE: 0, CATCHING_UP: 0, LAGGING: 1, OFF: 1, FAILING: 2, STOPPED: 2, UNKNOWN: 3}
