"""Where the lab keeps its files: one directory, never inside the repository."""

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Name every path the lab writes to."""

    root: Path
    run: Path = Path("/run/steward-lab")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Places":
        """Use STEWARD_LAB_DIR, or ~/.cache/steward-lab."""
        chosen = environment.get("STEWARD_LAB_DIR")
        return cls(Path(chosen).resolve() if chosen else Path.home() / ".cache" / "steward-lab")

    @property
    def key(self) -> Path:
        """The private key that opens every machine."""
        return self.root / "id_ed25519"

    @property
    def ssh_config(self) -> Path:
        """The OpenSSH client configuration for a person: `ssh -F`."""
        return self.root / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """The host keys that the person's ssh has accepted."""
        return self.root / "known_hosts"

    @property
    def storage(self) -> Path:
        """Podman's images and containers, apart from those of the host."""
        return self.root / "podman"

    def host_key(self, name: str) -> Path:
        """The private host key of a machine; it outlives `down`, so the machine keeps its identity."""
        return self.root / "host_keys" / name

    def disk_image(self, name: str) -> Path:
        """The small ext4 disk of a machine."""
        return self.root / "disks" / f"{name}.img"

    def disk(self, name: str) -> Path:
        """Where that disk is mounted on this host."""
        return self.root / "disks" / name

    def docker_data(self, name: str) -> Path:
        """The Docker engine's data of a machine."""
        return self.root / "docker" / name

    def notes(self, name: str) -> Path:
        """What the faults remember of a machine in order to put it back."""
        return self.root / "faults" / name

    @contextmanager
    def locked(self) -> Generator[None, None, None]:
        """Let one process at a time change the lab."""
        with self._lock("lock", fcntl.LOCK_EX):
            yield

    @contextmanager
    def in_use(self) -> Generator[None, None, None]:
        """Let one run of tests at a time use the lab: each makes its machines anew and breaks them.

        Raises:
            BlockingIOError: another one uses it.
        """
        with self._lock("in-use", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextmanager
    def _lock(self, name: str, how: int) -> Generator[None, None, None]:
        self.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)
