"""Stay with a run until it ends: its lines as they come, then its receipt and an exit code that tells how it went."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, cast

from steward.lib.wire import Request, Result
from steward.surfaces.cli.client import Client
from steward.surfaces.cli.failure import INTERRUPTED, TRY_LATER, CliFailure, NotRunning, failure
from steward.surfaces.cli.manifest import Manifest
from steward.surfaces.cli.render import line_of, text_of
from steward.surfaces.cli.session import Session
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.views.runs import far_of

LOGS = "runs.logs"
PROGRESS = "runs.progress"
SHOW = "runs.show"

_CLEAR = "\r\x1b[2K"
"""Takes the line of progress away before the next line of the run."""
_MOVES = frozenset({"run.step.started", "run.step.ended"})
"""Kinds of events after which the run is further than before."""
_GOING = frozenset({"queued", "running", "verifying", "undoing"})


def run_to_follow(result: Result) -> str | None:
    """Return the id of the run a result has set going, or None: a run that waits is nothing to watch."""
    value: Any = result.value
    if not isinstance(value, dict):
        return None
    known = cast("dict[str, Any]", value)
    run = known.get("run")
    if isinstance(run, dict):
        going = cast("dict[str, Any]", run)
        return str(going.get("id")) if going.get("state") in _GOING else None
    return str(run) if run and "plan" in known and result.exit_code == 0 else None


def follow(session: Session, run: str) -> int:
    """Show the lines of a run until it ends, then its receipt. Leaving does not stop the run.

    The exit code is the daemon's, and 0 only when the receipt says verified.
    """
    client = Client(path=session.paths.socket)
    style = session.style()
    lines = Request(command=LOGS, input=_naming(session.manifest, LOGS, run) | {"follow": True})
    clear = _CLEAR if style.can_move else ""
    far = Request(command=PROGRESS, input=_naming(session.manifest, PROGRESS, run))

    def tell(event: Mapping[str, Any]) -> None:
        print(clear + line_of(LOGS, event, style), flush=True)
        if clear and event.get("kind") in _MOVES:
            print(_far(client, far, style), end="", flush=True)

    try:
        ended = client.ask(lines, on_event=tell, patience_seconds=None)
        shown = client.ask(Request(command=SHOW, input=_naming(session.manifest, SHOW, run)))
    except KeyboardInterrupt:
        print("\nThe run goes on without this terminal.", file=sys.stderr)
        print(f"  next: {_again(run)}", file=sys.stderr)
        return INTERRUPTED
    except NotRunning as gone:
        why = "the run goes on when it is back"
        raise failure("TryLater", "Steward went away", exit_code=TRY_LATER, why=why, next_step=_again(run)) from gone
    print(clear + "\n" + text_of(SHOW, shown.value, session.style()))
    return ended.exit_code or (0 if _is_verified(shown.value) else 1)


def _far(client: Client, request: Request, style: Style) -> str:
    """Return how far the run is; the lines of the run go on without it where that cannot be told."""
    try:
        return far_of(client.ask(request).value, style)
    except CliFailure:
        return ""


def _again(run: str) -> str:
    return f"steward runs logs {run} --follow"


def _naming(manifest: Manifest, command: str, run: str) -> dict[str, Any]:
    entry = manifest.find(command)
    return {entry.positional[0].name if entry and entry.positional else "run": run}


def _is_verified(receipt: Any) -> bool:
    run = cast("dict[str, Any]", receipt).get("run") if isinstance(receipt, dict) else None
    return isinstance(run, dict) and cast("dict[str, Any]", run).get("state") == "verified"
