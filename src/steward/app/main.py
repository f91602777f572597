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
    "mcp": "steward.app.mcp:mcp",
}
_SUMMARIES = {
    "init": "Create the workspace, the store and the owner's password.",
    "up": "Look after your machines: look around, answer, carry out what you approve.",
    "worker": "Carry out approved runs in a process of its own.",
    "doctor": "Check Steward itself: files, keys, store, daemon, audit.",
    "mcp": "Let an agent look and propose, over the Model Context Protocol.",
}


def main() -> None:
    """Run what was typed and leave with its exit code."""
    paths = read_paths(os.environ, Path.home())
    cli_paths = CliPaths(socket=paths.socket, snapshot=paths.snapshot, stop_flag=paths.stop_flag)
    code = run(
        sys.argv[1:],
        paths=cli_paths,
        local_commands={name: _later(name) for name in _LOCAL},
        environment=os.environ,
        now=lambda: datetime.now().astimezone(),  # noqa: TID251 - the terminal shows local times
    )
    sys.exit(code)


def _later(name: str) -> Callable[[list[str]], int]:
    """Return a command that is imported when it is called."""

    def call(words: list[str]) -> int:
        module, _, function = _LOCAL[name].partition(":")
        return int(getattr(importlib.import_module(module), function)(words))

    call.__doc__ = _SUMMARIES[name]
    return call
