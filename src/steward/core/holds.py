"""Holds: begun with the turn of a run, ended once, and the run put back on the queue in the same transaction.

    open ──answer | proof | time | event──> done ────┐
      ├──a no | in vain────────────────────> failed ─┼──> the run goes on from where it stood
      └──nobody in time────────────────────> expired ┘

A run that waits has no job: nothing of it is lost when a process ends, and nothing has to be kept awake for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from steward.core.answer_fields import checked_answer
from steward.core.audit import Audit
from steward.core.events import Events
from steward.core.storage import Storage
from steward.core.verify import Prober
from steward.model.access import Role
from steward.model.errors import Bug, Conflict, NotAllowed, NotFound, StewardError
from steward.model.hold import Hold, HoldKind, HoldRecord, HoldState, Patience
from steward.model.ids import RunId
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.run import RunState
from steward.ports.clock import Clock
from steward.store import events as event_table
from steward.store import holds as table
from steward.store import locks, plans, runs
from steward.store.database import Connection

_log = logging.getLogger("steward.holds")
_PROBE_SECONDS = 15.0
_EVENTS_READ = 500
_TIME = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})")

Key = tuple[RunId, str]
"""A hold by its run and its name in the run's plan."""
Wake = Callable[[Connection, RunId, str], None]
"""Puts a run back on the queue inside the caller's transaction; the text makes this turn its own job."""


