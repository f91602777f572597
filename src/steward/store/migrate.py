"""Bring the store to this version: backed up first, all or nothing, never backward."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc

from steward.lib.record import record
from steward.model.errors import Conflict, StewardError
from steward.store.database import Connection, Database

VERSION_TABLE = "steward_version"
SCRIPTS = Path(str(files("steward.store") / "migrations"))
Shape = tuple[str, dict[str, list[tuple[str, str]]]]
BACKUPS_KEPT = 3
"""Backups of one version; more come about only when a migration is killed again and again."""


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


def migrate(database: Database, *, backups: Path, now: datetime, scripts: Path = SCRIPTS) -> Migration:
    """Bring the store to the newest version this program knows.

    1. A store that is newer than the program is refused.
    2. SQLite: the whole database is copied into `backups`. Postgres: that is left to the server's own tools.
    3. All steps run in one transaction: when one fails, or the machine does, the old state is still there.
    4. After a failure the old state is looked at: when it is whole the backup goes, else it is put back.

    Raises:
        Conflict: the store was written by a newer version.
        StewardError: a step failed; the old state is in force.
    """
    steps = ScriptDirectory.from_config(_config(scripts, None))
    newest = steps.get_current_head() or ""
    with database.read() as connection:
        before, shape = version(connection), _shape(connection)
    if before and before not in {step.revision for step in steps.walk_revisions()}:
        raise Conflict(
            "the store was written by a newer Steward",
            where=f"store {database.dialect.where}",
            why=f"it has version {before}, this program knows up to {newest}",
            next_step=f"install the newer Steward again, or put back the backup in {backups}",
        )
    if before == newest:
        return Migration(before=before, after=newest, backup="", says="it is up to date")
    backup = _back_up(database, backups, f"steward-{before}-", now) if before else None
    try:
        with database.write() as connection:
            upgrade(_config(scripts, connection), "head")
    except BaseException:
        _look_after(database, shape, backup)
        raise
    return Migration(before=before, after=newest, backup=str(backup or ""), says=_says(before, backup))


def version(connection: Connection) -> str:
    """Return the version of the store; empty for one that has no tables of ours yet."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision() or ""


def _shape(connection: Connection) -> Shape:
    inspector = sa.inspect(connection)
    columns = {name: inspector.get_columns(name) for name in inspector.get_table_names()}
    return version(connection), {name: [(c["name"], str(c["type"])) for c in found] for name, found in columns.items()}


def _config(scripts: Path, connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _back_up(database: Database, folder: Path, prefix: str, now: datetime) -> Path | None:
    """Make a backup, whole or not at all, and drop old ones of the same version."""
    if not database.can_back_up:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{prefix}{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.sqlite"
    try:
        database.backup(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    for old in sorted(folder.glob(f"{prefix}*.sqlite"))[:-BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    return target


def _look_after(database: Database, shape: Shape, backup: Path | None) -> None:
    """See that a failure left the old state behind; the transaction does, unless a step ended it early."""
    if backup is None:
        return
    try:
        with database.read() as connection:
            is_whole = _shape(connection) == shape
    except (StewardError, exc.SQLAlchemyError):
        is_whole = False
    if is_whole:
        backup.unlink()
    else:
        database.restore(backup)


def _says(before: str, backup: Path | None) -> str:
    if not before:
        return "a new store was made"
    if backup is None:
        return "all steps ran in one transaction; no backup was made: a server's data is backed up with its own tools"
    return f"all steps ran in one transaction; the store as it was is in {backup}"
