"""Budgets and loop breakers: room is reserved before anything begins, and whoever turns in circles is stopped.

Everything is in the store, so that a restart forgets nothing; only a person lifts what time does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.core.audit import Audit
from steward.core.events import Events
from steward.core.storage import Storage
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.budget import (
    QUOTAS,
    REMEDIES_PER_HOUR,
    TRIPPED_FOR,
    WINDOW,
    Asked,
    Breaker,
    Quota,
    loop_in,
    may_loop,
)
from steward.model.errors import Denied, NotFound, TryLater
from steward.model.finding import Finding
from steward.model.plan import Plan
from steward.model.policy import Limits
from steward.model.principal import STEWARD, Principal
from steward.ports.clock import Clock
from steward.store import budgets as table
from steward.store import steps
from steward.store.database import Connection

_DAY = timedelta(days=1)


class NoRoom(TryLater):
    """A budget is used up; nothing was started, and there may be room later."""


@record
class Budget:
    """One budget, and how much of it is used."""

    name: str
    """What is counted."""
    used: int
    """How many there were."""
    most: int | None
    """How many there may be; None for a number that is only told."""
    days: int
    """In so many days."""


class Budgets:
    """Counts, reserves and breaks loops."""

    def __init__(
        self, *, storage: Storage, audit: Audit, events: Events, clock: Clock, quotas: Sequence[Quota] = QUOTAS
    ) -> None:
        self._storage = storage
        self._audit = audit
        self._events = events
        self._clock = clock
        self._quotas = tuple(quotas)

    async def demand_open(self, actor: Principal) -> None:
        """Refuse whoever was seen to turn in circles.

        Raises:
            Denied: with what was seen, and until when.
        """
        tripped = await self._tripped(actor.id) if may_loop(actor) else None
        if tripped is not None:
            until = f"until {tripped.until:%H:%M} UTC" if tripped.until else "until a person lifts it"
            step = f"stop and tell your person; they can lift it with `steward budgets lift {actor.id}`"
            raise Denied(f"{actor.name} is refused {until}", where="breaker", why=tripped.why, next_step=step)

    async def note(self, actor: Principal, what: str, result: str, *, is_refused: bool) -> None:
        """Write down what a program asked and was told; a loop is broken then and there."""
        if may_loop(actor):
            now = self._clock.now()
            asked = Asked(requester=actor.id, what=what, result=result, is_refused=is_refused, at=now)
            await self._storage.write(self._note, asked)

    async def demand_no_loop(self, finding: Finding) -> None:
        """Refuse to remedy a finding that comes back as soon as it is cured; a person is told, once.

        Raises:
            Denied: it was remedied as often as it may be within an hour, now or before.
        """
        if why := await self._storage.write(self._remedy_loop, finding):
            step = f"look yourself; then `steward budgets lift {finding.id}`"
            raise Denied(f"no remedy for {finding.title}", where="breaker", why=why, next_step=step)

    async def lift(self, subject: str, by: Principal) -> Breaker:
        """Let somebody, or the fix of a finding, go on.

        Raises:
            NotFound: nothing is tripped there.
        """
        return await self._storage.write(self._lift, subject, by)

    async def is_tripped(self, subject: str) -> bool:
        """Tell whether somebody, or the fix of a finding, is not served now."""
        return await self._tripped(subject) is not None

    async def breakers(self) -> tuple[Breaker, ...]:
        """Return what is tripped now."""
        now = self._clock.now()
        return tuple(each for each in await self._storage.read(table.breakers) if each.holds(now))

    async def budgets(self, limits: Limits) -> tuple[Budget, ...]:
        """Return every budget with what is used of it."""
        since = self._clock.now() - _DAY
        begun = await self._storage.read(steps.count_since, since)
        asks = await self._storage.read(table.count_asks, since)
        quotas = [
            Budget(name=f"{q.command}, most on one machine", used=await self._most(q), most=q.most, days=q.days)
            for q in self._quotas
        ]
        return (
            Budget(name="actions", used=begun, most=limits.mutations_per_day, days=1),
            Budget(name="questions put before a person", used=asks, most=None, days=1),
            *quotas,
        )

    def reserve(self, connection: Connection, plan: Plan, limits: Limits) -> None:
        """Make sure, in the transaction that starts a run, that there is room for all of it and what runs already.

        Raises:
            NoRoom: there is none.
        """
        now = self._clock.now()
        used = steps.count_since(connection, now - _DAY)
        others = [each for each in table.under_way(connection) if each.plan.id != plan.id]
        waiting = sum(len(each.plan.steps) - len(each.steps) for each in others)
        if used + waiting + len(plan.steps) > limits.mutations_per_day:
            why = f"{plural(used, 'action')} in 24 hours and {waiting} about to begin; the most is "
            why += f"{limits.mutations_per_day} (limits.mutations_per_day)"
            raise NoRoom("there is no room for this plan today", why=why, next_step="try again later")
        if over := self.over_quota(connection, plan):
            raise NoRoom("there is no room for this plan", why=next(iter(over.values())), next_step="try later")

    def over_quota(self, connection: Connection, plan: Plan) -> dict[str, str]:
        """Return the commands of a plan whose quota it would exceed on some machine, each with the reason."""
        over: dict[str, str] = {}
        for quota in self._quotas:
            wanted = [step.machine for step in plan.steps if step.command.name == quota.command]
            taken = _taken(connection, quota, plan, self._clock.now()) if wanted else []
            for machine in set(wanted):
                used = taken.count(machine)
                if used + wanted.count(machine) > quota.most:
                    told = f"{plural(used, 'time')} in {plural(quota.days, 'day')}, and {quota.most} is the most"
                    over[quota.command] = f"{quota.command} began on {plan.target(machine).name} {told}"
        return over

    async def _tripped(self, subject: str) -> Breaker | None:
        found = await self._storage.read(table.breaker, subject)
        return found if found is not None and found.holds(self._clock.now()) else None

    def _note(self, connection: Connection, asked: Asked) -> None:
        history = table.note(connection, asked)
        before = table.breaker(connection, asked.requester)
        fresh = [each for each in history if before is None or each.at > (before.lifted or before.since)]
        if why := loop_in(fresh, asked.at):
            self._trip(connection, asked.requester, why, until=asked.at + TRIPPED_FOR)

    def _remedy_loop(self, connection: Connection, finding: Finding) -> str:
        now = self._clock.now()
        before = table.breaker(connection, finding.id)
        if before is not None and before.holds(now):
            return before.why
        since = max(now - WINDOW, before.lifted) if before is not None and before.lifted else now - WINDOW
        remedies = table.remedies_since(connection, finding.id, since)
        if len(remedies) < REMEDIES_PER_HOUR:
            return ""
        why = f"{finding.title}: it was remedied {len(remedies)} times within an hour and is there again"
        self._trip(connection, finding.id, why, until=None)
        return why

    def _trip(self, connection: Connection, subject: str, why: str, *, until: datetime | None) -> None:
        table.trip(connection, Breaker(subject=subject, since=self._clock.now(), why=why, until=until))
        self._audit.append(connection, kind="breaker.tripped", actor=STEWARD, subject=subject, payload={"why": why})
        self._events.add(connection, "breaker.tripped", subject, actor=STEWARD.id, data={"text": why})

    def _lift(self, connection: Connection, subject: str, by: Principal) -> Breaker:
        tripped = table.breaker(connection, subject)
        if tripped is None or not table.lift(connection, subject, at=self._clock.now()):
            raise NotFound(f"nothing is tripped for {subject}", next_step="`steward budgets ls`")
        self._audit.append(connection, kind="breaker.lifted", actor=by, subject=subject, payload={"why": tripped.why})
        self._events.add(connection, "breaker.lifted", subject, actor=by.id, data={"text": tripped.why})
        return tripped

    async def _most(self, quota: Quota) -> int:
        begun = await self._storage.read(table.begun_since, self._clock.now() - timedelta(days=quota.days))
        counts: dict[str, int] = {}
        for each in begun:
            for step in each.plan.steps:
                if step.id in each.steps and step.command.name == quota.command:
                    counts[step.machine] = counts.get(step.machine, 0) + 1
        return max(counts.values(), default=0)


def _taken(connection: Connection, quota: Quota, plan: Plan, now: datetime) -> list[str]:
    """Return the machine of every use that has begun within the quota's days, or that another running plan holds."""
    held = {each.run: each for each in table.under_way(connection) if each.plan.id != plan.id}
    begun = table.begun_since(connection, now - timedelta(days=quota.days))
    return [
        step.machine
        for each in (*held.values(), *(each for each in begun if each.run not in held))
        for step in each.plan.steps
        if step.command.name == quota.command and (each.run in held or step.id in each.steps)
    ]
