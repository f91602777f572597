"""Starts the real program: in pipes, or in a pseudo-terminal of 80 columns that is its controlling terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
_AGAIN_SECONDS = 2.0
_INTERRUPTIBLE = ("env", "--default-signal=INT")
"""What a shell starts in the background, these tests perhaps, would ignore Ctrl-C, and so would all it starts."""
_PATIENCE_SECONDS = 60
_COLORS = re.compile(r"\x1b\[[0-9;]*[mK]")


@dataclass(frozen=True)
class Ended:
    """What came of a start in pipes."""

    code: int
    out: str
    err: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a small environment with nothing of the tester's own."""
    source = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", **source, **(more or {})}


def command(folder: Path, *words: str) -> list[str]:
    """Return the words that start the program."""
    return [sys.executable, "-W", "error", str(PROGRAM), str(folder), *words]


def start(folder: Path, *words: str, given: str = "", env: Mapping[str, str] | None = None) -> Ended:
    """Run the program in pipes."""
    done = subprocess.run(
        command(folder, *words),
        input=given.encode(),
        capture_output=True,
        env=environment(env),
        timeout=60,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


class Screen:
    """The program in a pseudo-terminal."""

    def __init__(self, folder: Path, *words: str, env: Mapping[str, str] | None = None) -> None:
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            [*_INTERRUPTIBLE, "setsid", "--ctty", "--wait", *command(folder, *words)],
            stdin=side,
            stdout=side,
            stderr=side,
            env=environment(env),
        )
        os.close(side)
        self.raw = ""

    @property
    def text(self) -> str:
        """Return what was shown so far, without colors."""
        return _COLORS.sub("", self.raw).replace("\r", "")

    def wait_for(self, text: str) -> None:
        """Read until a text is there."""
        while text not in self.text:
            assert self._read(), f"the program ended before it showed {text!r}:\n{self.text}"

    def type(self, keys: str) -> None:
        """Type."""
        os.write(self._main, keys.encode())

    def interrupt(self) -> int:
        """Press Ctrl-C as a person does, again when nothing happens, and return the exit code.

        A signal that comes right before a system call begins does not interrupt it; that is so in every program.
        """
        again = 0.0
        while True:
            if time.monotonic() >= again:
                self.type("\x03")
                again = time.monotonic() + _AGAIN_SECONDS
            if select.select([self._main], [], [], _AGAIN_SECONDS)[0] and not self._read():
                return self.end()

    def end(self) -> int:
        """Read until the program ends and return its exit code."""
        while self._read():
            pass
        os.close(self._main)
        return self._process.wait(timeout=_PATIENCE_SECONDS)

    def _read(self) -> bool:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        ready, _, _ = select.select([self._main], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing was shown for {_PATIENCE_SECONDS} s after:\n{self.text}"
        try:
            data = os.read(self._main, 65_536)
        except OSError:  # the last process on the other side has ended
            return False
        self.raw += data.decode()
        return bool(data)
