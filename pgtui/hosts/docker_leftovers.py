"""Workbenches that outlived the pgtui which made them."""

import time

from docker import APIClient

from pgtui.domain.errors import HostError
from pgtui.hosts.docker_container import WORKBENCH_LABEL
from pgtui.hosts.docker_link import Link

OLD = 3600.0
"""Seconds: hardly any work at a workbench takes longer, so an older one has most likely been forgotten."""


async def old_workbenches(timeout: float) -> tuple[str, ...]:
    """Return the names of containers that were made for a short work and are still there.

    An engine that does not answer has none that could be told of: that it does not answer is told elsewhere.
    """
    try:
        return await Link(timeout).call(_old)
    except HostError:
        return ()


def _old(client: APIClient) -> tuple[str, ...]:
    found = client.containers(all=True, filters={"label": WORKBENCH_LABEL})
    before = time.time() - OLD
    return tuple(str(each["Names"][0]).removeprefix("/") for each in found if float(each["Created"]) < before)
