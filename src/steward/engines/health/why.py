"""What is wrong and why, with evidence, what happens if nothing is done, and the plan that would cure it."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.cures import wish_for
from steward.core.desk import Desk
from steward.core.wishes import PlanCard
from steward.engines.health.changed import BEFORE_A_FINDING
from steward.engines.health.grounds import Ground, Standing, all_well, is_named, standing_of
from steward.engines.health.status import told, worst_first
from steward.lib.record import record
from steward.lib.text import nearest, plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.difference import Difference
from steward.model.errors import InvalidInput, NotFound, StewardError
from steward.model.finding import Finding
from steward.model.machine import Machine
from steward.model.policy import Verdict
from steward.model.risk import Risk
from steward.store import differences, facts, findings
from steward.store.database import Connection

_MOST_CHANGES = 20


@record
class WhyInput:
    """Explain what is wrong: evidence, what happens if nothing is done, and the plan that would cure it."""

    target: str = ""
    """A finding, a machine, a service, or the name of a unit, container or filesystem; empty for everything."""


@record
class Explained:
    """One finding with its cure."""

    finding: Finding
    """What is wrong, with its evidence."""
    machine: str
    """Name of the machine."""
    lasting: str
    """How long it has been so."""
    changed: tuple[Difference, ...]
    """What changed on its machine in the 24 hours before, newest first; at most twenty."""
    plan: str
    """The plan that would cure it, as it would be shown; empty when there is none."""
    blocked: str
    """Why there is no plan, or why it may not run yet; empty when nothing is in the way."""
    next: str
    """What to type next."""
    way: str = ""
    """How what was asked about stands on it: `photos → pool tank`; empty for its own."""


@record
class Unread:
    """A fact that could not be read."""

    machine: str
    """Name of the machine."""
    fact: str
    """Name of the fact."""
    why: str
    """Why, and what would help."""


@record
class Why:
    """What is wrong, explained."""

    sentence: str
    """The answer in one sentence."""
    explained: tuple[Explained, ...]
    """Findings, worst first."""
    unread: tuple[Unread, ...]
    """What could not be looked at; unknown is never good."""
    stands_on: tuple[Ground, ...] = ()
    """What the service that was asked about stands on, nearest first."""
    changed: tuple[Difference, ...] = ()
    """What changed about it and what it stands on in the last 24 hours, newest first; at most twenty."""

    @property
    def exit_code(self) -> int:
        """As for `status`."""
        severities = {item.finding.severity.value for item in self.explained}
        return 11 if "down" in severities else 10 if severities & {"warning", "unknown"} else 0


async def why(desk: Desk, given: WhyInput) -> Why:
    """Explain what is wrong."""
    found = worst_first(await desk.storage.read(findings.still_open))
    machines = {machine.id: machine for machine in desk.workspace.inventory().machines}
    found = tuple(finding for finding in found if finding.machine in machines)
    standing = await _standing(desk, found, given.target, tuple(machines.values()))
    chosen = standing.findings if standing else _own(_chosen(found, given.target, tuple(machines.values())))
    explained = tuple([await _explain(desk, finding, machines[finding.machine], way) for finding, way in chosen])
    rows = await desk.storage.read(facts.sightings)
    unread = tuple(
        Unread(machine=machines[row.machine].name, fact=name, why=reason)
        for row in rows
        if row.machine in machines
        for name, reason in row.unread.items()
    )
    well = all_well(standing, desk.clock.now()) if standing and not explained else ""
    return Why(
        sentence=well or _sentence(explained, given.target),
        explained=explained,
        unread=_about(unread, standing),
        stands_on=standing.grounds if standing else (),
        changed=standing.changed if standing else (),
    )


async def _standing(
    desk: Desk, found: tuple[Finding, ...], target: str, machines: tuple[Machine, ...]
) -> Standing | None:
    """Return how a service stands; None for everything, a machine or a finding, which are told as they are."""
    if not target or target in {name for machine in machines for name in (machine.name, machine.id)}:
        return None
    if any(target == finding.id for finding in found):
        return None
    is_of_a_finding = any(target == finding.resource.name for finding in found)
    try:
        standing = await standing_of(desk, target, found, machines)
    except InvalidInput:
        if is_of_a_finding:
            return None
        raise
    return None if standing and is_of_a_finding and not is_named(standing, target) else standing


def _own(found: tuple[Finding, ...]) -> tuple[tuple[Finding, str], ...]:
    return tuple((finding, "") for finding in found)


def _about(unread: tuple[Unread, ...], standing: Standing | None) -> tuple[Unread, ...]:
    """Return what could not be read on the machines that matter."""
    if standing is None:
        return unread
    machines = {root.machine for root in standing.roots} | {ground.machine for ground in standing.grounds}
    return tuple(each for each in unread if each.machine in machines)


def _chosen(found: tuple[Finding, ...], target: str, machines: tuple[Machine, ...]) -> tuple[Finding, ...]:
    if not target:
        return found
    by_name = {machine.name: machine.id for machine in machines}
    chosen = tuple(
        finding
        for finding in found
        if target in {finding.id, finding.resource.name, finding.machine, finding.resource.name.partition(".")[0]}
        or by_name.get(target) == finding.machine
    )
    known = {*by_name, *(finding.id for finding in found), *(finding.resource.name for finding in found)}
    if not chosen and target not in by_name:
        near = nearest(target, known)
        hint = f"did you mean `{near}`?" if near else "`steward why` without a name explains everything"
        raise NotFound(f"nothing wrong is known of `{target}`", next_step=hint)
    return chosen


async def _changed_before(desk: Desk, finding: Finding) -> tuple[Difference, ...]:
    begun = finding.since or desk.clock.now()

    def read(connection: Connection) -> tuple[Difference, ...]:
        return differences.listing(
            connection, since=begun - BEFORE_A_FINDING, until=begun, machine=finding.machine, limit=_MOST_CHANGES
        )

    return await desk.storage.read(read)


async def _explain(desk: Desk, finding: Finding, machine: Machine, way: str) -> Explained:
    plan, blocked, following = "", "", ""
    if finding.fix is None:
        blocked = "Steward knows no safe cure; this needs you"
    else:
        try:
            card = await desk.proposals.draft(await wish_for(desk, finding, machine, is_fresh=False))
        except StewardError as error:
            blocked = str(error)
        else:
            plan = card.shown
            following = f"steward plan {finding.id}"
            if card.decision.verdict is Verdict.DENY:
                blocked = card.decision.reasons[0].why
                following = _unblock(card, machine)
    return Explained(
        finding=finding,
        machine=machine.name,
        lasting=told(finding, desk.clock.now()),
        changed=await _changed_before(desk, finding),
        plan=plan,
        blocked=blocked,
        next=following,
        way=way,
    )


def _unblock(card: PlanCard, machine: Machine) -> str:
    if card.decision.reasons[0].rule == "autonomy":
        return f"steward machines promote {machine.name}"
    return "steward resume" if card.decision.reasons[0].rule in {"freeze", "stop"} else "look at policy.yaml"


def _sentence(explained: tuple[Explained, ...], target: str) -> str:
    about = f" about {target}" if target else ""
    if not explained:
        return f"Nothing wrong is known{about}."
    curable = sum(1 for item in explained if item.plan)
    return f"{plural(len(explained), 'finding')}{about}; Steward has a plan for {curable}."


COMMANDS = (
    CommandSpec(
        name="why",
        right=Right.READ,
        input=WhyInput,
        output=Why,
        handler=why,
        risk=Risk.READ,
        live={"target": "finding"},
        examples=(
            Example(line="why", does="Explain everything that is wrong, worst first"),
            Example(line="why photos", does="Explain a service: what is wrong with it and with what it stands on"),
        ),
    ),
)
