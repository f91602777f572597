"""Findings about looking itself: a machine that cannot be seen, a check that cannot judge, an edit not in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from steward.lib.text import visible_line
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId, derived
from steward.model.machine import Machine
from steward.model.observation import Observation
from steward.model.resource import ResourceKind, resource_on
from steward.model.workspace import INVENTORY_FILE

REACH_CHECK = "machine_unreachable"
KEY_CHECK = "host_key"
FAILED_CHECK = "check_failed"
EDIT_CHECK = "edited_by_hand"
_LONGEST = 300


def unseen(machine: Machine, check: str, problem: str, at: datetime) -> Finding:
    """Say that a machine cannot be looked at; the words of the problem are masked."""
    confirmed = bool(machine.host_key)
    if check == KEY_CHECK:
        title = f"{machine.name} shows another host key" if confirmed else f"{machine.name} is not confirmed yet"
        if_nothing = "Steward cannot see this machine and will not send anything to it"
    else:
        title = f"{machine.name} does not answer"
        if_nothing = "nothing on this machine is watched, and nothing of it can be repaired from here"
    return about_machine(
        machine,
        check,
        title=title,
        severity=Severity.WATCH if check == KEY_CHECK and not confirmed else Severity.DOWN,
        evidence=(("problem", problem, f"connecting to {machine.name}"),),
        if_nothing=if_nothing,
        at=at,
    )


def failed(machine: Machine, check: str, mistake: str, at: datetime) -> Finding:
    """Say that a check broke down on what it saw; that is our mistake, and it comes masked."""
    why = visible_line(mistake)[:_LONGEST]
    return about_machine(
        machine,
        FAILED_CHECK,
        check,
        title=f"the check {check} broke down on {machine.name}: a mistake in Steward",
        severity=Severity.UNKNOWN,
        evidence=(
            ("mistake", why, f"the check {check}"),
            ("next", "report it with the traceback in Steward's log", f"the check {check}"),
        ),
        if_nothing=f"what {check} looks for is not seen on {machine.name}; everything else is",
        at=at,
    )


def edited(machine: Machine, edits: Iterable[tuple[str, str]], at: datetime) -> tuple[Finding, ...]:
    """Say which edits by hand are not in force, and what accepts them; one finding for all of a machine."""
    told = tuple(edits)
    if not told:
        return ()
    evidence = tuple(("edit", f"{what}. Next: `{step}`, or put the text back", INVENTORY_FILE) for what, step in told)
    finding = about_machine(
        machine,
        EDIT_CHECK,
        title=f"{INVENTORY_FILE} was edited by hand: {told[0][0]}; run `{told[0][1]}` to accept",
        severity=Severity.WARNING,
        evidence=evidence,
        if_nothing="the edit is not in force: Steward goes on with what its owner accepted",
        at=at,
    )
    return (finding,)


def about_machine(
    machine: Machine,
    *names: str,
    title: str,
    severity: Severity,
    evidence: tuple[tuple[str, str, str], ...],
    if_nothing: str,
    at: datetime,
) -> Finding:
    """Return a finding about a machine as a whole; its first name is its check, all of them make its id."""
    resource = resource_on(machine.id, ResourceKind.MACHINE, machine.name)
    return Finding(
        id=FindingId(derived("find", *names, resource.id)),
        check=names[0],
        title=title,
        severity=severity,
        resource=resource,
        machine=machine.id,
        evidence=tuple(
            Observation(resource=resource.id, name=name, value=value, source=source, at=at)
            for name, value, source in evidence
        ),
        if_nothing=if_nothing,
    )
