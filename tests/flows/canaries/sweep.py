"""One sweep: the house with its doors open, what was said at them, and everything that may have kept a word of it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from steward.app.logs import MaskingFormatter
from steward.lib.redact import Redactor
from steward.model.command import Command
from steward.store.database import Database
from tests.flows.canaries.birds import Search, dealt
from tests.flows.house import OWNER, House
from tests.flows.served import Api
from tests.suites.sshd import Sshd
from tests.web.place import Place

PASSWORD = "the owner's own 4711 words"
"""The owner's; it is looked for too."""


@dataclass(kw_only=True)
class Sweep:
    """What every door works with."""

    house: House
    api: Api
    """Over HTTP, for programs."""
    place: Place
    """Over HTTP, for the owner's browser."""
    token: str
    """Of a program that looks, proposes and brakes."""
    sshd: Sshd
    """The machine `far`."""
    outside: Path
    """A folder that is not Steward's, for files that others wrote."""
    doors: tuple[str, ...] = ()
    """Those that are tried."""
    said: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Everything that left the house, and by which way."""

    def hear(self, where: str, text: str | bytes | Any) -> None:
        """Keep what was answered."""
        if not isinstance(text, str | bytes):
            text = json.dumps(text, ensure_ascii=False, default=str)
        self.said.append((where, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")))

    async def do(self, name: str, /, **given: Any) -> Any:
        """Let the owner carry out a command, and keep what it answers as every surface masks it."""

        async def emit(line: dict[str, Any]) -> None:
            self.hear(name, self.house.steward.redactor.json(line))

        answer = await self.house.steward.dispatch(OWNER, Command(name=name, input=given), emit=emit)
        self.hear(name, answer.masked(self.house.steward.redactor.json))
        return answer.result


def words(values: tuple[str, ...]) -> str:
    """Return all of these secrets, and among them every encoding, one a line."""
    return "\n".join(dealt(values))


@contextmanager
def logged(redactor: Redactor) -> Generator[io.StringIO]:
    """Keep the log as `steward up` writes it."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    handler.setFormatter(MaskingFormatter(redactor))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class Processes:
    """Sees the words of every process on this machine, and words and environment of each that this one starts."""

    _watching: list[Processes] = []  # noqa: RUF012 - a hook of the interpreter cannot be taken away again
    _is_hooked = False

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Generator[Processes]:
        """Watch for as long as the block runs."""
        if not Processes._is_hooked:
            sys.addaudithook(Processes._hook)
            Processes._is_hooked = True
        looking = threading.Thread(target=self._look)
        Processes._watching.append(self)
        looking.start()
        try:
            yield self
        finally:
            Processes._watching.remove(self)
            self._over.set()
            looking.join()

    @staticmethod
    def _hook(event: str, given: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            for watching in Processes._watching:
                _, argv, _, environment = given
                watching.seen.add(repr((argv, environment)).encode("utf-8", "surrogateescape"))

    def _look(self) -> None:
        while not self._over.wait(0.1):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        self.seen.add((entry / "cmdline").read_bytes())
                    except OSError:  # it has ended
                        continue


def kept(house: House, backups: Path) -> Iterator[tuple[str, bytes]]:
    """Yield everything that is kept: files, the log before the write of the store, objects of git, tables, a backup."""
    yield from files_below(house.settings.data)
    yield from files_below(house.settings.workspace)
    yield "git", _git(house.settings.workspace)
    yield from tables(house.steward.storage.database)
    if house.steward.storage.database.can_back_up:
        house.steward.storage.database.backup(backups / "backup.sqlite")
        yield "backup", (backups / "backup.sqlite").read_bytes()


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_socket():
            yield path.name, path.read_bytes()


def tables(database: Database) -> Iterator[tuple[str, bytes]]:
    """Yield every table of every schema, those of durable work too."""
    with database.read() as connection:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_schema_names() if name not in {"information_schema", "pg_catalog"}]
        for schema in names:
            for table in inspector.get_table_names(schema):
                rows = connection.exec_driver_sql(f'SELECT * FROM "{schema}"."{table}"')
                yield f"{schema}.{table}", repr([tuple(row) for row in rows]).encode("utf-8", "surrogatepass")


def leaks(search: Search, sinks: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Return what shows, and where."""
    return [(value, where) for where, data in sinks for value in search.found(data)]


def _git(workspace: Path) -> bytes:
    command = ["git", "-C", str(workspace), "cat-file", "--batch", "--batch-all-objects"]
    return subprocess.run(command, check=True, capture_output=True).stdout
