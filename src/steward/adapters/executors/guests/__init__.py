"""Commands for what runs on another machine of the inventory: containers and virtual machines.

docker ─┐                          through the Docker API of the parent
pct    ─┼─>  executor  ─>  parents    which machine leads there, and whether it may be used
qm     ─┘        └──>  port `parent`  a socket or a program on the parent, over whatever transport it has
"""

from __future__ import annotations

from steward.adapters.executors.guests.docker import DockerExecutor, DockerSettings
from steward.adapters.executors.guests.parents import Parents
from steward.adapters.executors.guests.proxmox import PctExecutor, ProxmoxSettings, QmExecutor

__all__ = ["DockerExecutor", "DockerSettings", "Parents", "PctExecutor", "ProxmoxSettings", "QmExecutor"]
