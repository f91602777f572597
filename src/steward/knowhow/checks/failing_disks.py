"""Find disks that say of themselves that they fail."""

from __future__ import annotations

from steward.knowhow.disk_findings import asked_disks, called, counted, disk_case
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "failing_disks"
_SPARE, _TOO_HOT, _UNRELIABLE, _READ_ONLY, _BATTERY = 1, 2, 4, 8, 16
_WARNINGS = (
    (_READ_ONLY, Severity.DOWN, "can only be read any more"),
    (_UNRELIABLE, Severity.DOWN, "has become unreliable"),
    (_SPARE, Severity.WARNING, "has hardly any spare blocks left"),
    (_BATTERY, Severity.WARNING, "could lose what it was about to write in a power cut"),
)
"""Bits of what NVMe disks warn of, the worst first; the one of temperature is for the check of temperatures."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each disk that expects to fail."""
    judged = ((key, one, _judge(snapshot, key, one)) for key, one in asked_disks(snapshot).items())
    return tuple(_finding(snapshot, key, one, *verdict) for key, one, verdict in judged if verdict is not None)


def _judge(snapshot: Snapshot, key: str, one: DiskHealth) -> tuple[Severity, str] | None:
    if one.is_asleep:
        said_so = counted(snapshot, key, one, "is_failing") == 1
        return (Severity.DOWN, "said that it fails before it fell asleep") if said_so else None
    warned = next(((how, says) for bit, how, says in _WARNINGS if one.critical_warning & bit), None)
    if warned is not None:
        return warned
    if one.failing_attributes:
        return Severity.DOWN, f"fails: {', '.join(one.failing_attributes[:3])} below the limit of its maker"
    is_only_hot = one.critical_warning == _TOO_HOT
    return (Severity.DOWN, "expects to fail soon") if one.has_passed is False and not is_only_hot else None


def _finding(snapshot: Snapshot, key: str, one: DiskHealth, severity: Severity, says: str) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    evidence = [] if one.has_passed is None else [this.seen("has_passed_its_own_check", one.has_passed)]
    evidence += [this.seen("failing_attribute", name) for name in one.failing_attributes[:5]]
    evidence += [this.seen("nvme_critical_warning", one.critical_warning)] if one.critical_warning else []
    for name in ("spare_percent", "spare_limit_percent", "power_on_hours", "reallocated_sectors", "pending_sectors"):
        value = getattr(one, name)
        evidence += [] if value is None else [this.seen(name, value)]
    return this.finding(
        f"{called(snapshot, key, one)} {visible_line(says)}",
        severity,
        tuple(evidence),
        if_nothing="It stops working, often within days, and what is only on it is lost. Make sure of the backup"
        " first, then replace it.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks whose own check (SMART) says that they fail, or that are about to refuse writing.",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
