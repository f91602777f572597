"""Fresh processes without the seconds of importing: a process that has imported Steward, and does nothing but fork.

Steward keeps no state in modules and does no work at import, so that a fork of it is a new process in all but the
time it takes. The sample of CI starts the installed program instead; both must say the same.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tests.real.crash import victim

_PAUSE_SECONDS = 0.05


class Forked:
    """A child of the nursery, used like `subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """Return the exit code, None while it lives."""
        if self.returncode is None:
            self.returncode = self._nursery.tell({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        end = time.monotonic() + (timeout or 3600)
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(["steward"], timeout or 0)
            time.sleep(_PAUSE_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Signal it."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Nursery:
    """Starts children on request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.real.crash.nursery"],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turn = threading.Lock()

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        """Start `steward WORDS` with armed points."""
        return Forked(self, self.tell({"words": list(words), "environment": dict(environment), "log": str(log)}))

    def tell(self, request: dict[str, Any]) -> Any:
        """Ask for one thing and return the answer."""
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the nursery has died"
        return json.loads(line)

    def close(self) -> None:
        """End the nursery; its children must have been ended before."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


def _serve(asked: IO[str]) -> None:
    children: set[int] = set()
    for line in asked:
        request = json.loads(line)
        if "poll" in request:
            answer = _poll(request["poll"])
            children -= {request["poll"]} if answer is not None else set()
        else:
            answer = _fork(request)
            children.add(answer)
        print(json.dumps(answer), flush=True)
    for child in children:
        os.kill(child, signal.SIGKILL)


def _poll(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    os.environ.clear()
    os.environ.update(request["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, file in enumerate((nothing, log, log)):
        os.dup2(file, number)
    code = 1
    try:
        code = victim.main(request["words"])
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return 0


if __name__ == "__main__":
    _serve(sys.stdin)
