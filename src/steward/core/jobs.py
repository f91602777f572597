"""Durable execution: the only file that knows the durable-execution library.

Kept in this one place: the pinned application version (the library's default is a hash of our source, which would
strand every waiting run at an upgrade), a stable and unique executor id, a journal of plain JSON instead of
pickles, the queue, and the names of the durable workflows, which never change.

    run        one plan, from its first step to its proven end
    reconcile  a run whose outcome was unknown, when its machine answers again
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID
from dbos import error as dbos_error

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
        self._reconcile: Any = None
        self._being_asked: set[RunId] = set()

    async def launch(self) -> None:
        """Start. Must be called in the event loop in which everything else runs; recovers what was begun."""
        url, engine_options = self._database.dialect.for_durable_work()
        config: DBOSConfig = {
            "name": "steward",
            "system_database_url": url,
            "application_version": JOURNAL_VERSION,
            "executor_id": self._settings.executor_id,
            "notification_listener_polling_interval_sec": 1.0,
            "scheduler_polling_interval_sec": 3600,
            "serializer": JsonJournal(self._redact),
            "log_level": "WARNING",
            "db_engine_kwargs": engine_options,
        }
        DBOS(config=config)
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
        if self._client is None:
            msg = "jobs were not launched"
            raise RuntimeError(msg)
        self._client.enqueue_in_transaction(
            connection,
            {"queue_name": QUEUE, "workflow_name": _RUN, "workflow_id": run_id, "app_version": JOURNAL_VERSION},
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
        for name, before in ((_RUN, runs_before), (_RECONCILE, questions_before)):
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

    async def close(self) -> None:
        """Stop taking work; what is running is resumed at the next start."""
        if self._client is not None:
            self._client.destroy()
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    def _declare(self) -> None:
        work = _Work(self._runner)

        @DBOS.workflow(name=_RUN)
        async def run(run_id: RunId) -> str:
            return await work.to_an_end(work.carry_out, run_id)

        @DBOS.workflow(name=_RECONCILE)
        async def reconcile(run_id: RunId) -> str:
            if run_id in self._being_asked:  # two that ask at once would each void what the other starts
                return RunState.UNKNOWN.value
            self._being_asked.add(run_id)
            try:
                return await work.to_an_end(work.look_again, run_id)
            finally:
                self._being_asked.discard(run_id)

        del run
        self._reconcile = reconcile


class _Work:
    """The durable workflows: the order of the runner's steps, each made durable."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._begin, self._act, self._conclude = _step(self.begin_when_free), _step(runner.act), _step(runner.conclude)
        self._undo_list, self._undo = _step(runner.undo_list), _step(runner.undo)
        self._conclude_undo, self._ask = _step(runner.conclude_undo), _step(runner.reconcile)
        self._abandon = _step(runner.abandon)

    async def carry_out(self, run_id: RunId) -> str:
        waves = await self._begin(run_id)
        ends: list[str] = []
        for wave in waves:
            ends += await asyncio.gather(*(self._act(run_id, step) for step in wave))
            if not all(end.startswith("ok") for end in ends):
                break
        return await self._finish(run_id, ends) if waves else "ended"

    async def begin_when_free(self, run_id: RunId) -> list[list[str]]:
        """Wait until no other run works on the machines, inside one step: waiting leaves nothing in the journal."""
        while (waves := await self._runner.begin(run_id)) is None:  # noqa: ASYNC110 - the lock is a row, not an event
            await asyncio.sleep(_BUSY_PAUSE_SECONDS)
        return waves

    async def look_again(self, run_id: RunId) -> str:
        ends = await self._ask(run_id)
        return RunState.UNKNOWN.value if ends is None else await self._finish(run_id, ends)

    async def _finish(self, run_id: RunId, ends: list[str]) -> str:
        state = await self._conclude(run_id, ends)
        if state != RunState.UNDOING.value:
            return state
        undone = [await self._undo(run_id, step, number) for step, number in await self._undo_list(run_id)]
        return await self._conclude_undo(run_id, undone)

    async def to_an_end(self, work: Callable[[RunId], Coroutine[Any, Any, str]], run_id: RunId) -> str:
        """Do the work; a mistake of ours leaves no run open that holds its machines for ever."""
        try:
            return await work(run_id)
        except dbos_error.DBOSException:  # the library's own: this process no longer carries the run out
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was: logged, and the run is given an end
            _log.exception("run %s cannot go on", run_id)
            return await self._abandon(run_id, f"it cannot go on: {error}")


def _step(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a durable step of a method; the library keeps notes on a function, which a bound method cannot carry.

    Called again, each method carries on where it ended, so what can be tried later is tried later, here: an error
    that reached the library would be its final word on the step.
    """

    async def step(*args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                return await method(*args, **kwargs)
            except TryLater as error:  # the store is full, locked or away: the run waits for it and keeps its place
                _log.warning("%s waits: %s", method.__name__, error)
                await asyncio.sleep(_STORE_PAUSE_SECONDS)

    return DBOS.step(name=method.__name__)(step)
