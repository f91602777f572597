"""A person at a terminal of their own: the installed program in a pseudo-terminal that is its session's."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

from tests.real.operator import PASSWORD, PROGRAM, Operator

_PATIENCE_SECONDS = 90


class Terminal:
    """One command, typed at one terminal."""

    def __init__(self, operator: Operator, *words: str) -> None:
        self._main, side = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", PROGRAM, *words],
            stdin=side,
            stdout=side,
            stderr=side,
            env={**operator.environment, "TERM": "xterm", "COLUMNS": "120"},
        )
        os.close(side)
        self.text = ""

    def wait_for(self, text: str) -> None:
        """Read until a text is there."""
        while text not in self.text:
            assert self._read(), f"it ended before it showed {text!r}:\n{self.text}"

    def give_password(self) -> None:
        """Type the owner's secret when asked."""
        self.wait_for("Owner password")
        os.write(self._main, f"{PASSWORD}\n".encode())

    def end(self) -> int:
        """Read until the program ends and return its exit code."""
        while self._read():
            pass
        os.close(self._main)
        return self._process.wait(timeout=_PATIENCE_SECONDS)

    def _read(self) -> bool:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not select.select([self._main], [], [], 0.5)[0]:
            assert time.monotonic() < end, f"nothing more was shown:\n{self.text}"
        try:
            data = os.read(self._main, 65_536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode(errors="replace").replace("\r", "")
        return bool(data)
