"""Where things lie and how Steward runs: typed, defaulted, and able to say where each value came from.

Order: environment over default. Every value can be given as `STEWARD_<NAME>`.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from steward.lib.record import record
from steward.model.errors import InvalidInput

_PREFIX = "STEWARD_"


@record
class Settings:
    """Settings of one Steward."""

    data: Path
    """Folder of the store, the socket and the snapshot; on a local disk. Default `~/.local/share/steward`."""
    keys: Path
    """Folder of private keys: outside the data folder and outside its backups. Default `~/.config/steward/keys`."""
    workspace: Path
    """Git repository of inventory, policy and notes. Default `~/steward`."""
    database: str
    """SQLite file or Postgres URL; a file in the data folder unless given."""
    ssh_config: Path
    """OpenSSH client configuration that is honored. Default `~/.ssh/config`."""
    scan_seconds: int
    """Pause between two looks at the lab; 60 finds a failed unit within a minute and costs next to nothing."""
    worker: str
    """Stable and unique name of this process for durable work. Default the host name."""
    origins: Mapping[str, str]
    """Where each value came from."""

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


def read_settings(environment: Mapping[str, str], home: Path) -> Settings:
    """Put the settings together.

    Raises:
        InvalidInput: a value that does not fit, with the name of its variable.
    """
    data = _path(environment, "DATA", home / ".local/share/steward")
    values = {
        "data": data,
        "keys": _path(environment, "KEYS", home / ".config/steward/keys"),
        "workspace": _path(environment, "WORKSPACE", home / "steward"),
        "ssh_config": _path(environment, "SSH_CONFIG", home / ".ssh/config"),
    }
    origins = {
        name.lower(): f"{_PREFIX}{name}" if f"{_PREFIX}{name}" in environment else "default"
        for name in ("DATA", "KEYS", "WORKSPACE", "DATABASE", "SSH_CONFIG", "SCAN_SECONDS", "WORKER")
    }
    return Settings(
        **values,
        database=environment.get(f"{_PREFIX}DATABASE", f"sqlite:///{data / 'steward.db'}"),
        scan_seconds=_seconds(environment, "SCAN_SECONDS", 60),
        worker=environment.get(f"{_PREFIX}WORKER", f"{socket.gethostname().lower()}-1"),
        origins=origins,
    )


def _path(environment: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(environment.get(f"{_PREFIX}{name}", str(default))).expanduser().absolute()


def _seconds(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(f"{_PREFIX}{name}", str(default))
    if not text.isdigit() or not 1 <= int(text) <= 86_400:
        raise InvalidInput(f"{_PREFIX}{name} is `{text}`", next_step="give a number of seconds from 1 to 86400")
    return int(text)
