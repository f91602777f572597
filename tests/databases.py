"""Fixtures: a migrated store on SQLite and on a real PostgreSQL 15.

`database` runs a test once on each. A private server is started once a session, over a unix socket in a folder of its
own; without its binaries the Postgres half is skipped by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from steward.store.database import Database
from steward.store.migrate import migrate

BINARIES = Path("/usr/lib/postgresql/15/bin")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


class Server:
    """A PostgreSQL server of our own, with one migrated database to copy from."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        self.folder = folder
        self._is_durable = is_durable
        self._numbers = count(1)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        self._run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        # Commits need not outlive this machine here; what a real power cut does is Postgres's own business.
        hurry = "" if self._is_durable else "-c fsync=off -c full_page_writes=off"
        options = f"-k {self.folder} -c listen_addresses='' {hurry} -c max_connections=80"
        log = f"{self.folder}/log"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-l", log, "-w", "-t", "60", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def restart(self) -> None:
        self._run(
            "pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "-w", "-t", "60", "-l", f"{self.folder}/log", "restart"
        )

    def create(self, template: str = "template0") -> str:
        """Make a database and return its URL."""
        name = f"test{next(self._numbers)}"
        engine = sa.create_engine(
            self.url("postgres").replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            _copy(connection, template, name)
        engine.dispose()
        return self.url(name)

    def _run(self, program: str, *words: str) -> None:
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_postgres, str(BINARIES / program), *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{program} failed: {done.stdout!r}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A private PostgreSQL server."""
    if not (BINARIES / "initdb").exists():
        pytest.skip(f"PostgreSQL 15 is not installed ({BINARIES})")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path may have 107 characters at most
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Server(folder)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a migrated database to copy from."""
    url = postgres_server.create()
    _migrated(url, tmp_path_factory.mktemp("backups"))
    return sa.make_url(url).database or ""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy from."""
    folder = tmp_path_factory.mktemp("template")
    _migrated(f"sqlite:///{folder}/steward.sqlite", folder)
    return folder / "steward.sqlite"


@pytest.fixture(params=_BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without anything, on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store/steward.sqlite"
    return request.getfixturevalue("postgres_server").create()


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database, on each kind."""
    if request.param == "sqlite":
        (tmp_path / "store").mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store" / "steward.sqlite")
        return f"sqlite:///{tmp_path}/store/steward.sqlite"
    template = request.getfixturevalue("postgres_template")
    return request.getfixturevalue("postgres_server").create(template)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated store, on each kind of database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated store on SQLite, for what is about its file."""
    (tmp_path / "store").mkdir(mode=0o700)
    shutil.copy(sqlite_template, tmp_path / "store" / "steward.sqlite")
    opened = Database(f"sqlite:///{tmp_path}/store/steward.sqlite")
    yield opened
    opened.close()


def _migrated(url: str, backups: Path) -> None:
    opened = Database(url)
    migrate(opened, backups=backups, now=NOW)
    opened.close()


def _copy(connection: sa.Connection, template: str, name: str) -> None:
    """Copy a database; Postgres waits five seconds for connections that are on their way out of it, and we a minute."""
    for tries_left in reversed(range(12)):
        try:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        except OperationalError as error:
            if not tries_left or "being accessed by other users" not in str(error):
                raise
        else:
            return
