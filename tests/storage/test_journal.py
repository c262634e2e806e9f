"""The journal: nothing is ever half done unseen, however a job's process ended."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pgtui.domain.job import KEPT_OUTPUT, JobState, StepState
from pgtui.storage.journal import Journal, JournalWriter
from tests.domain.made import HOSTILE, NOON
from tests.domain.samples import plan

JOB = "20261122-120000-ab12"
ROOT = Path(__file__).parents[2]


def _clock() -> Callable[[], datetime]:
    """A clock that goes on one second with each look."""
    seconds = iter(range(1_000_000))
    return lambda: NOON + timedelta(seconds=next(seconds))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "jobs", _clock())


def _file(tmp_path: Path, job_id: str = JOB) -> Path:
    return tmp_path / "state" / "jobs" / f"{job_id}.jsonl"


def _begun(journal: Journal, job_id: str = JOB) -> JournalWriter:
    writer = journal.open(job_id)
    writer.begin(job_id, plan())
    return writer


@contextmanager
def _other_process(tmp_path: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun a job and holds its file."""
    argv = [sys.executable, "-m", "tests.storage.writing", str(_file(tmp_path).parent), JOB, mode]
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_without_a_directory_there_are_no_jobs(journal: Journal) -> None:
    assert (journal.entries(), journal.unreadable(), journal.entry(JOB)) == ((), (), None)


def test_a_whole_job_is_told_as_it_was(journal: Journal) -> None:
    writer = _begun(journal)
    writer.step(0, StepState.RUNNING)
    writer.step(0, StepState.DONE, 1.5)
    writer.step(1, StepState.RUNNING)
    writer.step(1, StepState.FAILED, 0.25)
    writer.end(JobState.FAILED, f"It failed: {HOSTILE}", "Try again.", ("one", HOSTILE))
    writer.close()
    found = journal.entry(JOB)
    assert found
    assert (found.id, found.plan, found.state) == (JOB, plan(), JobState.FAILED)
    assert found.started == NOON
    assert found.ended == NOON + timedelta(seconds=5)
    assert found.steps[:3] == (StepState.DONE, StepState.FAILED, StepState.WAITING)
    assert found.seconds[:3] == (1.5, 0.25, None)
    assert len(found.steps) == len(found.seconds) == len(plan().steps)
    assert (found.error, found.hint) == (f"It failed: {HOSTILE}", "Try again.")
    assert found.output == ("one", HOSTILE)


def test_only_the_last_lines_of_output_are_kept(journal: Journal) -> None:
    writer = _begun(journal)
    writer.end(JobState.DONE, "", "", tuple(map(str, range(KEPT_OUTPUT + 5))))
    writer.close()
    found = journal.entry(JOB)
    assert found
    assert found.output == tuple(map(str, range(5, KEPT_OUTPUT + 5)))


def test_a_record_is_there_for_others_as_soon_as_it_is_written(journal: Journal) -> None:
    writer = _begun(journal)
    writer.step(0, StepState.RUNNING)
    found = journal.entry(JOB)
    assert found
    assert (found.state, found.steps[0]) == (JobState.RUNNING, StepState.RUNNING)
    writer.close()


def test_a_job_released_without_an_end_was_interrupted(journal: Journal) -> None:
    _begun(journal).close()
    found = journal.entry(JOB)
    assert found
    assert (found.state, found.ended, found.error) == (JobState.INTERRUPTED, None, "")


def test_a_resumed_job_has_no_end_until_it_ends_again(journal: Journal) -> None:
    writer = _begun(journal)
    writer.end(JobState.FAILED, "first", "", ())
    writer.close()
    again = journal.open(JOB)
    again.resume("undo")
    again.step(0, StepState.UNDONE, None)
    resumed = journal.entry(JOB)
    assert resumed
    assert (resumed.state, resumed.error, resumed.ended) == (JobState.RUNNING, "", None)
    again.close()
    released = journal.entry(JOB)
    assert released
    assert (released.state, released.steps[0]) == (JobState.INTERRUPTED, StepState.UNDONE)


def test_a_job_that_another_process_runs_is_running_and_cannot_be_opened(
    journal: Journal, tmp_path: Path
) -> None:
    with _other_process(tmp_path, "hold") as process:
        found = journal.entry(JOB)
        assert found
        assert (found.state, found.plan) == (JobState.RUNNING, plan())
        assert found.steps[:2] == (StepState.DONE, StepState.RUNNING)
        with pytest.raises(BlockingIOError):
            journal.open(JOB)
        # The refused attempt changed nothing, and did not release the other's lock.
        assert journal.entry(JOB) == found
        process.communicate("", timeout=20)
    after = journal.entry(JOB)
    assert after
    assert after.state is JobState.INTERRUPTED
    assert after.steps == found.steps


def test_a_process_killed_while_it_writes_leaves_a_readable_journal(journal: Journal, tmp_path: Path) -> None:
    with _other_process(tmp_path, "many") as process:
        process.kill()
        process.wait(20)
    found = journal.entry(JOB)
    assert found
    assert (found.state, found.plan) == (JobState.INTERRUPTED, plan())
    assert found.steps[:2] == (StepState.DONE, StepState.RUNNING)
    assert journal.unreadable() == ()
    # And it can be taken up where it stood.
    writer = journal.open(JOB)
    writer.resume("finish")
    writer.end(JobState.DONE, "", "", ())
    writer.close()
    ended = journal.entry(JOB)
    assert ended
    assert ended.state is JobState.DONE


