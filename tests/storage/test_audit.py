"""The audit log: who had what changed, and how it ended."""

import json
import os
import pwd
from pathlib import Path

import pytest

from pgtui.domain.job import JobState
from pgtui.domain.words import describe_step
from pgtui.storage.audit import AuditLog
from tests.domain.made import HOSTILE, NOON
from tests.domain.samples import plan


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "state" / "pgtui" / "audit.jsonl", lambda: NOON)


def test_beginning_and_end_are_a_line_each_whatever_names_hold(log: AuditLog) -> None:
    log.began("job1", plan(), "run")
    log.ended("job1", plan(), JobState.FAILED, HOSTILE)
    lines = log.path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    began, ended = (json.loads(line) for line in lines)
    about = {"at": "2026-11-22T12:00:00+00:00", "job": "job1", "cluster": HOSTILE, "plan": HOSTILE}
    for record in (began, ended):
        assert record.items() >= about.items()
        assert record["who"] == pwd.getpwuid(os.getuid()).pw_name
    assert began["what"] == "run"
    assert began["steps"] == [describe_step(planned.step) for planned in plan().steps]
    assert (ended["what"], ended["error"]) == ("failed", HOSTILE)


def test_an_end_without_an_error_tells_none(log: AuditLog) -> None:
    log.ended("job1", plan(), JobState.DONE, "")
    assert "error" not in json.loads(log.path.read_text())


def test_lines_are_only_ever_added(log: AuditLog) -> None:
    log.began("job1", plan(), "run")
    before = log.path.read_bytes()
    AuditLog(log.path, lambda: NOON).began("job2", plan(), "undo")
    assert log.path.read_bytes().startswith(before)
    assert len(log.path.read_text().splitlines()) == 2


def test_it_is_its_owners_alone(log: AuditLog) -> None:
    before = os.umask(0)
    try:
        log.began("job1", plan(), "run")
    finally:
        os.umask(before)
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_account_is_told_whatever_the_environment_says(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    log.began("job1", plan(), "run")
    assert json.loads(log.path.read_text())["who"] == pwd.getpwuid(os.getuid()).pw_name


def test_an_account_without_a_name_is_told_by_its_number(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    log.began("job1", plan(), "run")
    assert json.loads(log.path.read_text())["who"] == str(2**31 - 7)
