"""What the terminal reads while no daemon runs: the answers of a few commands, written atomically, redacted."""

from __future__ import annotations

import json
import os
from pathlib import Path

from steward.app.wiring import Steward
from steward.model.command import Command
from steward.model.principal import STEWARD

_COMMANDS = ("status", "why", "machines.ls", "approvals.ls", "runs.ls")


async def write_snapshot(steward: Steward) -> None:
    """Ask the commands and replace the file."""
    results = {
        name: steward.redactor.json((await steward.dispatch(STEWARD, Command(name=name, input={}))).result)
        for name in _COMMANDS
    }
    content = {"as_of": steward.clock.now().isoformat(), "results": results}
    replace_file(steward.settings.snapshot, json.dumps(content))


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    temporary = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
