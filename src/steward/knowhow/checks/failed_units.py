"""Find units that have failed and stay so."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.knowhow.unit_operations import why_refused
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "failed_units"
_SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}
_RESULTS = {
    "timeout": "it did not start or stop in time",
    "oom-kill": "it was killed because memory ran out",
    "watchdog": "it stopped answering its watchdog",
    "start-limit-hit": "it ended too often in a short time",
    "dependency": "something it needs did not start",
    "resources": "systemd could not give it what it needs",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each failed unit."""
    units = snapshot.of(UNITS)
    if units is None:
        return ()
    return tuple(_finding(snapshot, unit) for unit in units.units.values() if unit.active_state == "failed")


def _finding(snapshot: Snapshot, unit: Unit) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, unit.name, "systemctl")
    evidence = [this.seen("active_state", unit.active_state), this.seen("result", unit.result)]
    if unit.exit_code is not None:
        evidence.append(this.seen("exit_code", unit.exit_code))
    if unit.exit_signal is not None:
        evidence.append(this.seen("exit_signal", unit.exit_signal))
    if unit.changed_at is not None:
        evidence.append(this.seen("failed_at", unit.changed_at.isoformat()))
    evidence += [*this.outside("description", [unit.description]), *this.outside("log_line", unit.log_lines)]
    return this.finding(
        f"{unit.name} on {snapshot.machine.name} has failed: {_how(unit)}",
        _severity(unit),
        tuple(evidence),
        if_nothing=_if_nothing(unit),
        fix=None if why_refused(unit) else "restart_failed_unit",
    )


def _how(unit: Unit) -> str:
    if unit.result in _RESULTS:
        return _RESULTS[unit.result]
    if unit.exit_signal is not None:
        return f"ended by {_SIGNALS.get(unit.exit_signal, f'signal {unit.exit_signal}')}"
    if unit.exit_code is not None:
        return f"ended with status {unit.exit_code}"
    if unit.result in {"exit-code", "signal", "core-dump"}:
        return "one of its programs ended with an error"
    return unit.result or "systemd does not say why"


def _severity(unit: Unit) -> Severity:
    """Daemons, sockets and mounts are used by somebody now; a job or a timer may do its work next time."""
    is_used = unit.name.endswith((".service", ".socket", ".mount", ".swap")) and unit.type != "oneshot"
    return Severity.DOWN if is_used else Severity.WARNING


def _if_nothing(unit: Unit) -> str:
    if unit.triggered_by:
        return f"Its work stays undone until {', '.join(unit.triggered_by)} starts it again, and it may fail again."
    if unit.name.endswith((".mount", ".automount")):
        return "The files below it cannot be reached, and programs may write to the empty folder instead."
    if unit.type == "oneshot":
        return "Its work stays undone; nothing starts it again by itself."
    return "It stays off; systemd does not start it again by itself."


PLUGIN = Check(
    name=_NAME,
    summary="Units of systemd that have failed: down for daemons and mounts, a warning for jobs.",
    needs=(UNITS.name,),
    run=run,
)
