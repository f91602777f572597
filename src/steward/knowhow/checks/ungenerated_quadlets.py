"""Find quadlets that systemd knows nothing of, or knows as they were."""

from __future__ import annotations

from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.facts.quadlets import Quadlet, Quadlets
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "ungenerated_quadlets"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each file."""
    quadlets = snapshot.of(QUADLETS)
    if quadlets is None:
        return ()
    return tuple(_finding(snapshot, quadlets, one) for one in quadlets.quadlets.values() if one.state != "made")


def _finding(snapshot: Snapshot, quadlets: Quadlets, one: Quadlet) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILE, one.file, "systemd")
    file, where = visible_line(one.file), snapshot.machine.name
    if one.state == "changed":
        title = f"{file} on {where} was changed and systemd still has {visible_line(one.unit)} as it was"
        if_nothing = "The change takes effect at the next restart of the machine, or after `systemctl daemon-reload`."
        severity = Severity.WATCH
    else:
        title = f"{file} on {where} makes no unit"
        if_nothing = (
            "What it describes does not run. `systemctl daemon-reload` reads it;"
            " `/usr/libexec/podman/quadlet -dryrun` says what is wrong with it."
            if quadlets.generator
            else "What it describes does not run: Podman here is older than 4.4, or brought no generator for systemd."
        )
        severity = Severity.WARNING
    return this.finding(
        title,
        severity,
        (
            this.seen("unit", visible_line(one.unit)),
            this.seen("state", one.state),
            this.seen("generator", quadlets.generator or "none"),
        ),
        if_nothing=if_nothing,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Quadlet files of Podman that make no unit (warning), or were changed since systemd read them (watch).",
    needs=(QUADLETS.name,),
    run=run,
)
