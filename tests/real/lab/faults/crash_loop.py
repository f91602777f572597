"""Two containers that exit at once: one goes on forever, one gave up although its reason has passed."""

import json
import time
from typing import cast

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

LOOPING = "worker"
GIVEN_UP = "importer"
_CONFIGURATION = "/srv/worker/worker.conf"
_MAILBOX = "/srv/importer/mailbox"
_ATTEMPTS = 3
_LONGEST_PAUSE = 2.0
"""Seconds: Docker waits 0.1 s before the first attempt and twice as long before each that follows."""


def container_state(guest: Guest, container: str) -> dict[str, object]:
    """Return Docker's State of a container inside a machine, with its RestartCount."""
    shown = guest.run(["docker", "inspect", "--format", "{{json .State}}", container]).stdout
    count = guest.run(["docker", "inspect", "--format", "{{.RestartCount}}", container]).stdout
    return {**cast("dict[str, object]", json.loads(shown)), "RestartCount": int(count)}


def is_up(guest: Guest, container: str) -> bool:
    """Tell whether a container runs and is not between two attempts."""
    return container_state(guest, container)["Status"] == "running"


def _loop(guest: Guest) -> None:
    """Take the queue out of the worker's configuration, which its restart policy cannot put back."""
    guest.shell(f"echo 'queue=' > {_CONFIGURATION}")
    if is_up(guest, LOOPING):
        guest.run(["docker", "restart", "--time", "1", LOOPING], check=False)
    guest.wait("the loop", lambda: cast("int", container_state(guest, LOOPING)["RestartCount"]) >= 2)


def _end_loop(guest: Guest) -> None:
    guest.shell(f"echo 'queue=photos' > {_CONFIGURATION}")
    _start_cleanly(guest, LOOPING)


def _give_up(guest: Guest) -> None:
    """Let the mailbox be away until `on-failure:3` has given up, and then be back."""
    if not is_up(guest, GIVEN_UP):
        return
    guest.shell(f"rm -f {_MAILBOX}")
    guest.run(["docker", "restart", "--time", "1", GIVEN_UP], check=False)
    guest.wait("giving up", lambda: _has_given_up(guest))
    guest.shell(f": > {_MAILBOX}")


def _has_given_up(guest: Guest) -> bool:
    """Tell whether all attempts are used up.

    Between two attempts a container is also `exited` for a moment, also right before the last: it has to stay so.
    """
    state = container_state(guest, GIVEN_UP)
    if state["Status"] != "exited" or cast("int", state["RestartCount"]) < _ATTEMPTS:
        return False
    time.sleep(_LONGEST_PAUSE)
    return container_state(guest, GIVEN_UP) == state


def _start_given_up(guest: Guest) -> None:
    guest.shell(f": > {_MAILBOX}")
    _start_cleanly(guest, GIVEN_UP)


def _start_cleanly(guest: Guest, container: str) -> None:
    """Restart only what is down: Docker's stop and start set the restart count back."""
    if is_up(guest, container) and container_state(guest, container)["RestartCount"] == 0:
        return
    guest.run(["docker", "stop", "--time", "1", container])
    guest.run(["docker", "start", container])
    guest.wait(f"the start of {container}", lambda: is_up(guest, container))


CRASH_LOOP = Fault(
    name="crash_loop",
    summary=f"container {LOOPING} exits at once and restarts forever: its configuration is wrong",
    cured_by=f"queue=photos in {_CONFIGURATION}; no restart",
    apply=_loop,
    heal=_end_loop,
    needs_docker=True,
)
CRASH_LOOP_TRANSIENT = Fault(
    name="crash_loop_transient",
    summary=f"container {GIVEN_UP} crashed until its restart policy gave up; the reason has passed since",
    cured_by=f"docker restart {GIVEN_UP}",
    apply=_give_up,
    heal=_start_given_up,
    needs_docker=True,
)
