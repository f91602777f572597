"""Find power supplies that run on battery: the power is out, or their plug is."""

from __future__ import annotations

from steward.knowhow.facts.supplies import PLUGIN as SUPPLIES
from steward.knowhow.facts.supplies import Supply
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "supplies_on_battery"
_SHORT_SECONDS = 300


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; one that measures its own battery is on it on purpose."""
    supplies = snapshot.of(SUPPLIES)
    if supplies is None:
        return ()
    on_battery = ((name, one) for name, one in supplies.supplies.items() if "OB" in one.status or "FSD" in one.status)
    return tuple(_finding(snapshot, name, one) for name, one in on_battery if "CAL" not in one.status)


def _finding(snapshot: Snapshot, name: str, one: Supply) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UPS, name, "upsc")
    is_ending = {"LB", "FSD"} & set(one.status) or (one.runtime_seconds or _SHORT_SECONDS) < _SHORT_SECONDS
    left = "" if one.runtime_seconds is None else f", {one.runtime_seconds // 60} min left"
    evidence = [this.seen("status", " ".join(one.status))]
    evidence += [] if one.charge_percent is None else [this.seen("charge_percent", one.charge_percent)]
    evidence += [] if one.runtime_seconds is None else [this.seen("runtime_seconds", one.runtime_seconds)]
    evidence += [] if one.load_percent is None else [this.seen("load_percent", one.load_percent)]
    return this.finding(
        f"the UPS {visible_line(name)} of {snapshot.machine.name} runs on battery{left}",
        Severity.DOWN if is_ending else Severity.WARNING,
        tuple(evidence),
        if_nothing="When the battery is empty everything behind it goes off at once, unless it is shut down before.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Power supplies on battery (warning), and those whose battery ends within five minutes (down).",
    needs=(SUPPLIES.name,),
    run=run,
)
