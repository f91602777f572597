"""Find containers that stand in the network or among the programs of their machine."""

from __future__ import annotations

from steward.knowhow.container_setup import by_engine, engine_case, named, running, some_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "containers_in_host_namespaces"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each engine; privileged containers are told by their own check."""
    settings = running(snapshot)
    chosen = ((name, one) for name, one in settings.items() if _shares(one) and not one.is_privileged)
    return tuple(_finding(snapshot, engine, names, settings) for engine, names in by_engine(chosen).items())


def _shares(one: ContainerSettings) -> list[str]:
    return [
        *(["network"] if one.network_mode == "host" else []),
        *(["programs"] if one.pid_mode == "host" else []),
    ]


def _finding(snapshot: Snapshot, engine: str, names: list[str], settings: dict[str, ContainerSettings]) -> Finding:
    this = engine_case(_NAME, snapshot, engine)
    shared = tuple(this.seen(f"{name} shares", " and ".join(_shares(settings[name]))) for name in names[:20])
    count = plural(len(names), "container")
    return this.finding(
        f"{count} of {engine} on {snapshot.machine.name} in its network or among its programs: {some_of(names)}",
        Severity.WATCH,
        (*named(this, names)[:1], *shared),
        if_nothing=(
            "They work as they are. What they listen on is open on every address of the machine, ports nobody"
            " published included; with its programs they see the command lines of all of them."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers with the network or the programs of their machine (watch), one finding an engine.",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
