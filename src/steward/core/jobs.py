"""Durable execution: the only file that knows the durable-execution library.

Kept in this one place: the pinned application version (the library's default is a hash of our source, which would
strand every waiting run at an upgrade), a stable and unique executor id, a journal of plain JSON instead of
pickles, the queue, and the names of the durable workflows, which never change.

    walk       one plan, from its first step to its proven end, or until it only waits
    run        the same for runs begun before plans had turns
    reconcile  a run whose outcome was unknown, when its machine answers again
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID
from dbos import error as dbos_error

from steward.core.order import Steps, carry_out, finish
from steward.core.runs import Runner
from steward.model.errors import TryLater
from steward.model.ids import RunId
from steward.model.run import RunState
from steward.store.database import Connection, Database

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("steward.jobs")
JOURNAL_VERSION = "journal-1"
"""Raised only when runs in flight cannot be carried on by the new code."""
QUEUE = "runs"
_WALK = "walk"
_RUN = "run"
_RECONCILE = "reconcile"
_AT_ONCE = 64
_ENDED = ["SUCCESS", "ERROR", "CANCELLED"]
_PRUNED_AT_ONCE = 200
_BUSY_PAUSE_SECONDS = 1.0
_STORE_PAUSE_SECONDS = 2.0


class JsonJournal(Serializer):
    """Writes plain JSON and nothing else; whoever can write the database cannot make us run code."""

    def __init__(self, redact: Callable[[Any], Any]) -> None:
        """Every value passes `redact` before it is written: an error may repeat what a machine said."""
        self._redact = redact

    def name(self) -> str:
        """Return the name stored beside each value."""
        return "steward_json"

    def serialize(self, data: Any) -> str:
        """Write a value; an exception becomes its class name and text."""
        if isinstance(data, BaseException):
            data = {"$error": type(data).__name__, "text": str(data)}
        return json.dumps(self._redact(data), separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """Read a value; an exception comes back as a RuntimeError."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "$error" in data:
            return RuntimeError(f"{data['$error']}: {data['text']}")
        return data  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """How durable execution runs in this process."""

    executor_id: str
    """Stable and unique name of this worker; it resumes what it had begun."""
    polling_seconds: float = 0.5
    """How often the queue is looked at: half a second is not noticed, and each look costs two thousandths of a core."""
    listening_seconds: float = 1.0
    """How often the engine looks for word of other processes; an end waits for as long."""
    works: bool = True
    """Whether this process takes runs from the queue; without, it only puts them there."""


