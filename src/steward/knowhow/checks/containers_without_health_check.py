"""Find containers that serve others and of which nobody can tell whether they work."""

from __future__ import annotations

from steward.knowhow.container_setup import by_engine, engine_case, named, running, some_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "containers_without_health_check"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each engine; only what publishes a port is expected to have one."""
    chosen = ((name, one) for name, one in running(snapshot).items() if one.host_ports and not one.has_health_check)
    return tuple(_finding(snapshot, engine, names) for engine, names in by_engine(chosen).items())


def _finding(snapshot: Snapshot, engine: str, names: list[str]) -> Finding:
    this = engine_case(_NAME, snapshot, engine)
    return this.finding(
        f"{plural(len(names), 'container')} of {engine} on {snapshot.machine.name} with a published port and no"
        f" health check: {some_of(names)}",
        Severity.WATCH,
        named(this, names),
        if_nothing="A program in them that hangs goes on counting as running; nothing tells until somebody uses it.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers that publish a port and have no health check (watch), one finding an engine.",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