def test_a_file_cut_anywhere_behind_its_plan_is_still_read(journal: Journal, tmp_path: Path) -> None:
    writer = _begun(journal)
    head = _file(tmp_path).stat().st_size
    writer.step(0, StepState.DONE, 1.0)
    writer.end(JobState.DONE, "", "", ())
    writer.close()
    whole = _file(tmp_path).read_bytes()
    first = whole.index(b"\n", head) + 1
    for cut in range(head, len(whole)):
        _file(tmp_path).write_bytes(whole[:cut])
        found = journal.entry(JOB)
        assert found, cut
        assert found.state is JobState.INTERRUPTED, cut
        assert found.steps[0] is (StepState.DONE if cut >= first else StepState.WAITING), cut


def test_a_torn_last_line_does_not_spoil_the_next_record(journal: Journal, tmp_path: Path) -> None:
    writer = _begun(journal)
    writer.step(0, StepState.DONE, 1.0)
    writer.close()
    with _file(tmp_path).open("ab") as file:
        file.write(b'{"at": "2026-11-22T12:00:00+00:00", "type": "st')
    again = journal.open(JOB)
    again.step(1, StepState.DONE, 2.0)
    again.close()
    found = journal.entry(JOB)
    assert found
    assert found.seconds[:2] == (1.0, 2.0)
    assert all(json.loads(line) for line in _file(tmp_path).read_text().splitlines())


def test_a_job_that_ends_while_it_is_read_is_never_taken_for_interrupted(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = _begun(journal)
    read = Path.read_bytes

    def read_and_end(path: Path) -> bytes:
        content = read(path)
        writer.end(JobState.DONE, "", "", ())
        writer.close()
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_end)
    found = journal.entry(JOB)
    assert found
    assert found.state in (JobState.RUNNING, JobState.DONE)


def test_jobs_are_told_newest_first(journal: Journal) -> None:
    for job_id in ("b", "a", "c"):
        _begun(journal, job_id).close()
    assert [entry.id for entry in journal.entries()] == ["c", "a", "b"]


def test_file_and_directory_are_their_owners_alone(journal: Journal, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _begun(journal).close()
    finally:
        os.umask(before)
    assert _file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert _file(tmp_path).parent.stat().st_mode & 0o777 == 0o700


def _plan_line(**changes: object) -> str:
    record = {"at": NOON.isoformat(), "type": "plan", "id": "x", "plan": {}}
    return json.dumps({**record, **changes}) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        "no json\n",
        "torn before its first line ended",
        "[]\n",
        "null\n",
        "{}\n",
        "\n",
        "\0\0\0\n",
        "[" * 100_000 + "\n",
        _plan_line(),
        _plan_line(at="yesterday"),
    ],
    ids=["text", "torn", "list", "null", "object", "blank", "zeros", "nested", "no plan", "no time"],
)
def test_a_file_that_is_no_job_is_reported_and_spoils_no_other(
    journal: Journal, tmp_path: Path, content: str
) -> None:
    _begun(journal).close()
    _file(tmp_path, "damaged").write_text(content)
    assert [entry.id for entry in journal.entries()] == [JOB]
    assert journal.unreadable() == (_file(tmp_path, "damaged"),)
    assert journal.entry("damaged") is None


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "step", "index": 99, "state": "done", "seconds": 1}',
        '{"type": "step", "index": 0, "state": "unheard of", "seconds": 1}',
        '{"type": "end", "at": "2026-11-22T12:00:00+00:00"}',
        "5",
        "{",
    ],
)
def test_a_damaged_record_is_reported_rather_than_passed_over(
    journal: Journal, tmp_path: Path, line: str
) -> None:
    _begun(journal).close()
    with _file(tmp_path).open("a") as file:
        file.write(line + "\n")
    assert journal.entries() == ()
    assert journal.unreadable() == (_file(tmp_path),)


def test_a_time_without_a_zone_is_damage_and_spoils_no_other_job(journal: Journal, tmp_path: Path) -> None:
    _begun(journal).close()
    _begun(journal, "naive").close()
    head = json.loads(_file(tmp_path, "naive").read_text())
    head["at"] = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None).isoformat()
    _file(tmp_path, "naive").write_text(json.dumps(head) + "\n")
    assert [entry.id for entry in journal.entries()] == [JOB]
    assert journal.unreadable() == (_file(tmp_path, "naive"),)


def test_directories_and_dangling_links_are_reported(journal: Journal, tmp_path: Path) -> None:
    _begun(journal).close()
    _file(tmp_path, "folder").mkdir()
    _file(tmp_path, "gone").symlink_to(tmp_path / "nowhere")
    assert [entry.id for entry in journal.entries()] == [JOB]
    assert set(journal.unreadable()) == {_file(tmp_path, "folder"), _file(tmp_path, "gone")}


def test_an_empty_file_is_a_job_that_never_began(journal: Journal, tmp_path: Path) -> None:
    journal.open(JOB).close()
    assert _file(tmp_path).exists()
    assert (journal.entries(), journal.unreadable()) == ((), ())
