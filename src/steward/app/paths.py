"""Where things lie: the part of the settings that the terminal needs too, free of heavy imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "STEWARD_"


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Folders and files of one Steward."""

    data: Path
    """Folder of the store, the socket and the snapshot; on a local disk. Default `~/.local/share/steward`."""
    keys: Path
    """Folder of private keys: outside the data folder and outside its backups. Default `~/.config/steward/keys`."""
    workspace: Path
    """Git repository of inventory, policy and notes. Default `~/steward`."""
    ssh_config: Path
    """OpenSSH client configuration that is honored. Default `~/.ssh/config`."""

    @property
    def socket(self) -> Path:
        """Socket of the daemon."""
        return self.data / "run" / "steward.sock"

    @property
    def snapshot(self) -> Path:
        """What the terminal reads while no daemon runs."""
        return self.data / "snapshot.json"

    @property
    def stop_flag(self) -> Path:
        """The stop flag."""
        return self.data / "STOP"

    @property
    def backups(self) -> Path:
        """Copies of the store made before migrations."""
        return self.data / "backups"


def read_paths(environment: Mapping[str, str], home: Path) -> Paths:
    """Return the folders, each from `STEWARD_<NAME>` or its default."""

    def path(name: str, default: str) -> Path:
        return Path(environment.get(f"{PREFIX}{name}") or home / default).expanduser().absolute()

    return Paths(
        data=path("DATA", ".local/share/steward"),
        keys=path("KEYS", ".config/steward/keys"),
        workspace=path("WORKSPACE", "steward"),
        ssh_config=path("SSH_CONFIG", ".ssh/config"),
    )
