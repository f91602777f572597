"""Find containers that run for a user other than root, where Steward cannot ask how they are."""

from __future__ import annotations

from collections import Counter

from steward.knowhow.facts.container_usage import PLUGIN as USAGE
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.findings import case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unseen_containers"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such user."""
    usage, containers = snapshot.of(USAGE), snapshot.of(CONTAINERS)
    if usage is None or containers is None:
        return ()
    known = {one.id for one in containers.containers.values()}
    unseen = Counter(
        one.user_id for one in usage.containers.values() if one.user_id > 0 and one.tasks > 0 and one.id not in known
    )
    return tuple(_finding(snapshot, user, count) for user, count in sorted(unseen.items()))


def _finding(snapshot: Snapshot, user: int, count: int) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ACCOUNT, f"user {user}", "cgroup")
    return this.finding(
        f"{plural(count, 'container')} of user {user} on {snapshot.machine.name} cannot be looked after",
        Severity.WATCH,
        (this.seen("containers", count), this.seen("user_id", user)),
        if_nothing=(
            "Nobody tells when one of them ends, fails its health check or runs an old image: only engines of root"
            " are asked."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers of rootless engines, whose state nobody here can ask for (watch), one finding a user.",
    needs=(USAGE.name, CONTAINERS.name),
    run=run,
)
