"""A container whose process runs but no longer answers."""

from typing import cast

from tests.real.lab.faults.crash_loop import container_state
from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

HUNG = "web"
_WAIT_SECONDS = 60


def _health(guest: Guest) -> object:
    return cast("dict[str, object]", container_state(guest, HUNG)["Health"])["Status"]


def _hang(guest: Guest) -> None:
    """Stop the web server's process, as a deadlock would; Docker's health check then times out."""
    guest.run(["docker", "start", HUNG])
    guest.run(["docker", "kill", "--signal", "STOP", HUNG])
    guest.wait("the failed check", lambda: _health(guest) == "unhealthy", timeout_seconds=_WAIT_SECONDS)


def _go_on(guest: Guest) -> None:
    guest.run(["docker", "start", HUNG])
    guest.run(["docker", "kill", "--signal", "CONT", HUNG])
    guest.wait("health", lambda: _health(guest) == "healthy", timeout_seconds=_WAIT_SECONDS)


UNHEALTHY_CONTAINER = Fault(
    name="unhealthy_container",
    summary=f"container {HUNG} runs but does not answer, so its health check fails",
    cured_by=f"docker restart {HUNG}",
    apply=_hang,
    heal=_go_on,
    needs_docker=True,
)
