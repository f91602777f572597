"""What the checks of containers share: the evidence they show, and what a crash loop is."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.containers import Container
from steward.knowhow.findings import Case, case
from steward.model.fact import Snapshot
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_OFTEN = 3
_SHORT = timedelta(minutes=10)


def is_looping(one: Container, snapshot: Snapshot) -> bool:
    """Tell whether a container is between two attempts, or was restarted often and is young again."""
    if one.state == "restarting":
        return True
    is_young = one.started_at is not None and snapshot.at - one.started_at < _SHORT
    return one.state == "running" and one.restart_count >= _OFTEN and is_young


def container_case(check: str, snapshot: Snapshot, name: str, one: Container) -> Case:
    """Open a case about a container, by the name it has in the fact."""
    return case(check, snapshot, ResourceKind.CONTAINER, name, one.engine)


def container_evidence(this: Case, one: Container) -> tuple[Observation, ...]:
    """Return state, health, restarts, the engine's own complaint and the last lines of the log."""
    return (
        this.seen("state", one.state),
        *([this.seen("health", one.health)] if one.health else []),
        this.seen("restart_count", one.restart_count),
        this.seen("exit_code", one.exit_code),
        this.seen("restart_policy", one.restart_policy or "no"),
        this.seen("image", one.image),
        *([this.seen("is_out_of_memory", one.is_out_of_memory)] if one.is_out_of_memory else []),
        *this.outside("error", [one.error]),
        *this.outside("log_line", one.log_lines),
    )
