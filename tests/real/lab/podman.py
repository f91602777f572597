"""Speak to root podman with the lab's own configuration and storage.

Nothing of the host's podman is read or changed: images, containers, networks and locks are in the lab
directory and under /run/steward-lab.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.real.lab.command import run
from tests.real.lab.errors import LabError
from tests.real.lab.places import Places

_CONFIGURATION = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{run}/libpod"
[network]
network_backend = "netavark"
network_config_dir = "{storage}/networks"
"""

LOST = "lost"
"""State of a container that podman calls running though this host has not run it since it was switched off."""


@dataclass(frozen=True, slots=True)
class Podman:
    """Run podman commands against the lab's containers."""

    places: Places

    @property
    def is_set_up(self) -> bool:
        """Tell whether this lab was ever started."""
        return self._configuration.exists()

    def set_up(self) -> None:
        """Write podman's configuration into the lab directory."""
        (self.places.storage / "networks").mkdir(parents=True, exist_ok=True)
        text = _CONFIGURATION.format(run=self.places.run, storage=self.places.storage)
        self._configuration.write_text(text, encoding="utf-8")

    def __call__(
        self,
        *arguments: str,
        check: bool = True,
        stdin: bytes | None = None,
        timeout_seconds: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run one podman command."""
        return run(
            self.argv(*arguments),
            check=check,
            stdin=stdin,
            environment={**os.environ, "CONTAINERS_CONF": str(self._configuration)},
            timeout_seconds=timeout_seconds,
            shown=f"podman {' '.join(arguments)}",
        )

    def argv(self, *arguments: str) -> list[str]:
        """Return the full command line, without its environment."""
        storage = ["--root", str(self.places.storage / "storage"), "--storage-driver", "overlay"]
        return ["podman", *storage, "--runroot", str(self.places.run / "containers"), *arguments]

    def states(self) -> dict[str, str]:
        """Return the state (running, exited, paused, ...) of every container by name; see `LOST`."""
        if not self.is_set_up:
            return {}
        listed = cast("list[dict[str, object]]", json.loads(self("ps", "--all", "--format", "json").stdout))
        return {str(cast("Sequence[object]", one["Names"])[0]): _state(one) for one in listed}

    def has_image(self, image: str) -> bool:
        """Tell whether an image is in the cache."""
        return self("image", "exists", image, check=False).returncode == 0

    def forget_older(self, image: str) -> None:
        """Delete the images that an older recipe of the same name left, unless a machine uses them."""
        repository = image.rpartition(":")[0]
        listed = self("images", "--format", "{{.Repository}}:{{.Tag}}", repository).stdout.split()
        for older in listed:
            if older != image:
                self("rmi", older, check=False)

    def process_id(self, container: str) -> int:
        """Return the host's process id of a container's PID 1."""
        found = int(self("inspect", "--format", "{{.State.Pid}}", container).stdout)
        if found == 0:
            message = f"{container} is not running: heal dead_host first, or run up"
            raise LabError(message)
        return found

    @property
    def _configuration(self) -> Path:
        return self.places.storage / "containers.conf"


def _state(listed: dict[str, object]) -> str:
    """Return podman's word, unless the process is gone: /run is not on every host forgotten by a power cut."""
    state = str(listed["State"])
    if state not in ("running", "paused"):
        return state
    group = Path(f"/proc/{listed['Pid']}/cgroup")
    return state if group.exists() and str(listed["Id"]) in group.read_text(encoding="utf-8") else LOST