class Holds:
    """Begins, ends and looks after holds."""

    def __init__(  # noqa: PLR0913 - the ports of waiting
        self,
        *,
        storage: Storage,
        audit: Audit,
        events: Events,
        prober: Prober,
        clock: Clock,
        wake: Wake,
        reached: Callable[[str], None],
    ) -> None:
        self._reached = reached
        self._storage = storage
        self._audit = audit
        self._events = events
        self._prober = prober
        self._clock = clock
        self._wake = wake
        self._asked: dict[Key, float] = {}
        self._open: dict[Key, Hold | None] = {}
        self._read_until: dict[Key, int] = {}

    def begin(self, connection: Connection, run: RunId, hold: Hold) -> None:
        """Begin to wait, inside the transaction of the turn that comes to it."""
        now = self._clock.now()
        opened = HoldRecord(
            run=run,
            hold=hold.id,
            kind=hold.kind,
            state=HoldState.OPEN,
            opened=now,
            due=self._due(hold, now),
            remind_at=_told_next(patience_of(hold), now, now),
            since_event=event_table.last(connection),
        )
        if table.open_hold(connection, opened):
            self._tell(connection, "hold.opened", run, hold, hold.says)

    async def answer(self, principal: Principal, run: RunId, hold_id: str, answer: dict[str, Any]) -> HoldRecord:
        """Take a person's answer; the first counts. An empty one to a question without fields is a yes.

        Raises:
            NotAllowed: only people answer, and only those whom the question is put to.
            NotFound: nothing of this name is waited for.
            Conflict: it was answered before, or its time is over.
            InvalidInput: the answer does not fit, with every field that does not.
        """
        hold = await self.find(run, hold_id)
        if hold.inquiry is None:
            raise Conflict(f"`{hold_id}` is no question", next_step="a task is confirmed by its proof, time by itself")
        _demand_may(principal, hold.inquiry.who)
        given = checked_answer(hold.inquiry.fields, self._events.masked_json(answer))
        return await self._answered(principal, run, hold, HoldState.DONE, given, f"answered by {principal.name}")

    async def refuse(self, principal: Principal, run: RunId, hold_id: str, reason: str) -> HoldRecord:
        """Take a no: to a question, or of a person who cannot do the task. The run goes on as if a step had failed.

        Raises:
            NotAllowed, NotFound, Conflict: as for `answer`.
        """
        hold = await self.find(run, hold_id)
        _demand_may(principal, hold.inquiry.who if hold.inquiry else Role.OPERATOR)
        said = f"{principal.name} said no" + (f": {reason}" if reason else "")
        return await self._answered(principal, run, hold, HoldState.FAILED, {}, said)

    async def done(self, principal: Principal, run: RunId, hold_id: str) -> HoldRecord:
        """Take a person's word that they did it, and look at once whether it shows; the proof decides, not the word.

        What its proof has shown already is done, and the word of it is no news.

        Raises:
            NotAllowed, NotFound: as for `answer`.
            Conflict: it ended otherwise before, or it is no task.
        """
        hold = await self.find(run, hold_id)
        _demand_may(principal, Role.OPERATOR)
        if hold.task is None:
            raise Conflict(f"`{hold_id}` is nothing to do with your hands", next_step="`steward holds ls`")
        known = await self._record(run, hold_id)
        if known.state is HoldState.DONE:
            return known
        if known.state is HoldState.OPEN and known.due is not None and self._clock.now() >= known.due:
            await self._storage.write(self._end, run, hold, *_when_due(hold))
            known = await self._record(run, hold_id)
        if known.state is not HoldState.OPEN:
            raise _ended(known)
        await self._probe(known, hold, said_by=principal)
        return await self._record(run, hold_id)

    async def find(self, run: RunId, hold_id: str) -> Hold:
        """Return a hold of a run's plan.

        Raises:
            NotFound: there is none of this name.
        """
        return await self._storage.read(self._found, run, hold_id)

    async def tick(self) -> None:
        """Look after everything that is open: time that has come, proofs, events, reminders, nobody in time."""
        waiting, newest = await self._storage.read(self._look)
        self._forget_others({(known.run, known.hold) for known, _ in waiting})
        left = [(known, hold) for known, hold in waiting if not await self._is_over(known, hold)]
        for known, hold in left:
            if hold.wait is not None and hold.wait.event:
                await self._look_for_event(known, hold, newest)
        shown = [pair for pair in left if pair[1].proofs and not (pair[1].wait is not None and pair[1].wait.event)]
        asked = await asyncio.gather(*(self._probe_sometimes(*pair) for pair in shown), return_exceptions=True)
        for problem in asked:
            if problem is not None:
                raise problem

    async def _is_over(self, known: HoldRecord, hold: Hold) -> bool:
        """Do what its time asks for, before any machine is asked: one that is off must delay no other's end."""
        now = self._clock.now()
        if known.due is not None and now >= known.due:
            await self._storage.write(self._end, known.run, hold, *_when_due(hold))
            return True
        if known.remind_at is not None and now >= known.remind_at:
            await self._storage.write(self._remind, known, hold)
        return False

    def _look(self, connection: Connection) -> tuple[list[tuple[HoldRecord, Hold]], int]:
        """Return what is open, and the number of the newest event.

        Runs wait for weeks and are looked after every few seconds: the plan of each is read once, for neither a plan
        nor a run's plan ever changes.
        """
        listed = table.listing(connection)
        keys = {(known.run, known.hold) for known in listed}
        self._open = {key: self._open[key] if key in self._open else self._read(connection, key) for key in keys}
        found = [(known, hold) for known in listed if (hold := self._open[known.run, known.hold]) is not None]
        return found, event_table.last(connection)

    def _read(self, connection: Connection, key: Key) -> Hold | None:
        """Return a hold; None where its plan cannot be read, which is told and keeps no other waiting."""
        try:
            return self._found(connection, *key)
        except StewardError as error:
            _log.error("what run %s waits for cannot be looked after: %s", key[0], error)
            return None

    def _forget_others(self, keys: set[Key]) -> None:
        self._asked = {key: at for key, at in self._asked.items() if key in keys}
        self._read_until = {key: seq for key, seq in self._read_until.items() if key in keys}

    def cancel(self, connection: Connection, run: RunId) -> None:
        """End everything a run waits for, because somebody ends the run, and let it come to its end."""
        ended = False
        for known in table.of_run(connection, run):
            ended |= table.end(
                connection, run, known.hold, to=HoldState.CANCELLED, at=self._clock.now(), note="the run was ended"
            )
        if ended:
            self._go_on(connection, run, "cancel")

    def drop(self, connection: Connection, run: RunId, hold_id: str, why: str) -> None:
        """Wait no longer for what nothing needs any more, where that was begun; its run goes on by itself."""
        table.end(connection, run, hold_id, to=HoldState.SKIPPED, at=self._clock.now(), note=why)

    def suspend(self, connection: Connection, run: RunId) -> None:
        """Let a run wait without its machines."""
        if runs.move(connection, run, to=RunState.SUSPENDED, at=self._clock.now()):
            locks.release(connection, run)
            self._events.add(connection, "run.suspended", run, actor=STEWARD.id, data={"text": "it only waits"})

    async def _answered(
        self, principal: Principal, run: RunId, hold: Hold, to: HoldState, given: dict[str, Any], note: str
    ) -> HoldRecord:
        def write(connection: Connection) -> bool:
            known = table.get(connection, run, hold.id)
            if known is not None and known.due is not None and self._clock.now() >= known.due:
                self._end(connection, run, hold, *_when_due(hold))  # nobody looked yet: its time is over all the same
                return False
            return self._end(connection, run, hold, to, note, answer=given, by=principal)

        self._reached("hold.end.before")
        if not await self._storage.write(write):
            raise _ended(await self._record(run, hold.id))
        self._reached("hold.end.after")
        return await self._record(run, hold.id)

    def _end(  # noqa: PLR0913 - one parameter per fact that is kept
        self,
        connection: Connection,
        run: RunId,
        hold: Hold,
        to: HoldState,
        note: str,
        *,
        answer: dict[str, Any] | None = None,
        by: Principal | None = None,
    ) -> bool:
        now, note = self._clock.now(), self._events.masked(note)
        if not table.end(connection, run, hold.id, to=to, at=now, note=note, answer=answer, by=by.id if by else None):
            return False
        payload: dict[str, Any] = {"hold": hold.id, "note": note, "answer": answer}
        self._audit.append(connection, kind=f"hold.{to.value}", actor=by or STEWARD, subject=run, payload=payload)
        self._tell(connection, f"hold.{to.value}", run, hold, note)
        self._go_on(connection, run, hold.id)
        return True

    def _go_on(self, connection: Connection, run: RunId, turn: str) -> None:
        """Put a suspended run back on the queue; one that runs looks again at the end of its turn."""
        if runs.move(connection, run, to=RunState.QUEUED, at=self._clock.now()):
            self._wake(connection, run, turn)

    async def _look_for_event(self, known: HoldRecord, hold: Hold, newest: int) -> None:
        """Read what is new in the stream; how far is remembered here, and in the store only after many in vain."""
        wait, key = hold.wait, (known.run, known.hold)
        assert wait is not None  # noqa: S101 - only such holds are looked at here
        since = max(known.since_event, self._read_until.get(key, 0))
        if newest <= since:
            return
        found = await self._storage.read(event_table.after, since, limit=_EVENTS_READ)
        for event in found:
            if fnmatchcase(event.kind, wait.event) and wait.subject in {"", event.subject}:
                await self._storage.write(
                    self._end, known.run, hold, HoldState.DONE, f"{event.kind} of {event.subject}"
                )
                return
        if found:
            self._read_until[key] = found[-1].seq
        if found and found[-1].seq - known.since_event >= _EVENTS_READ:
            await self._storage.write(table.set_since, known.run, known.hold, found[-1].seq)

    async def _probe_sometimes(self, known: HoldRecord, hold: Hold) -> None:
        key, now = (known.run, known.hold), self._clock.monotonic()
        if now - self._asked.get(key, -_PROBE_SECONDS) >= _PROBE_SECONDS:
            self._asked[key] = now
            await self._probe(known, hold)

    async def _probe(self, known: HoldRecord, hold: Hold, *, said_by: Principal | None = None) -> None:
        """Ask whether it shows by now; what cannot be asked is no proof."""
        results = await self._prober.once(hold.proofs)
        if all(result.holds for result in results):
            seen = "; ".join(result.seen for result in results)
            note = f"proven: {seen}" + (f"; {said_by.name} said that it was done" if said_by else "")
            await self._storage.write(self._prove, known, hold, results, note, said_by)
            self._asked.pop((known.run, known.hold), None)
        elif results != known.seen:
            await self._storage.write(table.set_seen, known.run, known.hold, results)

    def _prove(
        self,
        connection: Connection,
        known: HoldRecord,
        hold: Hold,
        results: Sequence[Any],
        note: str,
        by: Principal | None,
    ) -> None:
        table.set_seen(connection, known.run, known.hold, results)
        self._end(connection, known.run, hold, HoldState.DONE, note, by=by)

    def _remind(self, connection: Connection, known: HoldRecord, hold: Hold) -> None:
        now, patience = self._clock.now(), patience_of(hold)
        if not table.remind(connection, known, at=_told_next(patience, known.opened, now)):
            return
        waited = (now - known.opened).total_seconds()
        is_escalated = 0 < patience.escalate_seconds <= waited
        self._tell(connection, "hold.escalated" if is_escalated else "hold.reminded", known.run, hold, hold.says)

    def _tell(self, connection: Connection, kind: str, run: RunId, hold: Hold, text: str) -> None:
        self._events.add(connection, kind, run, actor=STEWARD.id, data={"step": hold.id, "text": f"{hold.id}: {text}"})

    def _due(self, hold: Hold, now: datetime) -> datetime | None:
        if hold.wait is None:
            return now + timedelta(seconds=patience_of(hold).expires_seconds)
        if hold.wait.seconds:
            return now + timedelta(seconds=hold.wait.seconds)
        if hold.wait.until:
            return moment(hold.wait.until, self._clock.local())
        return now + timedelta(seconds=hold.wait.longest_seconds)

    def _found(self, connection: Connection, run_id: RunId, hold_id: str) -> Hold:
        run = runs.get(connection, run_id)
        stored = plans.get(connection, run.plan) if run else None
        course = stored.plan.course if stored else None
        hold = next((each for each in (course.holds if course else ()) if each.id == hold_id), None)
        if hold is None:
            raise NotFound(f"run {run_id} waits for nothing called `{hold_id}`", next_step="`steward holds ls`")
        return hold

    async def _record(self, run: RunId, hold_id: str) -> HoldRecord:
        known = await self._storage.read(table.get, run, hold_id)
        if known is None:
            raise Conflict(f"`{hold_id}` has not begun", next_step=f"`steward runs show {run}`")
        return known


