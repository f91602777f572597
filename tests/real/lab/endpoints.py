"""Fifty cheap SSH endpoints for the benchmark: one container, a few sshd, no systemd.

They listen on 127.0.2.1 and up, port 2222, through the host's network; who logs in is inside the container.
They are one file system and one set of processes: good for counting connections, not for faults.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.real.lab.errors import LabError
from tests.real.lab.images import tarball
from tests.real.lab.keys import make_key, public_key
from tests.real.lab.machine import USER, Machine
from tests.real.lab.places import Places
from tests.real.lab.podman import Podman

CONTAINER = "endpoints"
PORT = 2222
_MOST_ADDRESSES = 16  # what one sshd accepts as ListenAddress
_CONFIGURATION = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile none
UsePAM no
PasswordAuthentication no
AllowUsers steward
MaxStartups 200
MaxSessions 100
Subsystem sftp internal-sftp
"""
# '*' is no password; the '!' of a new account means locked, and without PAM sshd then refuses keys too.
_START = """
mkdir -p /run/sshd
usermod -p '*' steward
for configuration in /etc/ssh/endpoints.*; do /usr/sbin/sshd -D -e -f $configuration & done
wait
"""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Start, list and end the endpoints."""

    podman: Podman
    places: Places

    def start(self, count: int, image: str) -> None:
        """Make sure exactly `count` endpoints run."""
        if not 1 <= count <= 250:
            message = f"--sshd must be between 1 and 250, not {count}"
            raise LabError(message)
        if self._count() == count and self.podman.states().get(CONTAINER) == "running":
            return
        self.stop()
        host_key = self.places.host_key(CONTAINER)
        make_key(host_key, CONTAINER)
        arguments = ["--network", "host", "--label", f"count={count}"]
        arguments += ["--pids-limit", "-1"]  # one container stands for many machines: podman's 2,048 would be 40 each
        self.podman("create", "--name", CONTAINER, *arguments, image, "sh", "-c", _START)
        self.podman("cp", "-", f"{CONTAINER}:/", stdin=tarball(self._files(count, host_key)))
        self.podman("start", CONTAINER)

    def stop(self) -> None:
        """End all endpoints."""
        self.podman("rm", "-f", "-i", "-t", "0", CONTAINER)

    def all(self) -> tuple[Machine, ...]:
        """List the endpoints s1, s2, ... that are there."""
        return tuple(self._endpoint(number) for number in range(1, self._count() + 1))

    def _endpoint(self, number: int) -> Machine:
        return Machine(
            name=f"s{number}",
            address=f"127.0.2.{number}",
            port=PORT,
            user=USER,
            key=self.places.key,
            container=CONTAINER,
            docker=False,
            host_key=public_key(self.places.host_key(CONTAINER)),
        )

    def _count(self) -> int:
        if CONTAINER not in self.podman.states():
            return 0
        labels = self.podman("inspect", "--format", "{{json .Config.Labels}}", CONTAINER).stdout
        return int(json.loads(labels)["count"])

    def _files(self, count: int, host_key: Path) -> dict[str, tuple[int, bytes]]:
        authorized = (public_key(self.places.key) + "\n").encode()
        files = {
            "/etc/ssh/ssh_host_ed25519_key": (0o600, host_key.read_bytes()),
            "/etc/ssh/authorized_keys": (0o644, authorized),
        }
        for first in range(1, count + 1, _MOST_ADDRESSES):
            last = min(first + _MOST_ADDRESSES - 1, count)
            lines = [f"ListenAddress 127.0.2.{number}:{PORT}\n" for number in range(first, last + 1)]
            text = "".join(lines) + "AuthorizedKeysFile /etc/ssh/authorized_keys\n" + _CONFIGURATION
            files[f"/etc/ssh/endpoints.{first}"] = (0o644, text.encode())
        return files
