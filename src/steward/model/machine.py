"""A machine in Steward's care, as the inventory tells it."""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import MachineId


class Transport(StrEnum):
    """How commands reach a machine."""

    LOCAL = "local"
    SSH = "ssh"


class Autonomy(StrEnum):
    """How far Steward may go on a machine; each machine starts at `watch` and a person raises it."""

    WATCH = "watch"
    """Look only. Steward needs no right to change anything and no plan can run."""
    ASK = "ask"
    """Plans may be proposed and run, each after a person's approval."""
    GRANTED = "granted"
    """As `ask`, and standing grants may cover this machine."""


@record
class Machine:
    """One entry of the inventory."""

    id: MachineId
    """Immutable opaque id, written once by Steward."""
    name: str
    """Name people use; letters, digits, dot, dash; may be changed."""
    transport: Transport = Transport.SSH
    """How commands reach it."""
    address: str = ""
    """Host name or address to connect to; empty for the local machine."""
    port: int = 22
    """TCP port of its SSH server."""
    user: str = ""
    """User to log in as; empty means what the SSH configuration says, else `steward`."""
    identity_file: str = ""
    """Private key file; empty means what the SSH configuration says, else Steward's own key."""
    proxy_jump: str = ""
    """Machines to go through, as in OpenSSH's ProxyJump; empty means what the SSH configuration says."""
    host_key: str = ""
    """Pinned host key fingerprint (`SHA256:...`), confirmed by a person. Empty: not confirmed, never connected to."""
    autonomy: Autonomy = Autonomy.WATCH
    """How far Steward may go here."""
    quarantined: str = ""
    """Why nothing is sent to this machine any more, or empty."""
    groups: tuple[str, ...] = ()
    """Groups it belongs to."""
    labels: dict[str, str] | None = None
    """Free labels."""