def patience_of(hold: Hold) -> Patience:
    """Return how long a hold waits for a person; what waits for no person reminds nobody."""
    if hold.inquiry is not None:
        return hold.inquiry.patience
    return hold.task.patience if hold.task is not None else Patience(remind_seconds=0)


def _told_next(patience: Patience, opened: datetime, now: datetime) -> datetime | None:
    """Return when people are told of it next: reminded once more, or the owner as well; None for never."""
    reminded = now + timedelta(seconds=patience.remind_seconds)
    escalated = opened + timedelta(seconds=patience.escalate_seconds)
    told = [reminded] if patience.remind_seconds else []
    return min([*told, escalated] if escalated > now else told, default=None)


def moment(text: str, now: datetime) -> datetime:
    """Return the next time it is `02:30`, or the moment with its date, in the zone of `now`.

    A time that the clock skips counts as the moment it skips to; one it shows twice as the first.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Bug(f"`{text}` is no time; reading the workflow should have said so")
    day, hour, minute = found.groups()
    if day:
        return datetime.fromisoformat(f"{day} {int(hour):02}:{minute}").replace(tzinfo=now.tzinfo)
    today = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def _when_due(hold: Hold) -> tuple[HoldState, str]:
    """Return how a hold ends whose time is over."""
    if hold.kind is HoldKind.WAIT and hold.wait is not None:
        if hold.wait.condition or hold.wait.event:
            return HoldState.EXPIRED, "what it waited for did not happen in time"
        return HoldState.DONE, "the time has come"
    return HoldState.EXPIRED, "nobody answered in time" if hold.kind is HoldKind.ASK else "it was not done in time"


def _demand_may(principal: Principal, who: Role) -> None:
    if principal.kind is not PrincipalKind.PERSON or principal.may_be_an_agent:
        raise NotAllowed(
            "only a person answers this", why="a process may be an agent", next_step="sign in, or prove it"
        )
    lacking = [right for right in who.rights if right not in principal.rights]
    if lacking:
        raise NotAllowed(f"this is put to {who.value}s", why=f"it needs the right to {lacking[0].value}")


def _ended(known: HoldRecord) -> Conflict:
    return Conflict(
        f"`{known.hold}` has ended before: {known.state.value}",
        why=known.note,
        next_step=f"`steward runs show {known.run}`",
    )
