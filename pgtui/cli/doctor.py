"""`pgtui doctor`: what is missing, wrong or left behind, each with what to do about it."""

import argparse
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_output_options
from pgtui.cli.running import run_until_signal
from pgtui.cli.text import put, put_json
from pgtui.cli.wiring import Wiring

if TYPE_CHECKING:
    from pgtui.services.doctor import Check

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser)
    parser.epilog = "Exit code 1 when there is a problem."


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    async def examine() -> int:
        from pgtui.services.doctor import is_healthy

        doctor = await wiring.open_doctor(wiring.options)
        try:
            checks = await doctor.examine()
        finally:
            await doctor.close()
        if given.json:
            put_json({"healthy": is_healthy(checks), "checks": [_as_json(check) for check in checks]})
        else:
            put("\n".join(_in_words(checks)))
        return 0 if is_healthy(checks) else 1

    return run_until_signal(examine())


def _as_json(check: "Check") -> dict[str, str | None]:
    return {
        "area": check.area,
        "health": check.health.value,
        "message": check.message,
        "hint": check.hint or None,
    }


def _in_words(checks: "tuple[Check, ...]") -> list[str]:
    lines: list[str] = []
    area = ""
    for check in checks:
        if check.area != area:
            area = check.area
            lines.append(area.capitalize())
        first, *rest = check.message.split("\n")
        lines.append(f"  {_MARKS[check.health]}  {first}")
        lines += [f"           {line}" for line in rest]
        if check.hint:
            lines.append(f"           {check.hint}")
    return lines
