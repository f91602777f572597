"""Errors at the terminal: what failed, where, why, and the next step, on stderr; one JSON object with `--json`.

Exit codes:
    0 ok             4 not allowed             12 waiting for approval    21 failed, rollback failed
    1 error          5 conflict or drift       13 denied                  75 try later
    2 usage          10 changes or warnings    20 failed, rolled back     130 interrupted
    3 not found      11 down                                              141 nobody reads the output
"""

from __future__ import annotations

import json
import sys

from steward.lib.text import visible, visible_line
from steward.lib.wire import Problem, problem_object

USAGE = 2
NOT_ALLOWED = 4
WAITING = 12
TRY_LATER = 75
INTERRUPTED = 130
BROKEN_PIPE = 141


class CliFailure(Exception):
    """The command ends here, with a problem to show."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


class NotRunning(Exception):
    """Nobody listens on the socket: the daemon is not running."""


def failure(kind: str, what: str, *, exit_code: int, where: str = "", why: str = "", next_step: str = "") -> CliFailure:
    """Make a failure of the terminal's own."""
    problem = Problem(kind=kind, what=what, where=where, why=why, next_step=next_step, exit_code=exit_code)
    return CliFailure(problem)


def usage(what: str, *, next_step: str = "", why: str = "") -> CliFailure:
    """Make a failure for words that do not fit; nothing was asked of the daemon."""
    return failure("InvalidInput", what, exit_code=USAGE, why=why, next_step=next_step)


def show(problem: Problem, *, as_json: bool) -> int:
    """Print a problem and return the exit code. Texts come from outside, so nothing invisible passes.

    With `--json` the object `{"error": {...}}` goes to stdout, so that stdout is one JSON document either way.
    """
    if as_json:
        print(json.dumps({"error": problem_object(problem)}, indent=2))
        return problem.exit_code
    head = f"{problem.where}: {problem.what}" if problem.where else problem.what
    head += f": {problem.why}" if problem.why else ""
    print(f"steward: {visible_line(head)}", file=sys.stderr)
    if problem.next_step:
        print(f"  next: {visible(problem.next_step)}", file=sys.stderr)
    if problem.diagnostic_id:
        print(f"  diagnostic id: {visible_line(problem.diagnostic_id)}", file=sys.stderr)
    return problem.exit_code
