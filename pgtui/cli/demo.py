"""`pgtui demo`: a cluster with a small history, for as long as the console or a command runs on it."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from pgtui.cli.entry import check_terminal
from pgtui.cli.running import run_to_the_end, run_until_signal
from pgtui.cli.text import console, say
from pgtui.cli.wiring import DemoChoice, Wiring
from pgtui.domain.errors import BadInput
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from pgtui.services.demo import DemoCluster

_GRACE = 10.0
"""Seconds that a command gets to end by itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--docker", action="store_true", help="in a container instead of a temporary directory"
    )
    parser.add_argument("--image", metavar="IMAGE", help="with --docker: the container's image")
    parser.add_argument(
        "argv",
        metavar="COMMAND",
        nargs="*",
        help="after --: run this instead of the console, and end with its exit code;"
        " PGTUI_DEMO_CLUSTER and PGTUI_DEMO_TARGET tell it the cluster's name and a time worth going back to",
    )


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    if given.image and not given.docker:
        raise BadInput("--image is for a demo in a container.", "Give --docker too.")
    if given.argv and shutil.which(given.argv[0]) is None:
        raise BadInput(
            f"There is no program {given.argv[0]!r} to run.", "Give a program and its arguments after --."
        )
    if not given.argv:
        check_terminal("`pgtui demo -- COMMAND` runs a command on the demo instead.")
    demo = wiring.make_demo(wiring.options, DemoChoice(given.docker, given.image))
    try:
        if code := run_until_signal(_create(demo)):
            return code
        if given.argv:
            return run_until_signal(_run_command(given.argv, demo))
        return wiring.open_console(wiring.options, demo)
    finally:
        run_to_the_end(demo.remove())


async def _create(demo: "DemoCluster") -> int:
    if sys.stderr.isatty():
        await _create_with_bar(demo)
    else:
        await demo.create(lambda words, _: say(words))
    return 0


async def _create_with_bar(demo: "DemoCluster") -> None:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(bar_width=30), TimeElapsedColumn())
    words = TextColumn("{task.description}", markup=False)
    with Progress(*columns, words, console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=1.0)

        def tell(text: str, done: float) -> None:
            progress.update(task, description=visible(text), completed=done)

        await demo.create(tell)


async def _run_command(argv: list[str], demo: "DemoCluster") -> int:
    told = {
        "PGTUI_DEMO_CLUSTER": demo.cluster.name,
        "PGTUI_DEMO_TARGET": demo.suggested_target.isoformat(),
    }
    process = await asyncio.create_subprocess_exec(*argv, env={**os.environ, **told})
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)
    return code if code >= 0 else 128 - code


async def _end(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE)
            return
