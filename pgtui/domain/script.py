"""A plan as a shell script that runs without pgtui."""

import shlex
from collections.abc import Callable

from pgtui.domain.plan import Plan, Step
from pgtui.domain.recovery_log import PAUSED_EARLY, REACHED
from pgtui.domain.words import describe_step

ShellLines = Callable[[Step], tuple[str, ...]]
"""How a step is written for bash: given by the host at the step's place."""

_HEADER = """\
#!/usr/bin/env bash
# {title}
# Cluster: {cluster}
# Written by pgtui; it needs no pgtui to run. It stops at the first command that fails.
"""
_UNDO = """\
# Called as `bash SCRIPT undo` it takes back what the steps below made.
undo() {{
{lines}
}}
if [ $# -eq 1 ] && [ "$1" = undo ]; then undo; exit; fi
if [ $# -gt 0 ]; then echo "usage: bash $0 [undo]" >&2; exit 2; fi
"""
_NO_UNDO = """\
if [ $# -gt 0 ]; then echo "usage: bash $0 (nothing in it can be undone)" >&2; exit 2; fi
"""


def render_script(plan: Plan, lines: ShellLines) -> str:
    """Return the plan as a bash script; comments can never become commands, whatever a name holds."""
    parts = [
        _HEADER.format(title=_comment(plan.title), cluster=_comment(plan.cluster)),
        "set -euo pipefail\n",
    ]
    undo = [line for planned in reversed(plan.steps) for step in planned.undo for line in lines(step)]
    parts.append(_UNDO.format(lines="\n".join(undo)) if undo else _NO_UNDO)
    for number, planned in enumerate(plan.steps, start=1):
        parts.append(f"# {number}. {_comment(describe_step(planned.step))}")
        parts.extend(lines(planned.step))
        parts.append("")
    if plan.outcome:
        parts.append(shlex.join(("printf", "%s\\n", plan.outcome)))
    return "\n".join(parts).rstrip("\n") + "\n"


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def await_target_lines(psql: str, log: str, is_running: str) -> tuple[str, ...]:
    """Write the wait for a recovery target for bash.

    `psql` is a shell-quoted psql call that ends in `-Atc` (tuples only), `log` a command that prints the
    sandbox server's log, `is_running` a command that succeeds while its process is there.
    """
    state = (
        "select case when not pg_is_in_recovery() then 'promoted' "
        "when pg_is_wal_replay_paused() then 'paused' else 'replaying' end"
    )
    # grep reads to the end: with -q it would break the pipe, and pipefail would call that a failure.
    says = f'{log} | grep "%s" >/dev/null'
    return (
        "while :; do",
        f'  state=$({psql} "{state}" 2>/dev/null || true)',
        f'  if [ "$state" = paused ] && {says % REACHED}; then break; fi',
        f'  if [ "$state" = promoted ] || {says % PAUSED_EARLY} || ! {is_running}; then',
        f'    {log} | tail -n 20 >&2; echo "The sandbox did not stop at its target." >&2; exit 1',
        "  fi",
        "  sleep 0.5",
        "done",
    )
