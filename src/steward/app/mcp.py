"""The command `steward mcp`: what an agent starts to work with Steward. It imports nothing of the daemon."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from steward.app.paths import read_paths
from steward.surfaces.mcp.relay import Relay

_HELP = """\
Usage: steward mcp

Let an agent on this machine look and propose, over the Model Context Protocol
on standard input and output. An agent starts this; nobody types into it.

It talks to the running `steward up`. An agent may look, propose, and put a
brake on. It cannot approve, whatever it says: you decide, in your terminal.

Examples:
  claude mcp add steward -- steward mcp
  {"mcpServers": {"steward": {"command": "steward", "args": ["mcp"]}}}
"""


def mcp(words: list[str]) -> int:
    """Let an agent look and propose, over the Model Context Protocol."""
    if words in (["-h"], ["--help"]):
        sys.stdout.write(_HELP)
        return 0
    if words:
        sys.stderr.write("steward: `steward mcp` takes no words. Next: `steward mcp -h`\n")
        return 2
    if sys.stdin.isatty():
        sys.stderr.write("This speaks the Model Context Protocol; an agent starts it. `steward mcp -h` says how.\n")
    paths = read_paths(os.environ, Path.home())
    return Relay(paths.socket, sys.stdout.buffer).run(sys.stdin.buffer)
