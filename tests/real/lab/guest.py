"""Act on one machine from outside, as root, without its SSH: the view that tests verify with."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.real.lab.command import run
from tests.real.lab.errors import LabError
from tests.real.lab.images import tarball
from tests.real.lab.keys import public_key
from tests.real.lab.machine import Machine
from tests.real.lab.places import Places
from tests.real.lab.podman import Podman

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


@dataclass(frozen=True, slots=True)
class Guest:
    """Hold a machine together with what is needed to touch it."""

    machine: Machine
    podman: Podman
    places: Places

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        stdin: str = "",
        timeout_seconds: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root."""
        return self.podman(
            "exec",
            "-i",
            self.machine.container,
            *argv,
            check=check,
            stdin=stdin.encode(),
            timeout_seconds=timeout_seconds,
        )

    def shell(self, script: str, *, check: bool = True, timeout_seconds: float = 120) -> str:
        """Run a script of the lab inside as root and return what it prints."""
        return self.run(["sh", "-ec", script], check=check, timeout_seconds=timeout_seconds).stdout.strip()

    def put(self, files: dict[str, tuple[int, bytes]]) -> None:
        """Write files (absolute path: mode, content), running or not; `--archive=false` keeps their owners."""
        self.podman("cp", "--archive=false", "-", f"{self.machine.container}:/", stdin=tarball(files))

    def put_host_key(self, key: Path) -> None:
        """Make `key` the machine's SSH host key; sshd must be restarted to use it."""
        public = (public_key(key) + "\n").encode()
        self.put({HOST_KEY: (0o600, key.read_bytes()), HOST_KEY + ".pub": (0o644, public)})

    def in_network(self, argv: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of this host inside the machine's network namespace."""
        process_id = self.podman.process_id(self.machine.container)
        return run(["nsenter", "-t", str(process_id), "-n", *argv], check=check)

    def is_running(self) -> bool:
        """Tell whether the machine is on."""
        return self.podman.states().get(self.machine.container) == "running"

    def wait(self, what: str, holds: Callable[[], bool], *, timeout_seconds: float = 60) -> None:
        """Wait until `holds()`.

        Raises:
            LabError: it did not come true in time.
        """
        end = time.monotonic() + timeout_seconds
        while not holds():
            if time.monotonic() > end:
                message = f"{self.machine.name}: {what} did not happen within {timeout_seconds:g} s"
                raise LabError(message)
            time.sleep(0.1)

    def wait_until_booted(self) -> None:
        """Wait until systemd has started everything and sshd answers."""
        command = ["systemctl", "is-system-running", "--wait"]
        ready = ("running", "degraded")
        self.wait("the boot", lambda: self.run(command, check=False).stdout.strip() in ready)
        self.wait("sshd", lambda: self.run(["systemctl", "is-active", "ssh"], check=False).returncode == 0)