class Jobs:
    """Starts durable work and, in a worker, carries it out."""

    def __init__(
        self, *, database: Database, runner: Runner, settings: JobSettings, redact: Callable[[Any], Any]
    ) -> None:
        """Whatever the journal keeps passes `redact` first."""
        self._redact = redact
        self._database = database
        self._runner = runner
        self._settings = settings
        self._client: DBOSClient | None = None
        self._library: DBOS | None = None
        self._reconcile: Any = None
        self._being_asked: set[RunId] = set()
        self._gate = _Gate()
        self._executions: dict[asyncio.Task[Any], RunId] = {}

    async def launch(self) -> None:
        """Start. Must be called in the event loop in which everything else runs; recovers what was begun."""
        url, engine_options = self._database.dialect.for_durable_work()
        config: DBOSConfig = {
            "name": "steward",
            "system_database_url": url,
            "application_version": JOURNAL_VERSION,
            "executor_id": self._settings.executor_id,
            "notification_listener_polling_interval_sec": self._settings.listening_seconds,
            "scheduler_polling_interval_sec": 3600,
            "serializer": JsonJournal(self._redact),
            "log_level": "WARNING",
            "db_engine_kwargs": engine_options,
        }
        self._library = DBOS(config=config)
        self._declare()
        DBOS.listen_queues([QUEUE] if self._settings.works else [])
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE, worker_concurrency=_AT_ONCE, polling_interval_sec=self._settings.polling_seconds
        )
        self._client = await asyncio.to_thread(
            DBOSClient,
            system_database_engine=self._database.engine,
            serializer=JsonJournal(self._redact),
            dbos_system_schema="dbos",
        )

    @property
    def is_launched(self) -> bool:
        """Tell whether durable work was started."""
        return self._client is not None

    def enqueue(self, connection: Connection, run_id: RunId) -> None:
        """Put a run on the queue inside the caller's transaction: it exists exactly if that commits."""
        self._put(connection, run_id, run_id)

    def wake(self, connection: Connection, run_id: RunId, turn: str) -> None:
        """Put a run that waited back on the queue; the same turn of it is one job, however often it is said."""
        self._put(connection, run_id, f"{run_id}:{turn}")

    def _put(self, connection: Connection, run_id: RunId, job_id: str) -> None:
        if self._client is None:
            msg = "jobs were not launched"
            raise RuntimeError(msg)
        self._client.enqueue_in_transaction(
            connection,
            {"queue_name": QUEUE, "workflow_name": _WALK, "workflow_id": job_id, "app_version": JOURNAL_VERSION},
            run_id,
        )

    async def reconcile(self, run_id: RunId, attempt: str) -> None:
        """Start asking what became of a run whose outcome is unknown; the same attempt starts once, one at a time."""
        if run_id in self._being_asked:
            return
        with SetWorkflowID(f"{run_id}:reconcile:{attempt}"):
            await DBOS.start_workflow_async(self._reconcile, run_id)

    async def prune(self, *, runs_before: datetime, questions_before: datetime) -> int:
        """Forget the journal of work that has ended; the runs themselves, their steps and the audit stay.

        Questions about an unknown outcome come every few seconds for as long as nobody settles it, and are kept
        less long. Returns how many were forgotten.
        """
        forgotten = 0
        for name, before in ((_WALK, runs_before), (_RUN, runs_before), (_RECONCILE, questions_before)):
            while ended := await DBOS.list_workflows_async(
                name=name,
                status=_ENDED,
                end_time=before.isoformat(),
                limit=_PRUNED_AT_ONCE,
                load_input=False,
                load_output=False,
            ):
                await DBOS.delete_workflows_async([work.workflow_id for work in ended])
                forgotten += len(ended)
        return forgotten

    @property
    def runs(self) -> int:
        """Return how many runs this process carries out."""
        return len(set(self._executions.values()))

    async def begun(self) -> Counter[str]:
        """Return how much work is begun and not ended, by the executor that has it."""
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return Counter(work.executor_id for work in pending if work.executor_id)

    async def requeue(self, executors: Collection[str]) -> None:
        """Give back to the queue what these executors had begun; of all who ask at once, one does it.

        Whoever takes it carries on after the last step that was written down. An executor that is alive after all
        carries it out beside the new one, and what it writes down of the order of steps is refused.
        """
        await asyncio.to_thread(DBOS._recover_pending_workflows, list(executors))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    async def withdraw(self) -> None:
        """Let go of every run carried out here, because others carry them out; what runs on machines goes on."""
        executions = [task for task in self._executions if task is not asyncio.current_task()]
        for task in executions:
            task.cancel()
        await asyncio.gather(*executions, return_exceptions=True)

    async def drain(self, seconds: float) -> bool:
        """Take no new runs, wait at most so long for the steps that run, hand over what has not ended.

        Returns whether every step ended in time; one that did not goes on on its machine, and whoever takes the run
        attaches to it.
        """
        if self._library is None:
            return True
        for event in self._library.background_thread_stop_events:
            event.set()
        is_done = await self._gate.close(seconds)
        await self.withdraw()
        await self.requeue([self._settings.executor_id])
        return is_done

    def hurry(self) -> None:
        """Wait no longer for the steps that run."""
        self._gate.hurry()

    async def close(self) -> None:
        """Stop taking work; what is running is resumed at the next start."""
        if self._client is not None:
            self._client.destroy()
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    def _declare(self) -> None:
        self._gate = _Gate()
        work = _Work(self._runner, self._gate)

        @DBOS.workflow(name=_WALK)
        async def walk(run_id: RunId) -> str:
            with self._noted(run_id):
                return await work.to_an_end(work.walk, run_id)

        @DBOS.workflow(name=_RUN)
        async def run(run_id: RunId) -> str:
            with self._noted(run_id):
                return await work.to_an_end(work.carry_out, run_id)

        @DBOS.workflow(name=_RECONCILE)
        async def reconcile(run_id: RunId) -> str:
            if run_id in self._being_asked:  # two that ask at once would each void what the other starts
                return RunState.UNKNOWN.value
            self._being_asked.add(run_id)
            try:
                with self._noted(run_id):
                    return await work.to_an_end(work.look_again, run_id)
            finally:
                self._being_asked.discard(run_id)

        del walk, run
        self._reconcile = reconcile

    @contextmanager
    def _noted(self, run_id: RunId) -> Generator[None]:
        """Keep the task that carries out a run, so that it can be let go of."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._executions[task] = run_id
        try:
            yield
        finally:
            del self._executions[task]


class _Gate:
    """Lets steps begin until this process drains, and then waits for those that have begun."""

    def __init__(self) -> None:
        self._is_closed = False
        self._inside = 0
        self._goes_on = asyncio.Event()

    async def wait_outside(self) -> None:
        """Go on while the gate is open; stay outside for ever when it is closed."""
        if self._is_closed:
            await asyncio.Event().wait()

    @asynccontextmanager
    async def step(self) -> AsyncGenerator[None]:
        """Let a step happen that is not left in its middle while there is time."""
        await self.wait_outside()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if self._is_closed and not self._inside:
                self._goes_on.set()

    async def close(self, seconds: float) -> bool:
        """Let nothing more begin; tell whether everything that had begun ended in time."""
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds if self._inside else 0):
                await self._goes_on.wait()
        return not self._inside

    def hurry(self) -> None:
        """Wait no longer."""
        self._goes_on.set()


class _Work:
    """The durable workflows: the order of the runner's steps, each made durable."""

    def __init__(self, runner: Runner, gate: _Gate) -> None:
        self._runner = runner
        self._gate = gate
        self._ask, self._abandon = _step(runner.reconcile, gate.step), _step(runner.abandon, gate.step)
        self._steps = Steps(
            begin=_step(self.begin_when_free, _at_any_time),
            next=_step(runner.next, gate.step),
            act=_step(runner.act, gate.step),
            put_back=_step(runner.put_back, gate.step),
            conclude_lane=_step(runner.conclude_lane, gate.step),
            conclude=_step(runner.conclude, gate.step),
            undo_list=_step(runner.undo_list, gate.step),
            undo=_step(runner.undo, gate.step),
            conclude_undo=_step(runner.conclude_undo, gate.step),
        )

    async def walk(self, run_id: RunId) -> str:
        return await carry_out(self._steps, run_id)

    async def carry_out(self, run_id: RunId) -> str:
        """Carry out a run whose journal was begun before plans had turns: the order is the journal's."""
        waves = await self._steps.begin(run_id)
        ends: list[str] = []
        for wave in waves:
            ends += await asyncio.gather(*(self._steps.act(run_id, step) for step in wave))
            if not all(end.startswith("ok") for end in ends):
                break
        return await finish(self._steps, run_id, ends) if waves else "ended"

    async def begin_when_free(self, run_id: RunId) -> list[list[str]]:
        """Wait until no other run works on the machines, inside one step: waiting leaves nothing in the journal."""
        while True:
            await self._gate.wait_outside()
            if (waves := await self._runner.begin(run_id)) is not None:
                return waves
            await asyncio.sleep(_BUSY_PAUSE_SECONDS)

    async def look_again(self, run_id: RunId) -> str:
        ends = await self._ask(run_id)
        return RunState.UNKNOWN.value if ends is None else await finish(self._steps, run_id, ends)

    async def to_an_end(self, work: Callable[[RunId], Coroutine[Any, Any, str]], run_id: RunId) -> str:
        """Do the work; a mistake of ours leaves no run open that holds its machines for ever."""
        try:
            return await work(run_id)
        except dbos_error.DBOSException:  # the library's own: this process no longer carries the run out
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was: logged, and the run is given an end
            _log.exception("run %s cannot go on", run_id)
            return await self._abandon(run_id, f"it cannot go on: {error}")


@asynccontextmanager
async def _at_any_time() -> AsyncGenerator[None]:
    """Let something happen that can be left in its middle."""
    yield


def _step(
    method: Callable[P, Coroutine[Any, Any, T]], may_begin: Callable[[], AbstractAsyncContextManager[None]]
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a durable step of a method; the library keeps notes on a function, which a bound method cannot carry.

    Called again, each method carries on where it ended, so what can be tried later is tried later, here: an error
    that reached the library would be its final word on the step.
    """

    async def step(*args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                async with may_begin():
                    return await method(*args, **kwargs)
            except TryLater as error:  # the store is full, locked or away: the run waits for it and keeps its place
                _log.warning("%s waits: %s", method.__name__, error)
                await asyncio.sleep(_STORE_PAUSE_SECONDS)

    return DBOS.step(name=method.__name__)(step)
