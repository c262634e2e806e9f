"""What a crash leaves behind: a sentence and a report, and no secret."""

import stat
from pathlib import Path

import pytest
from textual import work

from pgtui.ui.app import PgtuiApp
from tests.ui.console import SMALL, make_app, until
from tests.ui.fakes import FakeJobs, fake_services

SECRET = "hunter2"


class CrashingApp(PgtuiApp):
    """Fails with a secret in a local variable: in a handler, or in a worker."""

    def action_fail(self) -> None:
        password = SECRET
        raise RuntimeError(f"broken \x1b[31m{len(password)}")

    @work
    async def action_fail_in_worker(self) -> None:
        password = SECRET
        raise RuntimeError(f"broken \x1b[31m{len(password)}")


async def _crash(app: PgtuiApp, action: str) -> None:
    async with app.run_test(size=SMALL):
        await until(lambda: app.inventory_snapshot is not None)
        app.call_later(app.run_action, action)
        await until(lambda: app.return_code is not None)


@pytest.mark.parametrize("action", ["fail", "fail_in_worker"])
async def test_a_crash_report_has_the_traceback_and_no_locals(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(state=tmp_path / "state")
    monkeypatch.setattr(app, "__class__", CrashingApp)
    with pytest.raises(Exception, match="broken"):
        await _crash(app, action)

    reports = list((tmp_path / "state").iterdir())
    assert len(reports) == 1
    report = reports[0].read_text()
    words = capsys.readouterr().err
    assert stat.S_IMODE(reports[0].stat().st_mode) == 0o600
    assert "RuntimeError: broken" in report
    assert "action_fail" in report
    assert "RuntimeError" in words
    assert "".join(str(reports[0]).split()) in "".join(words.split())
    assert SECRET not in report + words
    assert "\x1b[31m7" not in words
    assert app.return_code == 1


async def test_a_disk_that_takes_no_report_does_not_hide_the_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("not a directory")
    app = make_app(state=tmp_path / "state")
    monkeypatch.setattr(app, "__class__", CrashingApp)
    with pytest.raises(RuntimeError, match="broken"):
        await _crash(app, "fail")

    assert "RuntimeError" in capsys.readouterr().err


async def test_jobs_are_drained_after_a_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    jobs = FakeJobs()
    app = make_app(fake_services(jobs=jobs), state=tmp_path)
    monkeypatch.setattr(app, "__class__", CrashingApp)

    async def fail(pilot: object) -> None:  # noqa: ARG001
        await until(lambda: app.inventory_snapshot is not None)
        app.call_later(app.action_fail)  # type: ignore[attr-defined]
        await until(lambda: app.return_code is not None)

    await app.run_async(headless=True, size=SMALL, auto_pilot=fail)

    assert jobs.was_shut_down
    assert app.return_code == 1
