"""Find containers that cannot run because another one has their port."""

from __future__ import annotations

from steward.knowhow.container_setup import setup_case, with_state
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "conflicting_container_ports"
_TAKEN = ("port is already allocated", "address already in use")


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each container that is off and has lost, or will lose, its port to another."""
    all_of_them = with_state(snapshot)
    has_port = {name: one for name, (one, state) in all_of_them.items() if state.state == "running"}
    found: list[Finding] = []
    for name, (one, state) in all_of_them.items():
        if state.state not in {"exited", "created", "dead"}:
            continue
        holder, port = _holder(one, has_port)
        is_refused = any(text in state.error for text in _TAKEN)
        if is_refused or (port and one.restart_policy == "always"):
            found.append(_finding(snapshot, name, one, state, f"{holder} {port}".strip()))
    return tuple(found)


def _holder(one: ContainerSettings, others: dict[str, ContainerSettings]) -> tuple[str, str]:
    """Return who has a port that a container asks for, and which; empty texts for nobody."""
    pairs = (
        (name, mine)
        for name, other in others.items()
        for mine in one.host_ports
        for theirs in other.host_ports
        if _collide(mine, theirs)
    )
    return next(pairs, ("", ""))


def _collide(mine: str, theirs: str) -> bool:
    """Tell whether two ports cannot be had at once: one for all addresses collides with any of the same number."""
    my_address, _, my_port = mine.rpartition(":")
    their_address, _, their_port = theirs.rpartition(":")
    return my_port == their_port and (not my_address or not their_address or my_address == their_address)


def _finding(snapshot: Snapshot, name: str, one: ContainerSettings, state: Container, taken: str) -> Finding:
    this = setup_case(_NAME, snapshot, name, one)
    holder, _, port = taken.partition(" ")
    whom = f"container {holder} has its port {port}" if port else "something else has its port"
    is_refused = any(text in state.error for text in _TAKEN)
    return this.finding(
        f"container {name} on {snapshot.machine.name} is off, and {whom}",
        Severity.WARNING if is_refused else Severity.WATCH,
        (
            this.seen("state", state.state),
            this.seen("asks_for", " ".join(one.host_ports[:10])),
            *([this.seen("held_by", holder)] if holder else []),
            *this.outside("error", [state.error]),
        ),
        if_nothing=(
            "It cannot be started while the port is taken."
            if is_refused
            else "Its policy is `always`: when the engine is restarted, the first of the two to start gets the port."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers that are off because their port is taken (warning), or will race for it at a restart (watch).",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
