"""Stay with a run until it ends: its lines as they come, then its receipt and an exit code that tells how it went."""

from __future__ import annotations

import sys
from typing import Any, cast

from steward.lib.wire import Request
from steward.surfaces.cli.client import Client
from steward.surfaces.cli.failure import INTERRUPTED
from steward.surfaces.cli.manifest import Manifest
from steward.surfaces.cli.render import line_of, text_of
from steward.surfaces.cli.session import Session

LOGS = "runs.logs"
SHOW = "runs.show"

EXIT_CODES = {
    "verified": 0,
    "waiting": 12,
    "denied": 13,
    "expired": 13,
    "cancelled": 13,
    "stale": 5,
    "rolled_back": 20,
    "rollback_failed": 21,
}
"""How a run ended, as an exit code; everything that is not proven to be good and not listed is 1."""

_GOING = frozenset({"queued", "running", "verifying", "undoing"})


def run_to_follow(result: Any) -> str | None:
    """Return the id of the run a result has set going, or None."""
    if not isinstance(result, dict):
        return None
    run = cast("dict[str, Any]", result).get("run")
    if not isinstance(run, dict):
        return None
    known = cast("dict[str, Any]", run)
    return str(known["id"]) if known.get("state") in _GOING and known.get("id") else None


def follow(session: Session, run: str) -> int:
    """Show the lines of a run until it ends, then its receipt. Leaving does not stop the run."""
    client = Client(path=session.paths.socket)
    style = session.style()
    try:
        lines = Request(command=LOGS, input=_naming(session.manifest, LOGS, run) | {"follow": True})
        client.ask(lines, on_event=lambda event: print(line_of(LOGS, event, style), flush=True), patience_seconds=None)
        shown = client.ask(Request(command=SHOW, input=_naming(session.manifest, SHOW, run)))
    except KeyboardInterrupt:
        print("\nThe run goes on without this terminal.", file=sys.stderr)
        print(f"  next: steward runs logs {run} --follow", file=sys.stderr)
        return INTERRUPTED
    print("\n" + text_of(SHOW, shown.value, style))
    return _exit_code(shown.value)


def _naming(manifest: Manifest, command: str, run: str) -> dict[str, Any]:
    entry = manifest.find(command)
    return {entry.positional[0].name if entry and entry.positional else "run": run}


def _exit_code(receipt: Any) -> int:
    run = cast("dict[str, Any]", receipt).get("run") if isinstance(receipt, dict) else None
    state = cast("dict[str, Any]", run).get("state") if isinstance(run, dict) else None
    return EXIT_CODES.get(str(state), 1)
