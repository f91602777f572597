"""Bring the store to this version: backed up first, all or nothing, never backward."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc

from steward.lib.record import record
from steward.model.errors import Conflict, StewardError
from steward.store.database import Connection, Database

VERSION_TABLE = "steward_version"


@record
class Migration:
    """What a migration did."""

    before: str
    """Version of the store before; empty for a new one."""
    after: str
    """Version now."""
    backup: str
    """File with the store as it was before; empty when nothing had to be done or there was nothing yet."""
    says: str
    """How the old state was kept, in words."""


def migrate(database: Database, *, backups: Path, now: datetime) -> Migration:
    """Bring the store to the newest version this program knows.

    1. A store that is newer than the program is refused.
    2. SQLite: the whole database is copied into `backups`. Postgres: that is left to the server's own tools.
    3. All steps run in one transaction: when one fails, or the machine does, the old state is still there.
    4. Should the old state not be there after a failure, the backup is put back.

    Raises:
        Conflict: the store was written by a newer version.
        StewardError: a step failed; the old state is in force.
    """
    script = ScriptDirectory.from_config(_config(None))
    newest = script.get_current_head() or ""
    with database.read() as connection:
        before = version(connection)
    known = {revision.revision for revision in script.walk_revisions()}
    if before and before not in known:
        raise Conflict(
            "the store was written by a newer Steward",
            where=f"store {database.dialect.where}",
            why=f"it has version {before}, this program knows up to {newest}",
            next_step=f"install the newer Steward again, or put back the backup in {backups}",
        )
    if before == newest:
        return Migration(before=before, after=newest, backup="", says="it is up to date")
    backup = _back_up(database, backups / f"steward-{before}-{now:%Y%m%dT%H%M%SZ}.sqlite") if before else None
    try:
        with database.write() as connection:
            upgrade(_config(connection), "head")
    except BaseException:
        _put_back(database, before, backup)
        raise
    return Migration(before=before, after=newest, backup=str(backup or ""), says=_says(before, backup))


def version(connection: Connection) -> str:
    """Return the version of the store; empty for one that has no tables of ours yet."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision() or ""


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(files("steward.store") / "migrations").replace("%", "%%"))
    return config


def _back_up(database: Database, target: Path) -> Path | None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return target if database.backup(target) else None


def _put_back(database: Database, before: str, backup: Path | None) -> None:
    """Put the backup back when the transaction did not leave the old state behind, which no known failure does."""
    if backup is None:
        return
    try:
        with database.read() as connection:
            is_intact = version(connection) == before
    except (StewardError, exc.SQLAlchemyError):
        is_intact = False
    if not is_intact:
        database.restore(backup)


def _says(before: str, backup: Path | None) -> str:
    if not before:
        return "a new store was made"
    if backup is None:
        return "all steps ran in one transaction; no backup was made: a server's data is backed up with its own tools"
    return f"all steps ran in one transaction; the store as it was is in {backup}"
