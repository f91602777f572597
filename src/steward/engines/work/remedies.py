"""What Steward does by itself: cure a finding whose whole cure is covered by grants, and nothing else.

    finding with a fix ─> machine at `granted` ─> cure drafted from the last look ─> every step covered?
        ─> no loop ─> looked at afresh ─> still covered ─> run

Nobody is asked from here: what is not covered waits for a person to ask for it. Every brake, rule, limit and budget
holds as for anybody else, and pause more: nothing starts by itself then.
"""

from __future__ import annotations

import logging

from steward.core.cures import wish_for
from steward.core.desk import Desk
from steward.model.brake import Brake
from steward.model.errors import StewardError
from steward.model.finding import Finding
from steward.model.ids import RunId
from steward.model.machine import Autonomy, Machine
from steward.model.policy import Verdict
from steward.store import budgets, findings, grants

_log = logging.getLogger("steward.remedies")


async def remedy(desk: Desk) -> tuple[RunId, ...]:
    """Start the cure of every finding that grants cover; return the runs."""
    machines = await _free(desk)
    if not machines or (await desk.brakes.state()).brake is not Brake.NONE:
        return ()
    started: list[RunId] = []
    for finding in await desk.storage.read(findings.still_open):
        if finding.fix is None or finding.machine not in machines:
            continue
        try:
            run = await _cure(desk, finding, machines[finding.machine])
        except StewardError as error:  # a no, a machine that does not answer, a world that moved on: the others go on
            _log.info("no cure by itself for %s: %s", finding.id, error)
            continue
        started += [run] if run else []
    return tuple(started)


async def _free(desk: Desk) -> dict[str, Machine]:
    """Return the machines on which something may run without asking."""
    active = await desk.storage.read(grants.active, desk.clock.now())
    named = {machine for grant in active for machine in grant.targets}
    return {
        machine.id: machine
        for machine in desk.workspace.inventory().machines
        if machine.id in named and machine.autonomy is Autonomy.GRANTED and not machine.quarantined
    }


async def _cure(desk: Desk, finding: Finding, machine: Machine) -> RunId | None:
    if await desk.storage.read(budgets.is_being_cured, finding.id):
        return None
    if await desk.budgets.is_tripped(finding.id) or desk.seen(machine.id) is None:
        return None
    if not await _is_covered(desk, finding, machine):
        return None
    wish = await wish_for(desk, finding, machine, is_fresh=True)
    await desk.budgets.demand_no_loop(finding)
    card = await desk.proposals.draft(wish)
    if card.decision.verdict is not Verdict.ALLOW:
        return None
    return (await desk.proposals.submit(card, wish)).run


async def _is_covered(desk: Desk, finding: Finding, machine: Machine) -> bool:
    """Tell, from the last look and without asking the machine, whether grants cover the whole cure."""
    wish = await wish_for(desk, finding, machine, is_fresh=False)
    return (await desk.proposals.draft(wish)).decision.verdict is Verdict.ALLOW
