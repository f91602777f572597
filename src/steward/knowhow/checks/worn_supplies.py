"""Find power supplies that will not help when the power goes: battery to be replaced, overload, or no answer."""

from __future__ import annotations

from steward.knowhow.facts.supplies import PLUGIN as SUPPLIES
from steward.knowhow.facts.supplies import Supply
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "worn_supplies"
_SHORT_SECONDS = 180
_FULL_PERCENT = 95.0


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each."""
    supplies = snapshot.of(SUPPLIES)
    if supplies is None:
        return ()
    judged = ((name, one, _judge(one)) for name, one in supplies.supplies.items())
    return tuple(_finding(snapshot, name, one, says) for name, one, says in judged if says)


def _judge(one: Supply) -> str:
    if one.trouble:
        return "does not answer"
    if "RB" in one.status:
        return "wants a new battery"
    if "OVER" in one.status:
        return "is overloaded"
    is_full = "OL" in one.status and (one.charge_percent or 0) >= _FULL_PERCENT
    if is_full and one.runtime_seconds is not None and 0 < one.runtime_seconds < _SHORT_SECONDS:
        return f"would last only {one.runtime_seconds} s although its battery is full"
    return ""


def _finding(snapshot: Snapshot, name: str, one: Supply, says: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UPS, name, "upsc")
    evidence = [this.seen("status", " ".join(one.status))]
    evidence += [] if one.runtime_seconds is None else [this.seen("runtime_seconds", one.runtime_seconds)]
    evidence += [] if one.load_percent is None else [this.seen("load_percent", one.load_percent)]
    return this.finding(
        f"the UPS {visible_line(name)} of {snapshot.machine.name} {says}",
        Severity.WARNING,
        (*evidence, *this.outside("model", [one.model]), *this.outside("trouble", [one.trouble])),
        if_nothing="At the next power cut everything behind it goes off at once.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Power supplies that want a new battery, are overloaded, do not answer, or would last under three minutes.",
    needs=(SUPPLIES.name,),
    run=run,
)
