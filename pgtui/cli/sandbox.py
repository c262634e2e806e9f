"""`pgtui sandbox`: the sandboxes that are there, what they hold, and their end."""

import argparse
import csv
import sys
from typing import TYPE_CHECKING

from pgtui.cli.parser import add_command, add_output_options, add_plan_options, positive
from pgtui.cli.plans import carry_out, job_as_json, wish_of
from pgtui.cli.running import with_services
from pgtui.cli.text import put, put_json, put_table, say, size_words
from pgtui.cli.wiring import Wiring
from pgtui.domain.job import JobState

if TYPE_CHECKING:
    from pgtui.domain.sandbox import Sandbox
    from pgtui.services.bundle import Services
    from pgtui.services.sandboxes import QueryResult

COLUMNS = ("SANDBOX", "CLUSTER", "TARGET", "STATE", "SIZE", "CREATED", "HOST")
NULL = "NULL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = add_command(commands, "list", "list the sandboxes that pgtui made")
    add_output_options(listing)
    query = add_command(commands, "query", "run one read-only statement in a sandbox")
    query.add_argument("name", metavar="NAME", help="as `pgtui sandbox list` tells it")
    query.add_argument("sql", metavar="SQL", help="the statement; - reads it from standard input")
    query.add_argument("-d", "--database", metavar="DB", help="the database; default: the first one")
    query.add_argument("--rows", type=positive, default=1000, metavar="N", help="at most N rows (1000)")
    how = query.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print an array of objects")
    how.add_argument("--csv", action="store_true", help="print comma-separated values")
    remove = add_command(commands, "remove", "remove a sandbox and all that was made for it")
    remove.add_argument("name", metavar="NAME", help="as `pgtui sandbox list` tells it")
    add_plan_options(remove)
    add_output_options(remove)


def run(given: argparse.Namespace, wiring: Wiring) -> int:
    match given.action:
        case "list":
            return with_services(wiring, lambda services: _list(services, as_json=given.json))
        case "query":
            return with_services(wiring, lambda services: _query(services, given))
        case _:
            return _remove(given, wiring)


async def _list(services: "Services", *, as_json: bool) -> int:
    found = await services.sandboxes.list()
    if as_json:
        put_json([_sandbox_as_json(sandbox) for sandbox in found])
    elif found:
        put_table(COLUMNS, [_row(sandbox) for sandbox in found])
    else:
        put("There are no sandboxes.")
    return 0


async def _query(services: "Services", given: argparse.Namespace) -> int:
    sql = sys.stdin.read() if given.sql == "-" else given.sql
    database = given.database
    if database is None:
        database = next(iter(await services.sandboxes.databases(given.name)), "postgres")
        if sys.stderr.isatty():
            say(f"In the database {database}:")
    result = await services.sandboxes.query(given.name, database, sql, rows=given.rows)
    if given.json:
        put_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
    elif given.csv:
        _put_csv(result)
    else:
        put_table(result.columns, [[NULL if cell is None else cell for cell in row] for row in result.rows])
    if result.truncated:
        say(f"There are more rows than these {len(result.rows)}: give --rows.")
    return 0


def _put_csv(result: "QueryResult") -> None:
    # For programs: the values as they are, NULL as nothing.
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in result.rows)


def _remove(given: argparse.Namespace, wiring: Wiring) -> int:
    wish = wish_of(given, verbose=wiring.options.verbose)

    async def use(services: "Services") -> int:
        plan = await services.sandboxes.remove_plan(given.name)
        job = await carry_out(services.jobs, plan, wish)
        if job is None:
            return 0
        if wish.json:
            put_json(job_as_json(job))
        elif job.state is JobState.DONE:
            put(f"The sandbox {given.name} is gone.")
        return 0 if job.state is JobState.DONE else 1

    return with_services(wiring, use)


def _sandbox_as_json(sandbox: "Sandbox") -> dict[str, object]:
    spec = sandbox.spec
    return {
        "name": spec.name,
        "cluster": spec.cluster,
        "source": str(spec.source),
        "place": str(spec.place),
        "directory": spec.directory,
        "backup": spec.backup,
        "target": spec.target,
        "created": spec.created,
        "running": sandbox.running,
        "size": sandbox.size,
    }


def _row(sandbox: "Sandbox") -> tuple[str, ...]:
    spec = sandbox.spec
    state = "running" if sandbox.running else "stopped"
    size = size_words(sandbox.size)
    return (spec.name, spec.cluster, spec.target, state, size, spec.created, spec.source.kind.value)
