"""Approvals: asked once, answered once, used once.

    ask ──> approve ──> consume ─────────> the run's job
         └> reject           (one transaction: consumption, intent, audit row, enqueueing)

Nothing here imports a model, an adapter or the network.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from steward.core.audit import Audit
from steward.core.events import Events
from steward.core.storage import Storage
from steward.lib.text import age
from steward.model.approval import Approval, ApprovalState, is_typed, is_whole, short
from steward.model.errors import Conflict, Denied, InvalidInput, NotAllowed, NotFound
from steward.model.ids import RunId
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.risk import Strength
from steward.model.run import Run, RunState
from steward.ports.clock import Clock
from steward.store import approvals as table
from steward.store import audit as audit_table
from steward.store import changes, plans, runs
from steward.store.database import Connection

NO_LASTS = timedelta(hours=24)
"""A rejected wish is refused again for this long."""
CLOCK_TOLERANCE = timedelta(seconds=30)
"""A wall clock that runs back further expires everything that waits."""
_OPEN = (ApprovalState.PENDING, ApprovalState.APPROVED)

Enqueue = Callable[[Connection, RunId], None]
Reached = Callable[[str], None]


def authorize(approval: Approval, principal: Principal) -> None:
    """Refuse whoever may not decide on this approval; the one gate of every channel.

    Raises:
        NotAllowed: the principal is not a person, or has not proven who they are strongly enough.
    """
    if principal.kind is not PrincipalKind.PERSON:
        raise NotAllowed(f"a {principal.kind.value} cannot decide on a plan", next_step="a person decides")
    if not principal.strength.meets(approval.least):
        is_touch = approval.least is Strength.PASSKEY
        raise NotAllowed(
            f"this decision needs `{approval.least.value}` proof",
            why=f"{principal.name} has given `{principal.strength.value}`",
            next_step="use a passkey on its card in the browser" if is_touch else "give the owner's secret when asked",
        )


class Approvals:
    """Every change of an approval, each one conditional UPDATE in one transaction with its audit row."""

    def __init__(self, *, storage: Storage, audit: Audit, events: Events, clock: Clock, reached: Reached) -> None:
        self._storage = storage
        self._audit = audit
        self._events = events
        self._clock = clock
        self._reached = reached
        self._latest: datetime | None = None

    async def by_code(self, code: str) -> Approval:
        """Return the approval a person means by its four letters.

        Raises:
            Conflict: it was answered before; who answered, when, and what came of it.
            NotFound: no approval ever waited under this code.
        """
        found = await self._storage.read(table.by_code, code.upper())
        if found is not None:
            return found
        answered = await self._storage.read(table.answered_code, code.upper())
        if answered is not None:
            await self.refuse_answered(answered)
        raise NotFound(f"nothing waits under the code {code.upper()}", next_step="`steward approvals ls`")

    async def refuse_answered(self, approval: Approval) -> None:
        """Refuse an approval that was answered before.

        Raises:
            Conflict: who answered, when, and what came of it.
        """
        if approval.state not in _OPEN:
            raise answered_before(approval, await self._storage.read(runs.get, approval.run), self._clock.local())

    async def approve(self, approval: Approval, principal: Principal, *, fingerprint: str, typed: str = "") -> Approval:
        """Say yes to exactly the plan with this fingerprint; `typed` are the machines it hits, as a person typed them.

        Raises:
            NotAllowed: see `authorize`.
            InvalidInput: it cannot be put back, no passkey was touched for it, and something else was typed.
            Conflict: it is another plan, somebody decided before, or its time is over.
        """
        authorize(approval, principal)
        if fingerprint != approval.fingerprint:
            raise Conflict("this is not the plan that was shown", next_step=f"`steward approvals show {approval.code}`")
        await self._refuse_overdue(approval)
        await self._storage.read(_demand_typed, approval, principal, typed)
        return await self._decide(approval, principal, to=ApprovalState.APPROVED, reason="")

    async def reject(self, approval: Approval, principal: Principal, *, reason: str) -> Approval:
        """Say no; the same wish is refused for 24 hours.

        Raises:
            NotAllowed, Conflict: as for `approve`.
        """
        authorize(approval, principal)
        return await self._decide(approval, principal, to=ApprovalState.REJECTED, reason=reason)

    async def consume(self, approval: Approval, *, enqueue: Enqueue) -> bool:
        """Turn a yes into a run, once: consumption, intent, audit row and enqueueing commit together.

        Returns False when it was consumed before, its time is over, or the time of its plan has not come yet (the
        yes waits for it): nothing happened then.
        """
        try:
            await self._refuse_overdue(approval)
        except Conflict:
            return False
        self._reached("approval.consume.before")
        done = await self._storage.write(self._consume, approval, enqueue)
        self._reached("approval.consume.after")
        return done

    def _consume(self, connection: Connection, approval: Approval, enqueue: Enqueue) -> bool:
        now = self._clock.now()
        stored = plans.get(connection, approval.plan)
        if stored is None or now < stored.plan.not_before - CLOCK_TOLERANCE:
            return False
        if not table.consume(connection, approval.id, at=now):
            return False
        if not runs.move(connection, approval.run, to=RunState.QUEUED, at=now):
            raise Conflict(f"run {approval.run} no longer waits", next_step=f"`steward runs show {approval.run}`")
        self._audit.append(
            connection,
            kind="run.intended",
            actor=STEWARD,
            subject=approval.run,
            fingerprint=approval.fingerprint,
            payload={"approval": approval.id, "plan": approval.plan},
        )
        self._events.add(connection, "run.queued", approval.run, actor=STEWARD.id)
        enqueue(connection, approval.run)
        return True

    async def _decide(self, approval: Approval, principal: Principal, *, to: ApprovalState, reason: str) -> Approval:
        self._reached("approval.decide.before")
        decided = await self._storage.write(self._decide_in, approval, principal, to, reason)
        self._reached("approval.decide.after")
        return decided

    def _decide_in(
        self, connection: Connection, approval: Approval, principal: Principal, to: ApprovalState, reason: str
    ) -> Approval:
        now = self._clock.now()
        if to is ApprovalState.APPROVED:
            _demand_whole(connection, approval)
        won = table.decide(
            connection,
            approval.id,
            to=to,
            by=principal.id,
            strength=principal.strength,
            channel=principal.channel,
            at=now,
            reason=reason,
        )
        if not won:
            raise self._too_late(connection, approval)
        if to is ApprovalState.REJECTED:
            _end_unstarted(connection, approval, RunState.DENIED, reason or "rejected", now)
        self._audit.append(
            connection,
            kind=f"approval.{to.value}",
            actor=principal,
            subject=approval.id,
            fingerprint=approval.fingerprint,
            payload={"reason": reason, "strength": principal.strength.value},
        )
        self._events.add(connection, f"approval.{to.value}", approval.run, actor=principal.id, data={"reason": reason})
        decided = table.get(connection, approval.id)
        if decided is None:
            raise Conflict("the approval is gone")
        return decided

    def _too_late(self, connection: Connection, approval: Approval) -> Conflict:
        present = table.get(connection, approval.id)
        if present is None or present.state is ApprovalState.PENDING:
            return Conflict(f"{approval.code} cannot be decided", why="its time is over", next_step="plan it again")
        return answered_before(present, runs.get(connection, present.run), self._clock.local())

    async def lapse(self, approval: Approval, *, to: ApprovalState, reason: str) -> bool:
        """Let time or a changed world answer no."""
        return await self._storage.write(self._lapse, approval, to, reason)

    def _lapse(self, connection: Connection, approval: Approval, to: ApprovalState, reason: str) -> bool:
        now = self._clock.now()
        if not table.lapse(connection, approval.id, to=to, frm=_OPEN, reason=reason, at=now):
            return False
        run_state = RunState.STALE if to is ApprovalState.STALE else RunState.EXPIRED
        _end_unstarted(connection, approval, run_state, reason, now)
        self._audit.append(
            connection,
            kind=f"approval.{to.value}",
            actor=STEWARD,
            subject=approval.id,
            fingerprint=approval.fingerprint,
            payload={"reason": reason},
        )
        self._events.add(connection, f"approval.{to.value}", approval.run, actor=STEWARD.id, data={"reason": reason})
        return True

    async def waiting(self) -> tuple[Approval, ...]:
        """Return what waits for an answer or for its run."""
        return await self._storage.read(table.listing, states=_OPEN, limit=500)

    async def sweep(self) -> int:
        """Expire what is due; a wall clock that ran back expires everything. Return how many expired."""
        lapsed = await self._watch_clock()
        for approval in await self.waiting():
            why = self._overdue(approval)
            if why:
                lapsed += await self.lapse(approval, to=ApprovalState.EXPIRED, reason=why)
        return lapsed

    async def _refuse_overdue(self, approval: Approval) -> None:
        """Let no yes count that the next sweep would expire."""
        await self._watch_clock()
        why = self._overdue(approval)
        if why and await self.lapse(approval, to=ApprovalState.EXPIRED, reason=why):
            raise Conflict(f"this approval is no longer open: {why}", next_step="plan it again")

    async def _watch_clock(self) -> int:
        """Expire everything that waits when the wall clock is behind the latest time it ever told.

        After a restart the newest audit row tells that time. Return how many expired.
        """
        now = self._clock.now()
        if self._latest is None:
            rows = await self._storage.read(audit_table.newest, limit=1)
            self._latest = rows[0].wall if rows else now
        if now >= self._latest - CLOCK_TOLERANCE:
            self._latest = max(self._latest, now)
            return 0
        waiting = await self.waiting()
        lapsed = [await self.lapse(a, to=ApprovalState.EXPIRED, reason="the clock was set back") for a in waiting]
        self._latest = now
        return sum(lapsed)

    def _overdue(self, approval: Approval) -> str:
        now = self._clock.now()
        if now >= approval.expires:
            return "nobody answered in time"
        if now < approval.created - CLOCK_TOLERANCE:
            return "the clock was set back"
        if approval.boot == self._clock.boot():
            passed = timedelta(seconds=self._clock.monotonic() - approval.created_monotonic)
            if passed >= approval.expires - approval.created:
                return "nobody answered in time"
            if (now - approval.created) < passed - CLOCK_TOLERANCE:
                return "the clock was set back"
        return ""

    async def refuse_repeated(self, intent: str) -> None:
        """Refuse a wish that a person rejected within the last 24 hours.

        Raises:
            Denied: with their reason, as data.
        """
        await self._watch_clock()
        since = self._clock.now() - NO_LASTS
        rejected = await self._storage.read(table.last_rejected, intent, since=since)
        if rejected is not None:
            until = (rejected.decided_at or self._clock.now()) + NO_LASTS
            raise Denied(
                f"the same plan was rejected {_by_and_when(rejected, self._clock.local())}",
                where=f"approval {rejected.code} ({short(rejected.fingerprint)})",
                why=rejected.reason or "no reason was given",
                next_step=f"ask again after {_time(until, self._clock.local())}, or ask for something else",
            )


def answered_before(approval: Approval, run: Run | None, now: datetime) -> Conflict:
    """Return the error that tells who answered, when, and what came of it; times in the zone of `now`."""
    if approval.state not in {ApprovalState.APPROVED, ApprovalState.CONSUMED, ApprovalState.REJECTED}:
        at = _time(approval.decided_at or approval.expires, now)
        what = f"{approval.code} is no longer open: {approval.state.value} on {at}"
        return Conflict(what, why=approval.reason, next_step="plan it again")
    is_yes = approval.state is not ApprovalState.REJECTED
    what = f"{approval.code} is already {'approved' if is_yes else 'rejected'}, {_by_and_when(approval, now)}"
    if not is_yes:
        return Conflict(what, why=approval.reason, next_step="`steward approvals ls --everything`")
    came = f"its run {approval.run} is {run.state.value if run else 'gone'}"
    why = f"{came}: {run.reason}" if run and run.reason else came
    return Conflict(what, why=why, next_step=f"`steward runs show {approval.run}`")


def _by_and_when(approval: Approval, now: datetime) -> str:
    at = approval.decided_at or approval.expires
    return f"by {approval.decided_by or 'nobody'} on {_time(at, now)} ({age(now - at)} ago)"


def _time(at: datetime, now: datetime) -> str:
    return f"{at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"


def _demand_whole(connection: Connection, approval: Approval) -> None:
    """Refuse a yes to a plan or a text that is not the stored one any more: nobody can say what was shown."""
    stored = plans.get(connection, approval.plan)
    if stored is None or not is_whole(stored.plan, stored.shown, approval.fingerprint):
        raise not_whole(approval)


def _demand_typed(connection: Connection, approval: Approval, principal: Principal, typed: str) -> None:
    """Refuse a yes to what cannot be put back from somebody who did not say what it hits.

    A plan is never changed in the store, so what is read here is what is decided on a moment later.
    """
    stored = plans.get(connection, approval.plan)
    if stored is None or principal.strength.meets(Strength.PASSKEY) or is_typed(stored.plan, typed):
        return
    raise InvalidInput(
        "what this does cannot be put back, and the name of what it hits was not typed",
        where=f"approval {approval.code}",
        why="another name was typed" if typed else "nothing was typed",
        next_step=f"read `steward approvals show {approval.code}`, then type the names of its machines: `--target`",
    )


def not_whole(approval: Approval) -> Conflict:
    """Return the error of a plan that was changed in the store."""
    return Conflict(
        f"the plan under {approval.code} was changed in the store",
        why="it is not the one, with the text, that was put before a person",
        next_step=f"`steward approvals reject {approval.code}`, then plan it again",
    )


def _end_unstarted(connection: Connection, approval: Approval, state: RunState, reason: str, at: datetime) -> None:
    """End a run that never had a job, and the change it belongs to."""
    runs.move(connection, approval.run, to=state, at=at, reason=reason)
    run = runs.get(connection, approval.run)
    if run is not None:
        changes.close(connection, run.change, at=at, result=run.state.value)
