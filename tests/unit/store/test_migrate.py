from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from steward import store
from steward.model.errors import Conflict, TryLater
from steward.store import identity
from steward.store.database import Database
from steward.store.migrate import BACKUPS_KEPT, SCRIPTS, VERSION_TABLE, Migration, migrate, version
from steward.store.schema import METADATA
from tests.databases import NOW
from tests.unit.store.cases import enter, entered

STEP = '''"""A step of the future."""
import os, signal
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"

def upgrade() -> None:
    op.create_table("novelties", sa.Column("id", sa.Text(), primary_key=True))
    op.execute("DELETE FROM workers")
    op.add_column("workers", sa.Column("extra", sa.Text()))
    {ending}
'''
NEWEST = max(path.name for path in (SCRIPTS / "versions").glob("0*.py"))[:4]
ENDINGS = {"fine": "pass", "error": "raise RuntimeError('half-way')", "kill": "os.kill(os.getpid(), signal.SIGKILL)"}
RUNNER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from steward.store.database import Database
from steward.store.migrate import migrate
migrate(Database(sys.argv[1]), backups=Path(sys.argv[2]), now=datetime.now(UTC), scripts=Path(sys.argv[3]))
"""


def with_step(folder: Path, ending: str) -> Path:
    """The migrations with one more that ends like this."""
    scripts = folder / f"scripts-{len(list(folder.glob('scripts-*')))}"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_future.py").write_text(STEP.replace("{ending}", ending).replace("{newest}", NEWEST))
    return scripts


def assert_is_old_and_whole(database: Database) -> None:
    with database.read() as connection:
        assert version(connection) == NEWEST
        assert entered(connection) == ("w1",)
        tables = sa.inspect(connection).get_table_names()
        assert "novelties" not in tables
        if database.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    with database.write() as connection:
        identity.next_epoch(connection)


@pytest.fixture
def used(database: Database) -> Database:
    with database.write() as connection:
        enter(connection, "w1")
    return database


def test_a_new_store_is_made_once(empty_url: str, tmp_path: Path):
    database = Database(empty_url)
    first = migrate(database, backups=tmp_path / "b", now=NOW)
    with database.read() as connection:
        made = identity.control_plane(connection)
    again = migrate(database, backups=tmp_path / "b", now=NOW)
    with database.read() as connection:
        assert identity.control_plane(connection) == made
    assert first == Migration(before="", after=NEWEST, backup="", says="a new store was made")
    assert again.before == again.after == NEWEST
    assert not (tmp_path / "b").exists()
    database.close()


def test_every_store_has_an_identity_of_its_own(tmp_path: Path):
    made = set()
    for name in ("a", "b"):
        database = Database(f"sqlite:///{tmp_path}/{name}.sqlite")
        migrate(database, backups=tmp_path, now=NOW)
        with database.read() as connection:
            made.add(identity.control_plane(connection).control_plane)
        database.close()
    assert len(made) == 2


def test_the_migrations_make_the_very_tables_the_program_knows(database: Database):
    for module in pkgutil.iter_modules(store.__path__):
        importlib.import_module(f"steward.store.{module.name}")
    assert len(METADATA.tables) > 20
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_a_migration_leaves_a_backup_with_the_state_before(used: Database, tmp_path: Path):
    done = migrate(used, backups=tmp_path / "b", now=NOW, scripts=with_step(tmp_path, ENDINGS["fine"]))
    with used.read() as connection:
        assert version(connection) == "9999"
        assert entered(connection) == ()
    if used.dialect.name == "postgresql":
        assert done.backup == ""
        assert "its own tools" in done.says
        assert not (tmp_path / "b").exists()
        return
    backup = Path(done.backup)
    assert backup.name == f"steward-{NEWEST}-20261121T120000.000000Z.sqlite"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.parent.stat().st_mode) == 0o700
    copy = Database(f"sqlite:///{backup}")
    assert_is_old_and_whole(copy)
    copy.close()


def test_a_step_that_fails_leaves_the_old_store_whole(used: Database, tmp_path: Path):
    with pytest.raises(RuntimeError, match="half-way"):
        migrate(used, backups=tmp_path / "b", now=NOW, scripts=with_step(tmp_path, ENDINGS["error"]))
    assert_is_old_and_whole(used)
    assert list(tmp_path.glob("b/*")) == [], "the old state is whole, so its copy is of no use"


def test_a_migration_killed_in_the_middle_leaves_the_old_store_whole_and_the_next_try_succeeds(
    used: Database, database_url: str, tmp_path: Path
):
    used.close()
    words = [sys.executable, "-c", RUNNER, database_url, str(tmp_path / "b"), str(with_step(tmp_path, ENDINGS["kill"]))]
    for _ in range(BACKUPS_KEPT + 2):
        died = subprocess.run(words, capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert_is_old_and_whole(used)
    if used.dialect.name == "sqlite":
        assert len(list(tmp_path.glob("b/*"))) == BACKUPS_KEPT
    migrate(used, backups=tmp_path / "b", now=NOW, scripts=with_step(tmp_path, ENDINGS["fine"]))
    with used.read() as connection:
        assert version(connection) == "9999"


def test_a_step_that_broke_out_of_its_transaction_is_undone_from_the_backup(sqlite_database: Database, tmp_path: Path):
    with sqlite_database.write() as connection:
        enter(connection, "w1")
    breaks_out = "op.get_bind().exec_driver_sql('COMMIT'); raise RuntimeError('half-way')"
    with pytest.raises(RuntimeError, match="half-way"):
        migrate(sqlite_database, backups=tmp_path / "b", now=NOW, scripts=with_step(tmp_path, breaks_out))
    assert_is_old_and_whole(sqlite_database)
    assert len(list(tmp_path.glob("b/*"))) == 1


def test_a_store_of_a_newer_program_is_refused_untouched(used: Database, tmp_path: Path):
    migrate(used, backups=tmp_path / "b", now=NOW, scripts=with_step(tmp_path, ENDINGS["fine"]))
    with pytest.raises(Conflict, match=rf"newer Steward.*9999.*{NEWEST}.*Next: install the newer"):
        migrate(used, backups=tmp_path / "b", now=NOW + timedelta(hours=1))
    with used.read() as connection:
        assert version(connection) == "9999"


def test_two_that_migrate_a_new_store_at_once_make_one(empty_url: str, tmp_path: Path):
    database = Database(empty_url)
    # Alembic keeps its state in the process, so the second is a process of its own.
    other = subprocess.Popen(
        [sys.executable, "-c", RUNNER, empty_url, str(tmp_path / "b"), str(SCRIPTS)], stderr=subprocess.PIPE
    )
    migrate(database, backups=tmp_path / "b", now=NOW)
    _, told = other.communicate()
    assert other.returncode == 0, told.decode()
    with database.read() as connection:
        assert identity.control_plane(connection).epoch == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(identity.IDENTITY)).scalar() == 1
    database.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tmpfs needs root")
def test_without_room_for_the_backup_nothing_is_migrated(sqlite_database: Database, tmp_path: Path):
    with sqlite_database.write() as connection:
        enter(connection, "w1")
    small = tmp_path / "small"
    small.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs is not possible here")
    try:
        with pytest.raises(TryLater):
            migrate(sqlite_database, backups=small / "b", now=NOW, scripts=with_step(tmp_path, ENDINGS["fine"]))
        assert list(small.glob("b/*")) == []
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert_is_old_and_whole(sqlite_database)
