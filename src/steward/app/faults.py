"""Crash points: where a test may end this process, named in the environment of that one process.

`STEWARD_TEST_CRASH=<point>:<n>` ends the process with SIGKILL the n-th time it reaches the point. Without the
variable a point does nothing. The program never behaves differently; it only can be ended at a known place.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping

VARIABLE = "STEWARD_TEST_CRASH"


def from_environment(environment: Mapping[str, str]) -> Callable[[str], None]:
    """Return what is told at every point."""
    wanted = environment.get(VARIABLE, "")
    if not wanted:
        return _nothing
    point, _, count = wanted.partition(":")
    seen: Counter[str] = Counter()

    def reached(name: str) -> None:
        seen[name] += 1
        if name == point and seen[name] == int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def _nothing(_name: str) -> None:
    """Go on."""
