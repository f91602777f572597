"""Check Steward itself: what is wrong, what was seen, and what mends it. Nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from steward.adapters.anchors.json_lines import JsonLinesAnchor
from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.repositories.git import GitRepository
from steward.adapters.signers.ed25519_file import Ed25519File
from steward.app.settings import Settings, read_settings
from steward.core.audit import Audit
from steward.core.team import team_of
from steward.core.workspace import WorkspaceFiles
from steward.lib.text import age, plural, size
from steward.model.errors import NotFound, StewardError
from steward.model.installation import Diagnosis
from steward.store import owner
from steward.store.database import Database
from steward.store.dialect import sqlite

_LEAST_FREE_BYTES = 200 * 1024 * 1024
_MARKS = {"ok": "ok     ", "warning": "WARNING", "down": "DOWN   "}


def doctor(words: list[str]) -> int:
    """Check Steward itself: files, keys, store, daemon, audit."""
    try:
        return int(_doctor.main(words, prog_name="steward doctor", standalone_mode=False) or 0)
    except click.UsageError as error:
        click.echo(f"steward: {error.format_message().rstrip('.')}. Next: `steward doctor --help`", err=True)
        return 2


@click.command("doctor", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
def _doctor(wants_json: bool) -> int:  # noqa: FBT001 - click gives flags by position
    """Check Steward itself: files, keys, store, daemon, audit. Nothing is changed.

    Leaves with 0 when all is well, 10 with warnings, 11 when something does not work.

    \b
    Examples:
      steward doctor           Say what is wrong with Steward, and what mends it
      steward doctor --json    The same as one JSON object
    """
    try:
        settings = read_settings(os.environ, Path.home())
        found = list(diagnose(settings))
    except StewardError as error:
        found = [Diagnosis(id="settings", severity="down", evidence=_evidence(error), fix=error.next_step)]
    if wants_json:
        told = [{"id": d.id, "severity": d.severity, "evidence": d.evidence, "fix": d.fix} for d in found]
        click.echo(json.dumps({"checks": told}))
    else:
        for item in found:
            click.echo(f"{_MARKS[item.severity]}  {item.id:<10} {item.evidence}")
            if item.fix:
                click.echo(f"                    fix: {item.fix}")
    severities = {item.severity for item in found}
    return 11 if "down" in severities else 10 if "warning" in severities else 0


def diagnose(settings: Settings) -> Iterator[Diagnosis]:
    """Run every check; one that cannot be run is itself a finding."""
    checks: tuple[tuple[str, Callable[[Settings], Diagnosis]], ...] = (
        ("python", _python),
        ("git", _git),
        ("keys", _keys),
        ("disk", _disk),
        ("workspace", _workspace),
        ("store", _store),
        ("owner", _owner),
        ("audit", _audit),
        ("daemon", _daemon),
        ("workers", _workers),
    )
    for name, check in checks:
        try:
            yield check(settings)
        except StewardError as error:
            yield Diagnosis(id=name, severity="down", evidence=_evidence(error), fix=error.next_step)
        except OSError as error:
            yield Diagnosis(id=name, severity="down", evidence=str(error), fix="mend the file or its rights")


def _python(_settings: Settings) -> Diagnosis:
    return Diagnosis(id="python", severity="ok", evidence=f"Python {sys.version.split()[0]}")


def _git(_settings: Settings) -> Diagnosis:
    found = shutil.which("git")
    if found is None:
        return Diagnosis(id="git", severity="down", evidence="git is not installed", fix="apt install git")
    return Diagnosis(id="git", severity="ok", evidence=found)


def _keys(settings: Settings) -> Diagnosis:
    if settings.keys.is_relative_to(settings.data) or settings.data.is_relative_to(settings.keys):
        why = f"keys {settings.keys} and data {settings.data} lie in one tree: one backup would carry both"
        return Diagnosis(id="keys", severity="warning", evidence=why, fix="set STEWARD_KEYS to another folder")
    if not settings.keys.is_dir():
        return Diagnosis(id="keys", severity="warning", evidence=f"no {settings.keys}", fix="steward init")
    exposed = [path.name for path in settings.keys.iterdir() if path.suffix != ".pub" and _others_can_read(path)]
    if exposed:
        fix = f"chmod 600 {settings.keys}/{exposed[0]}"
        return Diagnosis(id="keys", severity="down", evidence=f"others can read {', '.join(exposed)}", fix=fix)
    return Diagnosis(id="keys", severity="ok", evidence=f"{settings.keys}, private")


def _others_can_read(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _disk(settings: Settings) -> Diagnosis:
    place = settings.data if settings.data.is_dir() else Path.home()
    free = shutil.disk_usage(place).free
    if free < _LEAST_FREE_BYTES:
        evidence = f"{size(free)} free for {place}; without room Steward refuses to act"
        return Diagnosis(id="disk", severity="warning", evidence=evidence, fix="free space on this file system")
    return Diagnosis(id="disk", severity="ok", evidence=f"{size(free)} free for {place}")


def _workspace(settings: Settings) -> Diagnosis:
    if not (settings.workspace / ".git").exists():
        return Diagnosis(id="workspace", severity="down", evidence=f"no {settings.workspace}", fix="steward init")
    files = WorkspaceFiles(repository=GitRepository(path=settings.workspace))
    problems = files.problems()
    if problems:
        first = problems[0]
        return Diagnosis(id="workspace", severity="warning", evidence=_evidence(first), fix=first.next_step)
    machines = len(files.inventory().machines)
    return Diagnosis(id="workspace", severity="ok", evidence=f"{settings.workspace}, {plural(machines, 'machine')}")


def _store(settings: Settings) -> Diagnosis:
    database = _open(settings)
    try:
        journal = database.dialect.journal
        kind = f"SQLite {sqlite.sqlite_version}, {journal} journal" if database.path else "PostgreSQL"
        with database.read() as connection:
            owner.get_hash(connection)
    finally:
        database.close()
    if journal == "delete":
        evidence = f"{kind}: this library can corrupt a WAL, so the slower, safe journal is used"
        return Diagnosis(id="store", severity="ok", evidence=evidence)
    return Diagnosis(id="store", severity="ok", evidence=kind)


def _open(settings: Settings) -> Database:
    path = Path(settings.database.removeprefix("sqlite:///"))
    if settings.database.startswith("sqlite:") and not path.exists():
        raise NotFound("there is no store yet", where=str(path), next_step="steward init")
    return Database(settings.database)


def _owner(settings: Settings) -> Diagnosis:
    database = _open(settings)
    try:
        with database.read() as connection:
            is_set = owner.get_hash(connection) is not None
    finally:
        database.close()
    if not is_set:
        evidence = "no owner password: nothing can be approved yet"
        fix = "steward owner password --code CODE, with the code that `steward up` shows when it starts"
        return Diagnosis(id="owner", severity="warning", evidence=evidence, fix=fix)
    return Diagnosis(id="owner", severity="ok", evidence="the owner's password is set")


def _audit(settings: Settings) -> Diagnosis:
    database = _open(settings)
    audit = Audit(
        database=database,
        clock=SystemClock(SystemClockSettings()),
        signer=Ed25519File(settings.keys / "audit-ed25519"),
        anchor=JsonLinesAnchor(settings.keys / "audit-anchor.jsonl"),
        redact=lambda value: value,  # nothing is written
    )
    try:
        report = audit.verify()
    finally:
        database.close()
    if report.problems:
        first = report.problems[0]
        return Diagnosis(
            id="audit", severity="down", evidence=f"row {first.seq}: {first.says}", fix="steward audit verify"
        )
    return Diagnosis(id="audit", severity="ok", evidence=f"{report.rows} rows, whole")


def _daemon(settings: Settings) -> Diagnosis:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(settings.socket))
        except OSError:
            seen = _snapshot_age(settings.snapshot)
            return Diagnosis(id="daemon", severity="warning", evidence=f"not running{seen}", fix="steward up")
    return Diagnosis(id="daemon", severity="ok", evidence=f"answers on {settings.socket}")


def _workers(settings: Settings) -> Diagnosis:
    database = _open(settings)
    try:
        with database.read() as connection:
            team = team_of(connection, database)
    finally:
        database.close()
    if team.problem:
        evidence, _, fix = team.problem.partition("; ")
        return Diagnosis(id="workers", severity="warning", evidence=evidence, fix=fix)
    return Diagnosis(id="workers", severity="ok", evidence=str(team))


def _snapshot_age(path: Path) -> str:
    if not path.exists():
        return ""
    written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return f"; it looked at your machines {age(datetime.now(tz=UTC) - written)} ago"  # noqa: TID251 - a file's age


def _evidence(error: StewardError) -> str:
    """Say what is wrong without the next step, which is told as the fix."""
    return str(error).removesuffix(f". Next: {error.next_step}")
