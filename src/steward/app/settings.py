"""How Steward runs: typed, defaulted, and able to say where each value came from.

Order: environment over default. Every value can be given as `STEWARD_<NAME>`.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steward.app.listen import NAMES as _HTTP_NAMES
from steward.app.listen import HttpSettings, read_http
from steward.app.paths import PREFIX, Paths, read_paths
from steward.app.ways import NAMES as _WAYS_NAMES
from steward.app.ways import WaysSettings, read_ways
from steward.lib.text import nearest
from steward.model.errors import InvalidInput

_NAMES = ("DATA", "KEYS", "WORKSPACE", "SSH_CONFIG", "DATABASE", "SCAN_SECONDS", "WORKER", *_HTTP_NAMES, *_WAYS_NAMES)
_OTHERS = ("SECRET_", "PASSWORD_FILE", "LAB_DIR", "TEST_")
_LONGEST_SCAN_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Settings(Paths):
    """Settings of one Steward."""

    database: str
    """SQLite file or Postgres URL; a file in the data folder unless given."""
    scan_seconds: int
    """Pause between two looks at the lab; 60 finds a failed unit within a minute and costs next to nothing."""
    worker: str
    """Stable and unique name of this process for durable work. Default the host name."""
    http: HttpSettings
    """How it is reached over HTTP."""
    ways: WaysSettings
    """Who beside Steward may say who somebody is."""
    origins: Mapping[str, str]
    """Where each value came from."""


def read_settings(environment: Mapping[str, str], home: Path) -> Settings:
    """Put the settings together.

    Raises:
        InvalidInput: a value that does not fit, or a variable nobody knows, with its name.
    """
    _refuse_unknown(environment)
    paths = read_paths(environment, home)
    return Settings(
        data=paths.data,
        keys=paths.keys,
        workspace=paths.workspace,
        ssh_config=paths.ssh_config,
        database=environment.get(f"{PREFIX}DATABASE", f"sqlite:///{paths.data / 'steward.db'}"),
        scan_seconds=_seconds(environment, "SCAN_SECONDS", 60),
        worker=environment.get(f"{PREFIX}WORKER", f"{socket.gethostname().lower()}-1"),
        http=read_http(environment),
        ways=read_ways(environment),
        origins={name.lower(): PREFIX + name if PREFIX + name in environment else "default" for name in _NAMES},
    )


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    for variable in environment:
        name = variable.removeprefix(PREFIX)
        if name == variable or name in _NAMES or name.startswith(_OTHERS):
            continue
        near = nearest(name, _NAMES)
        hint = f"did you mean {PREFIX}{near}?" if near else f"known are {', '.join(PREFIX + n for n in _NAMES)}"
        raise InvalidInput(f"unknown setting {variable}", where="environment", next_step=hint)


def _seconds(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(f"{PREFIX}{name}", str(default))
    if not text.isdigit() or not 1 <= int(text) <= _LONGEST_SCAN_SECONDS:
        step = f"give a number of seconds from 1 to {_LONGEST_SCAN_SECONDS}"
        raise InvalidInput(f"{PREFIX}{name} is `{text}`", where="environment", next_step=step)
    return int(text)
