"""Find engines that take orders from the network without asking who gives them."""

from __future__ import annotations

from steward.knowhow.facts.container_daemons import PLUGIN as DAEMONS
from steward.knowhow.facts.container_daemons import ContainerDaemon
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "exposed_engine_apis"
_SIGNS = ("API is accessible on", "without encryption")
_OWN = ("//127.", "//localhost", "//[::1]")
_TOLD_ELSEWHERE = ":2375 "
"""The usual port is told by the check of ports, which also knows from where it can be reached."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each engine that says so of itself; one that only its own machine reaches is none."""
    daemons = snapshot.of(DAEMONS)
    if daemons is None:
        return ()
    judged = ((engine, one, _said(one)) for engine, one in daemons.daemons.items())
    return tuple(_finding(snapshot, engine, one, said) for engine, one, said in judged if said)


def _said(one: ContainerDaemon) -> list[str]:
    told = [text for text in one.warnings if all(sign in text for sign in _SIGNS)]
    return [text for text in told if _TOLD_ELSEWHERE not in text and not any(own in text for own in _OWN)]


def _finding(snapshot: Snapshot, engine: str, one: ContainerDaemon, said: list[str]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, engine, engine, fact=DAEMONS.name)
    return this.finding(
        f"{engine} on {snapshot.machine.name} takes orders from the network without encryption",
        Severity.WARNING,
        (*this.outside("warning", said[:5]), this.seen("version", one.version)),
        if_nothing="Whoever reaches the port is root of the machine; programs that look for such ports are common.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Engines that warn of an API open without encryption on a port other than the usual 2375 (warning).",
    needs=(DAEMONS.name,),
    run=run,
)
