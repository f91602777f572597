"""A machine in Steward's care, as the inventory tells it."""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import MachineId


class Transport(StrEnum):
    """How commands reach a machine."""

    LOCAL = "local"
    """Steward's own machine."""
    SSH = "ssh"
    """A POSIX shell behind an SSH server."""
    DOCKER = "docker"
    """A container, through the Docker API of the machine `via` that runs it."""
    PCT = "pct"
    """A Linux container of Proxmox VE: `pct exec` on the node `via`."""
    QM = "qm"
    """A virtual machine of Proxmox VE with a guest agent: `qm guest exec` on the node `via`."""
    API = "api"
    """Nothing can be executed there; what is known of it comes from an API."""
    NONE = "none"
    """Watched from outside only: does it answer?"""


THROUGH_ANOTHER = frozenset({Transport.DOCKER, Transport.PCT, Transport.QM})
"""Transports that lead through another machine: its host key, its quarantine and its autonomy count for them too."""

FROM_OUTSIDE = frozenset({Transport.API, Transport.NONE})
"""Transports over which nothing can be executed."""


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
    """User to log in as; empty means what the SSH configuration says, else `steward`. In a container: its user."""
    identity_file: str = ""
    """Private key file; empty means what the SSH configuration says, else Steward's own key."""
    proxy_jump: str = ""
    """Machines to go through, as in OpenSSH's ProxyJump; empty means what the SSH configuration says."""
    via: str = ""
    """Name of the machine that runs this one, for `docker`, `pct` and `qm`."""
    guest: str = ""
    """What it is called there: the name of a container, the number of a guest."""
    host_key: str = ""
    """Pinned host key fingerprint (`SHA256:...`), confirmed by a person. Empty: not confirmed, never connected to.
    With `via`: the key of that machine, so that another machine of its name is not mistaken for it."""
    autonomy: Autonomy = Autonomy.WATCH
    """How far Steward may go here."""
    quarantined: str = ""
    """Why nothing is sent to this machine any more, or empty."""
    groups: tuple[str, ...] = ()
    """Groups it belongs to."""
    labels: dict[str, str] | None = None
    """Free labels."""
