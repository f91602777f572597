"""The program `steward`: the terminal, and the few commands that run in its own process.

What a terminal answer does not need is loaded only when a command asks for it, by name, here and nowhere else:
the daemon's libraries take over a second to import, and `steward status` has a third of one.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from steward.app.paths import read_paths
from steward.surfaces.cli.run import run
from steward.surfaces.cli.session import CliPaths

_LOCAL = {
    "init": "steward.app.local:init",
    "up": "steward.app.local:up",
    "worker": "steward.app.local:worker",
    "doctor": "steward.app.doctor:doctor",
    "redact": "steward.app.redact:redact",
    "import": "steward.app.importing:import_folder",
    "mcp": "steward.app.mcp:mcp",
}
_GATE = {"policy": "steward.app.gate:explain"}
"""Takes `policy explain` where it judges command lines of a shell, which needs no daemon."""
_SUMMARIES = {
    "init": "Create the workspace, the store and the owner's password.",
    "up": "Look after your machines: look around, answer, carry out what you approve.",
    "worker": "Carry out approved runs in a process of its own.",
    "doctor": "Check Steward itself: files, keys, store, daemon, audit.",
    "redact": "Mask what looks like a secret in a text.",
    "import": "Tell what an existing homelab repository declares.",
    "mcp": "Let an agent look and propose, over the Model Context Protocol.",
}


def main() -> None:
    """Run what was typed and leave with its exit code."""
    paths = read_paths(os.environ, Path.home())
    cli_paths = CliPaths(socket=paths.socket, snapshot=paths.snapshot, stop_flag=paths.stop_flag)
    words = sys.argv[1:]
    is_gate = words[:2] == ["policy", "explain"] and bool({"--jsonl", "--"}.intersection(words))
    code = run(
        words,
        paths=cli_paths,
        local_commands={name: _later(name, where) for name, where in (_GATE if is_gate else _LOCAL).items()},
        environment=os.environ,
        now=lambda: datetime.now().astimezone(),  # noqa: TID251 - the terminal shows local times
        mask=_mask,
    )
    sys.exit(code)


def _mask(text: str) -> str:
    """Mask what detectors find; they are imported when they are needed."""
    return str(importlib.import_module("steward.app.redact").masked(text))


def _later(name: str, where: str) -> Callable[[list[str]], int]:
    """Return a command that is imported when it is called."""

    def call(words: list[str]) -> int:
        module, _, function = where.partition(":")
        return int(getattr(importlib.import_module(module), function)(words))

    call.__doc__ = _SUMMARIES.get(name, "")
    return call
