"""Grants: given, accepted, taken back, and tried out on what really happened.

Only a person who has proven who they are comes here; dispatch sees to that. What can never be granted is refused when
the grant is written, and covers nothing even if it were in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, get_type_hints

from steward.core.audit import Audit
from steward.core.autonomy import Experiences
from steward.core.events import Events
from steward.core.judge import Judge
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.knowhow.protected import why_protected
from steward.lib.io.ids import new_id
from steward.lib.record import record
from steward.lib.text import nearest, plural
from steward.model.errors import Conflict, InvalidInput, NotFound
from steward.model.grant import LONGEST, MILDEST_REFUSED, Grant, Weekday
from steward.model.hours import is_hours
from steward.model.ids import GrantId, PrincipalId, RunId
from steward.model.operation import AnyOperation
from steward.model.policy import Verdict
from steward.model.principal import Principal
from steward.model.probe import Scalar
from steward.model.run import RunState
from steward.model.trust import BAD, earned
from steward.ports.clock import Clock
from steward.store import grants as table
from steward.store import trust
from steward.store.database import Connection

_DAY = timedelta(days=1)
_MOST_A_DAY = 50
_REPLAYED = timedelta(days=30)


@record
class Terms:
    """What somebody wants granted."""

    command: str
    """Name of the command."""
    machines: tuple[str, ...]
    """Machines, by name or id."""
    where: tuple[str, ...] = ()
    """Input fields with their value, `unit=nginx.service`."""
    daily: int = 1
    """Most uses in 24 hours."""
    days: int = 30
    """How long, at most 90."""
    hours: str = ""
    """Local hours of the day, or empty."""
    weekdays: tuple[Weekday, ...] = ()
    """Days of the week; empty for all."""


@record
class Replayed:
    """A run of the past that a grant would have allowed without asking."""

    run: RunId
    """The run."""
    title: str
    """What it did."""
    at: datetime
    """When it was proposed."""
    state: RunState
    """How it really ended."""


@record
class Simulation:
    """What a grant would have allowed in the last 30 days."""

    sentence: str
    """The result in words."""
    plans: int
    """Plans that were made in that time."""
    allowed: tuple[Replayed, ...]
    """What would have run without asking, oldest first."""


class Grants:
    """Everything a person does with grants."""

    def __init__(  # noqa: PLR0913 - the ports of a grant
        self,
        *,
        storage: Storage,
        workspace: WorkspaceFiles,
        judge: Judge,
        experiences: Experiences,
        operations: Mapping[str, AnyOperation],
        audit: Audit,
        events: Events,
        clock: Clock,
    ) -> None:
        self.experiences = experiences
        """What autonomy is earned from."""
        self._storage = storage
        self._workspace = workspace
        self._judge = judge
        self._operations = operations
        self._audit = audit
        self._events = events
        self._clock = clock

    def draft(self, terms: Terms, by: PrincipalId) -> Grant:
        """Return the grant of these terms; nothing is kept.

        Raises:
            NotFound, InvalidInput: something is named that is not there, or can never be granted.
        """
        operation = self._operation(terms.command)
        _check(terms)
        now = self._clock.now()
        return Grant(
            id=GrantId(new_id("grant")),
            command=operation.name,
            targets=tuple(dict.fromkeys(self._workspace.require(name).id for name in terms.machines)),
            where=_where(operation, terms.where),
            daily_maximum=terms.daily,
            created=now,
            expires=now + terms.days * _DAY,
            created_by=by,
            hours=terms.hours,
            weekdays=tuple(day for day in Weekday if day in terms.weekdays),
        )

    async def add(self, grant: Grant, by: Principal) -> Grant:
        """Put a grant in force."""
        await self._storage.write(self._keep, grant, by, "grant.added")
        return grant

    async def accept(self, standing_id: str, by: Principal) -> Grant:
        """Put the grant in force, on probation, that a class has earned.

        Raises:
            NotFound: nothing of this id is proposed now.
        """
        grant = await self.promised(standing_id, by.id)
        await self._storage.write(self._keep, grant, by, "grant.earned")
        return grant

    async def promised(self, standing_id: str, by: PrincipalId) -> Grant:
        """Return the grant that accepting a proposal would make.

        Raises:
            NotFound: nothing of this id is proposed now.
        """
        proposed = {standing.id: standing for standing in await self.experiences.proposed()}
        if standing_id not in proposed:
            near = nearest(standing_id, proposed)
            step = f"did you mean `{near}`?" if near else "`steward grants proposed` lists them"
            raise NotFound(f"nothing is proposed under `{standing_id}`", next_step=step)
        return earned(proposed[standing_id], grant=GrantId(new_id("grant")), by=by, now=self._clock.now())

    async def revoke(self, grant_id: GrantId, by: Principal) -> Grant:
        """Take a grant back: it covers nothing from now on, and what it allowed and has not begun does not begin.

        Raises:
            NotFound, Conflict: there is none of this id, or it was taken back before.
        """
        return await self._storage.write(self._revoke, grant_id, by)

    async def get(self, grant_id: GrantId) -> Grant:
        """Return a grant.

        Raises:
            NotFound: there is none of this id.
        """
        found = await self._storage.read(table.get, grant_id)
        if found is None:
            near = nearest(grant_id, [grant.id for grant in await self.listing()])
            step = f"did you mean `{near}`?" if near else "`steward grants ls` lists them"
            raise NotFound(f"there is no grant `{grant_id}`", next_step=step)
        return found

    async def listing(self) -> tuple[Grant, ...]:
        """Return grants, newest first, whatever became of them."""
        return await self._storage.read(table.listing)

    async def uses(self, grant_id: GrantId) -> tuple[RunId, ...]:
        """Return every run that a grant allowed, oldest first."""
        return await self._storage.read(table.uses_of, grant_id)

    async def simulate(self, grant: Grant) -> Simulation:
        """Try a grant out on every plan of the last 30 days, as if its machines had been at `granted` then."""
        now = self._clock.now()
        past = await self._storage.read(trust.since, now - _REPLAYED, only_ended=False)
        tried = replace(grant, created=now - _REPLAYED - _DAY, expires=now + _DAY, revoked=None, suspended=None)
        used: list[datetime] = []
        allowed: list[Replayed] = []
        for each in past:
            at = each.run.created
            recent = sum(at - use < _DAY for use in used)
            decision = self._judge.replay(each.plan, tried, at, recent)
            if decision is not None and decision.verdict is Verdict.ALLOW and decision.grants:
                used += [at] * len(each.plan.steps)
                allowed.append(Replayed(run=each.run.id, title=each.plan.title, at=at, state=each.run.state))
        return Simulation(sentence=_told(len(past), allowed), plans=len(past), allowed=tuple(allowed))

    def _keep(self, connection: Connection, grant: Grant, by: Principal, kind: str) -> None:
        table.insert(connection, grant)
        self._tell(connection, kind, grant, by)

    def _revoke(self, connection: Connection, grant_id: GrantId, by: Principal) -> Grant:
        now = self._clock.now()
        is_revoked = table.revoke(connection, grant_id, at=now)
        grant = table.get(connection, grant_id)
        if grant is None:
            raise NotFound(f"there is no grant `{grant_id}`", next_step="`steward grants ls` lists them")
        if not is_revoked:
            raise Conflict(f"{grant_id} was taken back before", next_step=f"`steward grants show {grant_id}`")
        self._tell(connection, "grant.revoked", grant, by)
        return grant

    def _tell(self, connection: Connection, kind: str, grant: Grant, by: Principal) -> None:
        payload: dict[str, Any] = {
            "command": grant.command,
            "machines": list(grant.targets),
            "where": dict(grant.where),
            "daily": grant.daily_maximum,
            "expires": grant.expires.isoformat(),
        }
        self._audit.append(connection, kind=kind, actor=by, subject=grant.id, payload=payload)
        self._events.add(connection, kind, grant.id, actor=by.id, data={"text": grant.command})

    def _operation(self, name: str) -> AnyOperation:
        wanted = name.replace(" ", ".")
        operation = self._operations.get(wanted)
        if operation is None:
            near = nearest(wanted, self._operations)
            step = f"did you mean `{near}`?" if near else "only commands that change a machine can be granted"
            raise NotFound(f"there is no command `{name}` to grant", next_step=step)
        if not operation.is_grantable:
            raise _never(operation.name, "what it does cannot be known before")
        if operation.risk.rank >= MILDEST_REFUSED.rank:
            raise _never(operation.name, f"it is {operation.risk.value}, and only what is reversible can be granted")
        return operation


def _check(terms: Terms) -> None:
    if not terms.machines:
        raise InvalidInput("a grant needs a machine", next_step="add `--machine NAME`, once for each")
    if not 1 <= terms.daily <= _MOST_A_DAY:
        raise InvalidInput(f"{terms.daily} uses a day do not fit", next_step=f"take 1 to {_MOST_A_DAY}")
    if not 1 <= terms.days <= LONGEST.days:
        raise InvalidInput(f"{terms.days} days do not fit", next_step=f"take 1 to {LONGEST.days}")
    if terms.hours and not is_hours(terms.hours):
        raise InvalidInput("these are no hours", where=terms.hours, next_step="write `--hours 22:00-07:00`")


def _where(operation: AnyOperation, given: tuple[str, ...]) -> dict[str, Scalar]:
    hints = get_type_hints(operation.input)
    known = [field.name for field in fields(operation.input) if field.name != "machine"]
    where: dict[str, Scalar] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or name not in known:
            step = f"write `--where FIELD=VALUE`; fields are: {', '.join(known) or 'none'}"
            raise InvalidInput(f"`{operation.name}` has no such field", where=text, next_step=step)
        if name in where:
            raise InvalidInput("a field has one value", where=text, next_step="give one grant for each value")
        if why := why_protected((value,)):
            raise _never(f"{operation.name} of {value}", f"it is protected: {why}")
        where[name] = _value(hints[name], name, value)
    return where


def _value(kind: object, name: str, text: str) -> Scalar:
    """Read a value as its field has it: a grant compares strictly, `1` is not `true`."""
    if kind is str:
        return text
    if kind is bool and text in {"true", "false"}:
        return text == "true"
    if kind is int and text.removeprefix("-").isdecimal():
        return int(text)
    raise InvalidInput(f"`{text}` is no value for {name}", next_step="only text, whole numbers, true and false")


def _never(what: str, why: str) -> InvalidInput:
    return InvalidInput(f"`{what}` is never granted", why=why, next_step="it stays with your yes each time")


def _told(plans: int, allowed: list[Replayed]) -> str:
    if not allowed:
        return f"of {plural(plans, 'plan')} in the last 30 days it would have allowed none"
    bad = sum(each.state in BAD for each in allowed)
    no = sum(each.state is RunState.DENIED for each in allowed)
    told = f"of {plural(plans, 'plan')} in the last 30 days it would have allowed {len(allowed)}"
    ends = [f"{bad} of them ended badly"] if bad else []
    ends += [f"you said no to {no} of them"] if no else []
    return f"{told}; {' and '.join(ends)}" if ends else told
