"""Ending a process at a numbered point, without a process."""

from __future__ import annotations

from collections import Counter


class Crash(BaseException):
    """The process is gone; nothing may catch this but the test that asked for it."""


class CrashAt:
    """What the core tells its points to: raises the `count`-th time one of them is reached, and ever after."""

    def __init__(self, point: str = "", count: int = 1) -> None:
        self._point = point
        self._count = count
        self.seen: Counter[str] = Counter()
        self.is_dead = False

    def __call__(self, point: str) -> None:
        """Take note of a point, and end here when this is the one."""
        self.seen[point] += 1
        if self.is_dead or (point == self._point and self.seen[point] == self._count):
            self.is_dead = True
            raise Crash(point)
