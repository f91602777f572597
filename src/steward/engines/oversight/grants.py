"""Grants: what may run without asking, what would have, and what has earned it."""

from __future__ import annotations

from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.grants import Simulation, Terms
from steward.engines.oversight.grant_shapes import (
    AcceptGrantInput,
    AddGrantInput,
    GrantCard,
    GrantInput,
    GrantList,
    ListGrantsInput,
    Proposal,
    ProposalList,
    ProposedInput,
    RevokeGrantInput,
    ShownGrant,
    SimulateGrantInput,
)
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.grant import PROBATION_USES, PROVEN_DAILY, Grant, after_probation
from steward.model.ids import GrantId
from steward.model.machine import Autonomy
from steward.model.risk import Risk, Strength
from steward.model.trust import Standing


async def listing(desk: Desk, given: ListGrantsInput) -> GrantList:
    """List grants."""
    now = desk.clock.now()
    every = await desk.grants.listing()
    shown = [_shown(desk, grant) for grant in every if given.everything or _is_told(grant, now)]
    active = sum(each.state in {"active", "probation"} for each in shown)
    waiting = len(await desk.grants.experiences.proposed())
    told = f"{plural(active, 'grant')} in force" if active else "nothing runs without asking"
    if waiting:
        told += f"; {waiting} more earned: `steward grants proposed`"
    return GrantList(sentence=told, grants=tuple(shown))


async def show(desk: Desk, given: GrantInput) -> GrantCard:
    """Show a grant."""
    return await _card(desk, await desk.grants.get(GrantId(given.grant)))


async def add(desk: Desk, given: AddGrantInput) -> GrantCard:
    """Give a grant."""
    grant = await desk.grants.add(_drafted(desk, given), desk.actor)
    return await _card(desk, grant, "it is in force now" + _asked_still(desk, grant))


async def preview_add(desk: Desk, given: AddGrantInput) -> str:
    """Say what would be granted, and what it would have allowed."""
    grant = _drafted(desk, given)
    simulation = await desk.grants.simulate(grant)
    lines = [_says(desk, grant), simulation.sentence]
    lines += [f"  {each.at:%Y-%m-%d %H:%M} {each.run} {each.title}: {each.state.value}" for each in simulation.allowed]
    return "\n".join(lines)


async def simulate(desk: Desk, given: SimulateGrantInput) -> Simulation:
    """Try a grant out on the past."""
    return await desk.grants.simulate(_drafted(desk, given))


async def revoke(desk: Desk, given: RevokeGrantInput) -> GrantCard:
    """Take a grant back."""
    grant = await desk.grants.revoke(GrantId(given.grant), desk.actor)
    return await _card(desk, grant, "it covers nothing any more, in every process; what runs already goes on")


async def preview_revoke(desk: Desk, given: RevokeGrantInput) -> str:
    """Say what would be asked again."""
    grant = await desk.grants.get(GrantId(given.grant))
    return f"{grant.command} on {', '.join(_names(desk, grant))} would be asked again each time"


async def proposed(desk: Desk, given: ProposedInput) -> ProposalList:
    """List what has earned a grant."""
    ready = await desk.grants.experiences.proposed()
    on_the_way = await desk.grants.experiences.standings() if given.everything else ()
    chosen = {standing.id: standing for standing in (*ready, *on_the_way)}
    ids = {standing.id for standing in ready}
    told = f"{plural(len(ready), 'grant')} earned" if ready else "nothing has earned a grant that it has not"
    return ProposalList(
        sentence=told, proposals=tuple(_proposal(desk, each, is_ready=each.id in ids) for each in chosen.values())
    )


async def accept(desk: Desk, given: AcceptGrantInput) -> GrantCard:
    """Accept a proposed grant."""
    grant = await desk.grants.accept(given.proposal, desk.actor)
    return await _card(desk, grant, f"it is in force now, on probation: {_promise(grant)}" + _asked_still(desk, grant))


async def preview_accept(desk: Desk, given: AcceptGrantInput) -> str:
    """Say what would be granted, now and later."""
    grant = await desk.grants.promised(given.proposal, desk.actor.id)
    simulation = await desk.grants.simulate(grant)
    return f"{_says(desk, grant)}; {_promise(grant)}\n{simulation.sentence}"


def _drafted(desk: Desk, given: AddGrantInput | SimulateGrantInput) -> Grant:
    """Return the grant that is asked for; like a plan, it is kept and compared as it is, so it holds no secret."""
    desk.secrets.refuse_in(list(given.where), "grant")
    return desk.grants.draft(_terms(given), desk.actor.id)


def _terms(given: AddGrantInput | SimulateGrantInput) -> Terms:
    return Terms(
        command=given.command,
        machines=given.machine,
        where=given.where,
        daily=given.daily,
        days=given.days if isinstance(given, AddGrantInput) else 1,
        hours=given.hours,
        weekdays=given.weekdays,
    )


def _says(desk: Desk, grant: Grant) -> str:
    bound = " ".join(f"{name}={value}" for name, value in grant.where.items()) or "whatever its input"
    window = f", {_window(grant)}" if _window(grant) else ""
    return (
        f"{grant.command} on {', '.join(_names(desk, grant))} ({bound}) would run without asking, at most "
        f"{grant.daily_maximum} a day{window}, until {grant.expires:%Y-%m-%d}"
    )


def _promise(grant: Grant) -> str:
    later = after_probation(grant)
    return (
        f"after {PROBATION_USES} uses that end well it becomes {PROVEN_DAILY} a day until {later.expires:%Y-%m-%d}; "
        "one bad end takes it away"
    )


