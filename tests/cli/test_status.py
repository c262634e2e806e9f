"""`pgtui status`: a monitoring plugin's lines, performance data and exit codes, and JSON."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.cli.status_json import status_as_json
from pgtui.cli.status_plugin import performance, plugin_output, unknown_output, worst_code
from pgtui.domain.archive_status import (
    ArchiveFailure,
    ArchiveState,
    ArchiveStatus,
    Exposure,
    Figures,
    Verdict,
)
from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import BadInput
from tests.cli.conftest import NAME, Pgtui
from tests.domain.archiving import sample
from tests.local_cluster import ClusterFactory
from tests.services.house import LocalSite

WHEN = datetime(2026, 7, 1, 12, 0, 7, tzinfo=UTC)
FAILURE = ArchiveFailure(
    segment="000000010000000000000003",
    when=WHEN,
    words="cp: cannot create '/a': No space left on device\nsecond | line",
    exit_code=1,
    signal=None,
    meaning="the command reported a failure",
    cause="The archive's file system is full.",
    hint="Make room there.",
)
# name=value, the name quoted when it must be; a value or U; then warning, critical, minimum.
PERFORMANCE = re.compile(r"(?:'(?:[^'=]|'')+'|[^\s'=]+)=(?:U|-?\d+(?:\.\d+)?(?:s|B|c|%)?);;;0")


def status(state: ArchiveState, name: str = "student", reason: str = "All is well.") -> ArchiveStatus:
    figures = Figures(
        backlog_segments=3,
        backlog_bytes=3 << 24,
        oldest_waiting=2.5,
        written_per_second=0.0,
        exposure=Exposure(1234, 5.0),
        failures_since_success=0,
    )
    return ArchiveStatus(
        cluster=name,
        taken=WHEN,
        server=ServerState.RUNNING,
        verdict=Verdict(state, reason),
        figures=figures,
        is_current=True,
        sampled=WHEN,
    )


@pytest.mark.parametrize(
    ("state", "code", "word"),
    [
        (ArchiveState.OK, 0, "OK"),
        (ArchiveState.IDLE, 0, "OK"),
        (ArchiveState.CATCHING_UP, 0, "OK"),
        (ArchiveState.LAGGING, 1, "WARNING"),
        (ArchiveState.OFF, 1, "WARNING"),
        (ArchiveState.FAILING, 2, "CRITICAL"),
        (ArchiveState.STOPPED, 2, "CRITICAL"),
        (ArchiveState.UNKNOWN, 3, "UNKNOWN"),
    ],
)
def test_each_state_has_its_code(state: ArchiveState, code: int, word: str) -> None:
    assert worst_code([status(state)]) == code
    first = plugin_output([status(state)]).split("\n")[0]
    assert first.startswith(f"ARCHIVE {word} - student: {state.value}: All is well. | backlog=3;;;0 ")
    assert "backlog_bytes=50331648B;;;0 oldest_waiting=2.5s;;;0 written_per_second=0B;;;0" in first
    assert "archived_per_second=U;;;0" in first


def test_the_worst_counts_and_unknown_stands_between() -> None:
    states = {state: status(state) for state in ArchiveState}
    assert worst_code([states[ArchiveState.OK], states[ArchiveState.OFF]]) == 1
    assert worst_code([states[ArchiveState.UNKNOWN], states[ArchiveState.OFF]]) == 3
    assert worst_code([states[ArchiveState.UNKNOWN], states[ArchiveState.FAILING]]) == 2
    assert worst_code([]) == 3


def test_several_clusters_the_worst_first() -> None:
    found = [status(ArchiveState.OK, "a"), status(ArchiveState.FAILING, "b", "It fails.")]
    lines = plugin_output(found).split("\n")
    assert lines[0].startswith(
        "ARCHIVE CRITICAL - 1 of 2 clusters: b: failing: It fails. | 'a backlog'=3;;;0 "
    )
    assert lines[1:] == ["[CRITICAL] b: failing: It fails.", "[OK] a: ok: All is well."]


def test_cause_and_hint_stand_on_further_lines() -> None:
    found = replace(status(ArchiveState.FAILING), failure=FAILURE, log_problem="It is gone.")
    lines = plugin_output([found]).split("\n")
    assert (
        "  failing: 000000010000000000000003 (exit code 1: the command reported a failure),"
        " 2026-07-01T12:00:07+00:00" in lines
    )
    assert "  words: cp: cannot create '/a': No space left on device" in lines
    assert "  words: second ¦ line" in lines
    assert "  cause: The archive's file system is full." in lines
    assert "  log: It cannot be searched for the cause: It is gone." in lines


def test_a_sentence_is_told_once() -> None:
    unseen = "pg_wal cannot be looked at: GRANT pg_monitor TO plain."
    found = status(ArchiveState.FAILING, reason="It fails: It is gone.")
    found = replace(
        found,
        verdict=replace(found.verdict, hint=f"Make room there. Then reload. {unseen}"),
        failure=FAILURE,
        sample=replace(sample(), unseen=(unseen, "Something else.")),
        problem="It is gone.",
        problem_hint="Make room there.",
    )
    told = plugin_output([found])
    assert told.count("Make room there.") == 1
    assert told.count(unseen) == 1
    assert told.count("It is gone.") == 1
    assert told.count("  not seen: Something else.") == 1
    assert "  cause: The archive's file system is full." in told.split("\n")


def test_what_is_not_known_is_u_and_not_zero() -> None:
    known = status(ArchiveState.OK)
    for backlog, oldest, shown in ((3, None, "U"), (None, None, "U"), (0, None, "0s"), (3, 2.5, "2.5s")):
        figures = replace(known.figures, backlog_segments=backlog, oldest_waiting=oldest)
        assert f" oldest_waiting={shown};;;0 " in performance(replace(known, figures=figures))


def test_no_line_of_what_is_unknown_begins_performance_data() -> None:
    error = BadInput("There is no cluster 'a|b'.\nc|d", "Known: 'e|f'.\ng|h=1")
    assert unknown_output(error).split("\n") == [
        "ARCHIVE UNKNOWN - There is no cluster 'a¦b'.",
        "  c¦d",
        "  Known: 'e¦f'.",
        "  g¦h=1",
    ]


def test_json_has_times_with_offsets_and_null_for_the_unknown() -> None:
    shown = json.loads(json.dumps(status_as_json(replace(status(ArchiveState.OK), failure=FAILURE))))
    assert (shown["state"], shown["exit_code"], shown["sampled"]) == ("ok", 0, "2026-07-01T12:00:07+00:00")
    assert shown["figures"]["archived_per_second"] is None
    assert shown["failure"]["when"] == "2026-07-01T12:00:07+00:00"
    assert shown["sample"] is None


@given(st.text(min_size=1, max_size=40), st.text(max_size=60), st.booleans())
def test_no_name_or_reason_breaks_the_form(name: str, reason: str, several: bool) -> None:
    found = [status(ArchiveState.OK, name, reason), *([status(ArchiveState.OK, "b")] if several else [])]
    first, *rest = plugin_output(found).split("\n")
    text, sign, data = first.partition(" | ")
    assert (sign, "|" in text) == (" | ", False)
    assert PERFORMANCE.sub("", data).strip() == ""
    assert all("|" not in line for line in rest)


# On a real server.


@pytest.fixture
def settled(site: LocalSite) -> LocalSite:
    site.archive_wal()
    return site


def test_a_healthy_cluster_of_a_hostile_name(pgtui: Pgtui, config: Path, settled: LocalSite) -> None:
    settled.psql("select 1")
    done = pgtui("--config", str(config), "status", NAME)
    assert (done.code, done.err) == (0, "")
    first = done.out.split("\n")[0]
    assert first.startswith("ARCHIVE OK - stu\"dent's; $(x) [red]␛: ")
    assert " | backlog=0;;;0 " in first
    assert "archive_free=U" not in first
    shown = pgtui("--config", str(config), "status", NAME, "--json").json
    assert (shown["cluster"], shown["exit_code"], shown["archive"]["state"]) == (NAME, 0, "there")
    assert shown["sample"]["archived_count"] >= 1


def test_the_only_cluster_needs_no_name(pgtui: Pgtui, config: Path, settled: LocalSite) -> None:
    assert settled.cluster.name
    found = pgtui("--config", str(config), "status", "--json")
    if found.code == 3:
        # Other servers run on this machine.
        assert "several clusters" in found.out
    else:
        assert found.json["cluster"] == NAME
    everything = pgtui("--config", str(config), "status", "--all", "--json").json
    assert NAME in {each["cluster"] for each in everything["clusters"]}


def test_bad_input_is_unknown_and_not_critical(pgtui: Pgtui, config: Path) -> None:
    unknown = pgtui("--config", str(config), "status", "nobody")
    assert unknown.code == 3
    assert unknown.out.startswith("ARCHIVE UNKNOWN - There is no cluster 'nobody'.")
    for arguments in (("status", "--nonsense"), ("status", "a", "--all"), ("status", "--watch", "0")):
        done = pgtui(*arguments)
        assert done.code == 3, arguments
        assert done.out.startswith("ARCHIVE UNKNOWN - ")
        assert done.err == ""
    piped = pgtui("--config", str(config), "status", "a|b")
    assert (piped.code, "|" in piped.out) == (3, False)
    other = pgtui("clusters", "--nonsense")
    assert (other.code, other.out) == (2, "")


def test_a_broken_archive_is_critical_with_its_cause(
    pgtui: Pgtui, make_cluster: ClusterFactory, tmp_path: Path
) -> None:
    site = LocalSite(make_cluster())
    path = tmp_path / "pgtui.toml"
    path.write_text(
        f"[[clusters]]\nname = 'it'\nhost = 'local'\ndata_directory = {json.dumps(str(site.local.data))}\n"
        f"bindir = {json.dumps(str(site.local.bindir))}\narchive = {json.dumps(str(site.local.archive))}\n"
    )
    site.local.archive.rmdir()
    site.psql("select pg_logical_emit_message(false, 'a', 'b')")
    site.psql("select pg_switch_wal()")

    def ask() -> tuple[int, str]:
        done = pgtui("--config", str(path), "status", "it")
        return done.code, done.out

    code, out = ask()
    for _ in range(20):
        if "words:" in out:
            break
        code, out = ask()
    assert code == 2
    assert out.startswith("ARCHIVE CRITICAL - it: failing: ")
    assert "No such file or directory" in out
    assert "cause: The archive directory, or another path of the command, is missing." in out
    site.local.stop()
    stopped = pgtui("--config", str(path), "status", "it")
    assert (stopped.code, "backlog=U;;;0" in stopped.out) == (2, True)


def test_watching_tells_a_line_at_a_time_until_it_is_interrupted(
    config: Path, settled: LocalSite, tmp_path: Path
) -> None:
    assert settled.cluster.name
    argv = [sys.executable, "-m", "pgtui", "--config", str(config), "status", NAME, "--watch", "1"]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/absent.sock"}
    for options in ([], ["--json"]):
        with subprocess.Popen(
            [*argv, *options], stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        if options:
            assert [json.loads(line)["cluster"] for line in lines] == [NAME, NAME]
        else:
            assert all(" OK - stu\"dent's; $(x) [red]␛: " in line for line in lines)
