"""Find containers that have run for long and will not come back after a restart of their machine."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.container_setup import setup_case, with_state
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "containers_without_restart_policy"
_LONG = timedelta(days=7)
"""What has run for a week is no trial and no job."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; what systemd or Swarm starts, and what is thrown away at its end, is none."""
    judged = ((name, one, _ran(snapshot, one, state)) for name, (one, state) in with_state(snapshot).items())
    return tuple(_finding(snapshot, name, one, ran) for name, one, ran in judged if ran is not None)


def _ran(snapshot: Snapshot, one: ContainerSettings, state: Container) -> timedelta | None:
    """Return how long a container runs that nobody would start again, or None."""
    is_single = one.is_removed_when_off or (one.compose is not None and one.compose.is_one_off)
    if state.state != "running" or state.started_at is None or is_single:
        return None
    if one.restart_policy != "no" or one.keeper in {"systemd", "swarm"}:
        return None
    ran = snapshot.at - state.started_at
    return ran if ran >= _LONG else None


def _finding(snapshot: Snapshot, name: str, one: ContainerSettings, ran: timedelta) -> Finding:
    this = setup_case(_NAME, snapshot, name, one)
    return this.finding(
        f"container {name} on {snapshot.machine.name} runs for {age(ran)} and will not come back after a restart",
        Severity.WATCH,
        (
            this.seen("restart_policy", one.restart_policy),
            this.seen("running_days", ran.days),
            this.seen("image", one.image),
        ),
        if_nothing="It stays off after the next restart of the machine or of its engine, or once it ends by itself.",
        fix="keep_container_running" if one.engine == "docker" else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Containers that run for a week or longer with no restart policy, and that nothing else starts (watch).",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