def _asked_still(desk: Desk, grant: Grant) -> str:
    """Say on which machines it covers nothing yet: autonomy is raised by hand, never by a grant."""
    machines = [desk.workspace.inventory().find(machine) for machine in grant.targets]
    waiting = [each.name for each in machines if each is not None and each.autonomy is not Autonomy.GRANTED]
    if not waiting:
        return ""
    return f", but covers nothing before `steward machines promote {waiting[0]} --to granted`"


async def _card(desk: Desk, grant: Grant, sentence: str = "") -> GrantCard:
    runs = await desk.grants.uses(grant.id)
    is_over = grant.revoked is not None
    step = "" if is_over else f"steward grants revoke {grant.id}"
    return GrantCard(grant=_shown(desk, grant), runs=tuple(runs), sentence=sentence, next=step)


def _shown(desk: Desk, grant: Grant) -> ShownGrant:
    note = f"{grant.suspended_by} ended badly" if grant.suspended else _asked_still(desk, grant).removeprefix(", but ")
    return ShownGrant(
        id=grant.id,
        command=grant.command,
        machines=_names(desk, grant),
        where=grant.where,
        daily=grant.daily_maximum,
        window=_window(grant),
        state=_state(grant, desk.clock.now()),
        expires=grant.expires,
        origin=grant.origin.value,
        note=note,
    )


def _state(grant: Grant, now: datetime) -> str:
    if grant.revoked is not None:
        return "revoked"
    if grant.suspended is not None:
        return "suspended"
    if now >= grant.expires:
        return "expired"
    return "probation" if grant.is_on_probation else "active"


def _is_told(grant: Grant, now: datetime) -> bool:
    """Tell whether a grant concerns anybody: it is in force, or was suspended and nobody has dealt with that."""
    return grant.revoked is None and now < grant.expires


def _window(grant: Grant) -> str:
    return " ".join(each for each in (grant.hours, ",".join(day.value for day in grant.weekdays)) if each)


def _names(desk: Desk, grant: Grant) -> tuple[str, ...]:
    found = {machine.id: machine.name for machine in desk.workspace.inventory().machines}
    return tuple(found.get(machine, machine) for machine in grant.targets)


def _proposal(desk: Desk, standing: Standing, *, is_ready: bool) -> Proposal:
    found = {machine.id: machine.name for machine in desk.workspace.inventory().machines}
    return Proposal(
        id=standing.id,
        command=standing.command,
        where=standing.where,
        machines=tuple(found.get(machine, machine) for machine in standing.machines),
        row=standing.row,
        is_ready=is_ready,
    )


COMMANDS = (
    CommandSpec(
        name="grants.ls",
        right=Right.READ,
        input=ListGrantsInput,
        output=GrantList,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="grants ls", does="List what may run without asking"),
            Example(line="grants ls --everything", does="Also grants that ended"),
        ),
    ),
    CommandSpec(
        name="grants.show",
        right=Right.READ,
        input=GrantInput,
        output=GrantCard,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="grants show grant-2v7k9q0m3x", does="Show a grant and every run that it allowed"),
            Example(line="grants show grant-2v7k9q0m3x --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="grants.add",
        right=Right.GOVERN,
        input=AddGrantInput,
        output=GrantCard,
        handler=add,
        preview=preview_add,
        undo="steward grants revoke GRANT",
        verify="`steward grants ls` shows it, and `steward policy explain` says allow",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live={"machine": "machine"},
        examples=(
            Example(
                line="grants add unit.restart --machine m1 --where unit=nginx.service --daily 3 --hours 22:00-07:00",
                does="Let the web server on m1 be restarted at night without asking, three times a day at most",
            ),
            Example(
                line="grants add unit.restart --machine m1 --where unit=nginx.service --dry-run",
                does="Only say what that would have allowed in the last 30 days",
            ),
        ),
    ),
    CommandSpec(
        name="grants.simulate",
        right=Right.READ,
        input=SimulateGrantInput,
        output=Simulation,
        handler=simulate,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(
                line="grants simulate unit.restart --machine m1 --where unit=nginx.service",
                does="Say what such a grant would have allowed in the last 30 days",
            ),
            Example(line="grants simulate unit.restart --machine m1 --daily 3", does="The same for any unit of m1"),
        ),
    ),
    CommandSpec(
        name="grants.revoke",
        right=Right.GOVERN,
        input=RevokeGrantInput,
        output=GrantCard,
        handler=revoke,
        preview=preview_revoke,
        undo="steward grants add ...",
        verify="`steward grants ls` does not show it any more",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="grants revoke grant-2v7k9q0m3x", does="Be asked again each time, from now on"),
            Example(line="grants revoke grant-2v7k9q0m3x --dry-run", does="Only say what would be asked again"),
        ),
    ),
    CommandSpec(
        name="grants.proposed",
        right=Right.READ,
        input=ProposedInput,
        output=ProposalList,
        handler=proposed,
        risk=Risk.READ,
        examples=(
            Example(line="grants proposed", does="List what has earned a grant"),
            Example(line="grants proposed --everything", does="Also what is still on its way"),
        ),
    ),
    CommandSpec(
        name="grants.accept",
        right=Right.GOVERN,
        input=AcceptGrantInput,
        output=GrantCard,
        handler=accept,
        preview=preview_accept,
        undo="steward grants revoke GRANT",
        verify="`steward grants ls` shows it on probation",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="grants accept class-3f9a1c20bd", does="Try what has earned it without asking, once a day"),
            Example(line="grants accept class-3f9a1c20bd --dry-run", does="Only say what would be granted"),
        ),
    ),
)
