"""The store seen from the event loop: every transaction runs in one bounded pool of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from steward.store.database import Connection, Database

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 4


class Storage:
    """Runs functions of the store, each in one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="store")

    async def read(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(connection, ...)` in a transaction that only reads."""

        def call() -> T:
            with self.database.read() as connection:
                return function(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def write(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(connection, ...)` in one transaction that is on disk when this returns."""

        def call() -> T:
            with self.database.write() as connection:
                return function(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Finish what runs and close the database."""
        self._pool.shutdown(wait=True)
        self.database.close()
