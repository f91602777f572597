"""What works while the daemon does not run: answers from its last snapshot, and the stop flag."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from steward.lib.record import record
from steward.lib.text import age
from steward.surfaces.cli.failure import TRY_LATER, CliFailure, failure
from steward.surfaces.cli.session import Session

SNAPSHOT_COMMANDS = frozenset({"status", "why", "machines.ls", "approvals.ls", "runs.ls"})
"""Commands the daemon keeps the last answer of."""

_DOWN = 11
_WARNING = 10


@record
class LastKnown:
    """An answer from the past."""

    value: Any
    """The result, marked `"stale_since"` when it is an object."""
    age: str
    """How old it is, in words."""


def last_known(session: Session, name: str) -> LastKnown | None:
    """Return what the daemon last answered to a command, or None when it left nothing that can be read."""
    if name not in SNAPSHOT_COMMANDS:
        return None
    snapshot = _snapshot(session.paths.snapshot)
    if snapshot is None or name not in snapshot["results"]:
        return None
    as_of = str(snapshot["as_of"])
    old = age(session.now() - datetime.fromisoformat(as_of))
    value: Any = snapshot["results"][name]
    if isinstance(value, dict):
        value = {**cast("dict[str, Any]", value), "stale_since": as_of}
    return LastKnown(value=value, age=old)


def exit_code(name: str, value: Any) -> int:
    """Return 10 or 11 for a status: a daemon that does not run is itself a warning. Lists are 0."""
    if name != "status":
        return 0
    text = json.dumps(value)
    return _DOWN if any(f'"{field}": "down"' in text for field in ("status", "severity")) else _WARNING


def not_running(session: Session) -> CliFailure:
    """Make the failure of a command that needs the daemon."""
    return failure(
        "TryLater",
        "Steward is not running",
        exit_code=TRY_LATER,
        why=f"nobody listens on {session.paths.socket}",
        next_step="steward up",
    )


def set_stop_flag(session: Session, reason: str) -> None:
    """Put the stop flag there, without daemon or database.

    The empty file alone stops; it comes first because it needs no free disk space. Who and why follow by an atomic
    rename, and a disk that is full only costs these words. Only detectors mask the reason,
    for this process knows no value of a vault; so the daemon masks the flag once more when it starts.

    Raises:
        OSError: the flag could not be set.
    """
    path = session.paths.stop_flag
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    _sync_folder(path.parent)
    words = {"at": session.now().isoformat(), "by": f"uid {os.getuid()}", "reason": session.mask(reason)}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(draft, json.dumps(words) + "\n")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _snapshot(path: Path) -> dict[str, Any] | None:
    """Read the snapshot; one that is missing, closed to this user or cut short is no answer."""
    try:
        content: Any = json.loads(path.read_bytes())
        has_zone = datetime.fromisoformat(content["as_of"]).tzinfo is not None
        return cast("dict[str, Any]", content) if has_zone and isinstance(content["results"], dict) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
