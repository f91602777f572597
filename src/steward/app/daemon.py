"""The control plane in one process: look around, answer, carry out, keep the books, until told to end.

Loops are short and say what they do; each can be called once in a test. A tick that fails is logged with its
traceback and tried again: nothing else of the daemon stops for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from steward.app.agents import CHANNEL, Agents
from steward.app.http import Listener
from steward.app.snapshot import write_snapshot
from steward.app.wiring import Steward
from steward.core.answers import KEPT
from steward.engines.work.remedies import remedy
from steward.model.errors import Conflict, StewardError, TryLater
from steward.model.principal import STEWARD
from steward.model.run import RunState
from steward.store import (
    answers,
    budgets,
    deliveries,
    differences,
    events,
    history,
    identity,
    observations,
    owner,
    runs,
)
from steward.surfaces.local.server import LocalServer

_log = logging.getLogger("steward")
_STOP_SECONDS = 0.25
_DRAIN_SECONDS = 30.0
_LEAVING_SECONDS = 30.0
_SWEEP_SECONDS = 5.0
_HOLD_SECONDS = 2.0
_RECORD_SECONDS = 1.0
_AUDIT_SECONDS = 60.0
_REMEDY_SECONDS = 15.0
_DUE_SECONDS = 1.0
_RECONCILE_SECONDS = 10.0
_TELEMETRY_SECONDS = 300.0
_TIDY_SECONDS = 3600.0
_JOURNAL_KEPT = timedelta(days=30)
_QUESTIONS_KEPT = timedelta(hours=1)
_CHANGES_KEPT = timedelta(days=90)
_EVENTS_KEPT = timedelta(days=90)
_GUESSES_KEPT = timedelta(days=1)


class Daemon:
    """Runs a built Steward."""

    def __init__(self, steward: Steward, *, answers: bool = True) -> None:
        """`answers` is False for a worker: it carries out runs, and neither looks around nor listens."""
        self._steward = steward
        self._answers = answers
        self._server = LocalServer(
            path=steward.settings.socket,
            dispatch=steward.dispatch,
            owner=steward.owner,
            redact=steward.redactor.json,
            conversations={CHANNEL: Agents(steward).converse},
        )
        self._listener = Listener(steward)
        self._ending = asyncio.Event()
        self._ousted: Conflict | None = None
        seconds = _LEAVING_SECONDS if answers else _DRAIN_SECONDS + _LEAVING_SECONDS
        self._last_resort = threading.Timer(seconds, os._exit, (TryLater.exit_code,))
        self._last_resort.daemon = True
        self._looked = asyncio.Event()

    async def run(self, *, started: Callable[[], Awaitable[None]]) -> None:
        """Run until SIGINT or SIGTERM; call `started` once everything answers."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.end)
        await self.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(each) for each in (*self._loops(), self._attempt(started))]
                work += [tasks.create_task(self._attempt(self._listener.run))] if self._answers else []
                await self._ending.wait()
                await self._drain()
                for task in work:
                    task.cancel()
        finally:
            await self.close()
            self._last_resort.cancel()
        if self._ousted is not None:
            raise self._ousted

    def end(self) -> None:
        """End soon; told again, end without waiting for the steps that run."""
        if self._ending.is_set():
            self._steward.jobs.hurry()
        self._ending.set()

    async def open(self) -> None:
        """Mask every secret there is, take the next epoch, start durable work and listen."""
        await asyncio.to_thread(self._steward.secrets.mask_all)
        await asyncio.to_thread(self._steward.brakes.mask, self._steward.redactor.text)
        if self._answers:
            await self._steward.storage.write(identity.next_epoch)
            await self.begin_record()
        await self._steward.workers.join()
        await self._steward.jobs.launch()
        if self._answers:
            await self._server.start()

    async def begin_record(self) -> None:
        """On a store that is new to it, take sound files as they are; from then on edits by hand cannot loosen."""
        steward = self._steward
        has_begun = await asyncio.to_thread(steward.accepted.record) is not None
        if has_begun or steward.workspace.problems() or steward.policy.problems():
            return
        machines = steward.workspace.written().machines
        if await asyncio.to_thread(steward.accepted.begin, machines, steward.policy.written()):
            raised = [f"{machine.name} ({machine.autonomy.value})" for machine in machines if machine.host_key]
            _log.info("inventory.yaml and policy.yaml are taken as they are: %s", ", ".join(raised) or "nothing yet")

    async def close(self) -> None:
        """Stop listening and let go of everything; what runs on machines goes on and is found again."""
        if self._answers:
            await self._server.close()
        await self._steward.watching.close()
        await self._steward.scheduler.close()
        await self._steward.scanner.close()
        await self._steward.jobs.close()
        await self._steward.executors.close()
        self._steward.storage.close()

    async def beat(self) -> None:
        """Say that this process is alive, give back the runs of those that are not, and leave when asked to."""
        try:
            await self._steward.workers.tick()
        except Conflict as error:
            self._ousted = error
            self.end()
        if self._steward.workers.is_asked_to_leave and not self._answers and not self._ending.is_set():
            self.end()

    async def _drain(self) -> None:
        """Hand over what runs here. A worker waits for its steps; a store that hangs keeps nobody from leaving."""
        self._last_resort.start()
        try:
            await self._steward.workers.drain(0 if self._answers else _DRAIN_SECONDS)
        except StewardError as error:
            _log.warning("what runs here is left as it is: %s", error)

    async def look(self) -> None:
        """Look at every machine once and write the snapshot; a slow machine is seen when it answers."""
        try:
            await self.begin_record()
            await asyncio.to_thread(self._steward.workspace.settle)
            await asyncio.to_thread(self._steward.policy.settle)
            await self._steward.scanner.round()
            await write_snapshot(self._steward)
        finally:
            self._looked.set()

    async def first_look(self) -> None:
        """Wait until every machine was looked at once, or that was tried."""
        await self._looked.wait()

    async def read_record(self) -> None:
        """See what another process wrote down as accepted."""
        await asyncio.to_thread(self._steward.accepted.load)

    async def sweep(self) -> None:
        """Let time answer what nobody answered, start what was approved before, and ask again where that is due."""
        await self._steward.approvals.sweep()
        await self._steward.proposals.resume_approved()
        await self._steward.asking_again.tick()

    async def look_after_holds(self) -> None:
        """Let time, proofs and events end what runs wait for, and remind people of the rest."""
        await self._steward.holds.tick()

    async def document(self) -> None:
        """Write down changes that have ended, and look again at the machines they changed."""
        touched = await self._steward.documents.write_ended()
        if touched:
            machines = self._steward.workspace.inventory().machines
            await self._steward.scanner.machines(machine for machine in machines if machine.id in touched)
            await write_snapshot(self._steward)

    async def hear(self) -> None:
        """Take what Steward itself did as a reason to start something."""
        await self._steward.own_events.tick()

    async def miss(self) -> None:
        """Notice signs of life that stay away."""
        await self._steward.absence.tick()

    async def start_due(self) -> None:
        """Start what is due or arrived, and follow what was started to its end."""
        await self._steward.scheduler.tick()

    async def remedy(self) -> None:
        """Cure by itself what was found and is wholly covered by grants."""
        await remedy(self._steward.desk(STEWARD, False, _unheard))  # noqa: FBT003 - a port's shape

    async def watch(self) -> None:
        """Follow what triggers watch outside, as their files say now."""
        await self._steward.watching.tick()

    async def reconcile(self) -> None:
        """Ask about runs whose outcome is unknown."""
        unknown = await self._steward.storage.read(runs.listing, states=(RunState.UNKNOWN,), limit=50)
        for run in unknown:
            await self._steward.jobs.reconcile(run.id, f"{self._steward.clock.now():%Y%m%dT%H%M%S}")

    async def stop_when_told(self) -> None:
        """End what runs here when stop is on or a person cancelled it, wherever that was said."""
        if self._steward.brakes.is_stopped_now():
            await self._steward.performer.end_all()
        await self._steward.performer.end_cancelled()

    async def sign(self) -> None:
        """Sign the audit when that is due."""
        await asyncio.to_thread(self._steward.audit.tick, self._steward.clock.now())

    async def ask_others(self) -> None:
        """Take numbers of the servers that measured what Steward did not."""
        await self._steward.telemetry.tick()

    async def tidy(self) -> None:
        """Forget what nobody needs any more; runs, steps, changes, approvals and the audit are kept."""
        now = self._steward.clock.now()
        await self._steward.jobs.prune(runs_before=now - _JOURNAL_KEPT, questions_before=now - _QUESTIONS_KEPT)
        await self._steward.storage.write(events.prune, before=now - _EVENTS_KEPT)
        await self._steward.storage.write(observations.prune, before=now - _EVENTS_KEPT)
        await self._steward.storage.write(differences.prune, before=now - _CHANGES_KEPT)
        await self._steward.storage.write(history.prune, now)
        await self._steward.storage.write(deliveries.prune, before=now - _EVENTS_KEPT)
        await self._steward.scheduler.tidy()
        await self._steward.storage.write(answers.prune, before=now - KEPT)
        await self._steward.access.sessions.tidy()
        await self._steward.storage.write(owner.forget_failures, before=now - _GUESSES_KEPT)
        await self._steward.storage.write(budgets.forget, before=now - _GUESSES_KEPT)

    def loops(self) -> list[tuple[Callable[[], Awaitable[None]], float]]:
        """Return what is done again and again, each with the pause after it in seconds."""
        steps: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self.stop_when_told, _STOP_SECONDS),
            (self.read_record, _RECORD_SECONDS),
            (self.beat, self._steward.workers.pace.beat_seconds),
        ]
        if self._answers:
            steps += [
                (self.look, float(self._steward.settings.scan_seconds)),
                (self.sweep, _SWEEP_SECONDS),
                (self.look_after_holds, _HOLD_SECONDS),
                (self.document, _SWEEP_SECONDS),
                (self.hear, _DUE_SECONDS),
                (self.miss, _DUE_SECONDS),
                (self.start_due, _DUE_SECONDS),
                (self.remedy, _REMEDY_SECONDS),
                (self.watch, _SWEEP_SECONDS),
                (self.reconcile, _RECONCILE_SECONDS),
                (self.sign, _AUDIT_SECONDS),
                (self.ask_others, _TELEMETRY_SECONDS),
                (self.tidy, _TIDY_SECONDS),
            ]
        return steps

    def _loops(self) -> list[Coroutine[Any, Any, None]]:
        return [self._repeat(step, pause) for step, pause in self.loops()]

    async def _repeat(self, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while True:
            began = self._steward.pulse.time()
            is_done = await self._attempt(step)
            self._steward.pulse.beat(step.__name__, began=began, is_done=is_done)
            await self._steward.clock.sleep(pause)

    async def _attempt(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Do one step and tell whether it was done; what goes wrong in it is logged and ends nothing else."""
        try:
            await step()
        except StewardError as error:
            _log.warning("%s: %s", step.__name__, error)
            return False
        except Exception:  # noqa: BLE001 - one failing tick ends no other; logged, and tried again
            _log.exception("%s failed", step.__name__)
            return False
        return True


async def _unheard(_event: dict[str, Any]) -> None:
    """Drop what nobody follows."""
