"""Find containers that should run by their restart policy and do not."""

from __future__ import annotations

from steward.knowhow.container_evidence import container_case, container_evidence
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "stopped_containers"
_ASKED_TO_END = frozenset({0, 130, 137, 143})
"""What a container gives that ended by itself or was told to."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each container that is off against its policy."""
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        return ()
    stopped = ((name, one) for name, one in containers.containers.items() if _should_run(one))
    return tuple(_finding(snapshot, name, one) for name, one in stopped)


def _should_run(one: Container) -> bool:
    if one.state not in {"exited", "dead"}:
        return False
    if one.restart_policy == "on-failure":
        return one.exit_code not in _ASKED_TO_END or one.is_out_of_memory
    return one.restart_policy in {"always", "unless-stopped"}


def _finding(snapshot: Snapshot, name: str, one: Container) -> Finding:
    this = container_case(_NAME, snapshot, name, one)
    has_crashed = one.exit_code not in _ASKED_TO_END or one.is_out_of_memory or bool(one.error)
    where = f"container {name} on {snapshot.machine.name}"
    if has_crashed:
        title, severity = f"{where} ended with status {one.exit_code} and is not restarted", Severity.DOWN
        if_nothing = "It stays off: its engine has given up on it."
    else:
        title, severity = f"{where} is off, though its policy is to run", Severity.WATCH
        if_nothing = (
            "It stays off. Somebody seems to have stopped it; with the policy `always` it comes back when the engine"
            " or the machine is restarted."
        )
    return this.finding(title, severity, container_evidence(this, one), if_nothing=if_nothing, fix="restart_container")


PLUGIN = Check(
    name=_NAME,
    summary="Containers that are off although their restart policy says they should run.",
    needs=(CONTAINERS.name,),
    run=run,
)
