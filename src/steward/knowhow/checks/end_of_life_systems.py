"""Find machines whose distribution gets no security updates any more, or soon will not."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.end_of_life import AS_OF, EndOfLife, end_of_life
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "end_of_life_systems"
_SOON = timedelta(days=90)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a distribution that is not in the table is not judged."""
    system = snapshot.of(OS)
    known = None if system is None else _end(snapshot, system)
    if system is None or known is None or snapshot.at < known.at - _SOON:
        return ()
    is_over = snapshot.at >= known.at
    name = visible_line(system.name)
    this = case(_NAME, snapshot, ResourceKind.MACHINE, snapshot.machine.name, "/etc/os-release")
    return (
        this.finding(
            f"{name} on {snapshot.machine.name} "
            + (
                f"has had no security updates for {age(snapshot.at - known.at)}"
                if is_over
                else f"gets no more security updates in {age(known.at - snapshot.at)}"
            ),
            Severity.WARNING if is_over else Severity.WATCH,
            (
                this.seen("distribution", system.id),
                this.seen("version", system.version),
                this.seen("supported_until", known.at.date().isoformat()),
                this.seen("told_by", known.source),
                this.seen("looked_up", AS_OF),
            ),
            if_nothing="New holes in its programs stay open, and programs for it are no longer made.",
        ),
    )


def _end(snapshot: Snapshot, system: OperatingSystem) -> EndOfLife | None:
    """Proxmox VE calls itself Debian and ends before it; its services tell it."""
    units = snapshot.of(UNITS)
    is_proxmox = units is not None and "pvedaemon.service" in units.units
    return end_of_life("proxmox" if is_proxmox and system.id == "debian" else system.id, system.version)


PLUGIN = Check(
    name=_NAME,
    summary="Distributions without security updates (warning), or without them within 90 days (watch).",
    needs=(OS.name,),
    run=run,
)
