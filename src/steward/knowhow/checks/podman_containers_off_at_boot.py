"""Find containers of Podman that are meant to come back and that nothing starts at boot."""

from __future__ import annotations

from steward.knowhow.container_setup import named, running, some_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "podman_containers_off_at_boot"
_SERVICE = "podman-restart.service"
_MEANT = frozenset({"always", "unless-stopped"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding: Podman has no daemon, so that a policy alone brings nothing back."""
    units = snapshot.of(UNITS)
    names = [
        name
        for name, one in sorted(running(snapshot).items())
        if one.engine == "podman" and one.restart_policy in _MEANT and one.keeper != "systemd"
    ]
    service = None if units is None else units.find(_SERVICE)
    if units is None or not names or (service is not None and service.file_state in {"enabled", "enabled-runtime"}):
        return ()
    return (_finding(snapshot, names, service),)


def _finding(snapshot: Snapshot, names: list[str], service: Unit | None) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, _SERVICE, "podman", fact=SETTINGS.name)
    can_enable = service is not None and service.file_state == "disabled"
    return this.finding(
        f"{plural(len(names), 'container')} of podman on {snapshot.machine.name} will stay off after a restart of the"
        f" machine: {some_of(names)}",
        Severity.WATCH,
        (*named(this, names), this.seen(_SERVICE, service.file_state if service is not None else "not there")),
        if_nothing=f"Their policy is to come back, and only {_SERVICE} would do it at boot; it is not enabled.",
        fix="enable_podman_restart" if can_enable else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Podman containers whose policy is to come back where podman-restart.service is not enabled (watch).",
    needs=(SETTINGS.name, CONTAINERS.name, UNITS.name),
    run=run,
)
