"""A real container engine that speaks the Docker API, for one test: podman, and one container of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

NAME = "here"
_CONFIGURATION = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
tmp_dir = "{root}/libpod"
"""


@dataclass
class Engine:
    """One engine: its own storage and socket, gone when it stops."""

    shared: Path
    """Folder that lies at the same place in the container."""
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="eng-", dir="/tmp")))
    service: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where the API listens."""
        return self.root / "sock"

    def start(self) -> str:
        """Serve, and run a container that shares this machine's processes; return why that is not possible here."""
        if os.geteuid() != 0 or not shutil.which("podman") or not shutil.which("runc"):
            return "podman and runc as root are needed"
        (self.root / "containers.conf").write_text(_CONFIGURATION.format(root=self.root))
        made = self._podman(
            "run", "--detach", "--name", NAME, "--pid=host", "--network=host", f"--volume={self.shared}:{self.shared}",
            "--rootfs", "/:O", "sleep", "600",
        )  # fmt: skip
        if made.returncode:
            return f"podman cannot run a container here: {made.stderr[-300:]}"
        self.service = subprocess.Popen(
            [*self._words(), "system", "service", "--time=0", f"unix://{self.socket}"],
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(1200):
            if self.socket.exists():
                return ""
            time.sleep(0.05)
        return "podman does not serve its API here"

    def stop(self) -> None:
        """End the container and the service."""
        if self.service is not None:
            self.service.kill()
            self.service.wait()
        self._podman("rm", "--force", "--time=0", NAME)
        self._end_monitors()
        for _ in range(20):
            self._clear()
            if not self.root.exists():
                return
            time.sleep(0.1)  # a cleanup of the engine's own was still at work

    def _clear(self) -> None:
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if (place := line.split(" ")[1]).startswith(f"{self.root}/"):
                subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def _end_monitors(self) -> None:
        """End what watches over shells in the container: five minutes after its end it would write here again."""
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = entry.read_bytes().split(b"\0")
                if words[0].endswith(b"conmon") and any(word.startswith(os.fsencode(self.root)) for word in words):
                    os.kill(int(entry.parent.name), signal.SIGKILL)

    def _podman(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._words(), *words], env=self._environment(), capture_output=True, text=True, check=False
        )

    def _words(self) -> list[str]:
        storage = ["--root", str(self.root / "storage"), "--storage-driver", "overlay"]
        return ["podman", *storage, "--runroot", str(self.root / "run")]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CONTAINERS_CONF": str(self.root / "containers.conf")}
