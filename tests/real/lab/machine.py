"""A lab machine as a value, and where each one lives."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.real.lab.errors import LabError

SUBNET = "10.77.0.0/24"
USER = "steward"
_NAME = re.compile(r"^([md])([1-9][0-9]?)$")
_FIRST_OCTET = {"m": 10, "d": 100}


@dataclass(frozen=True, slots=True)
class Machine:
    """Name one machine and say how to reach it over SSH.

    `host_key` is the public host key line the machine was born with, so that a test can pin it.
    `docker` is true when a Docker engine runs inside. `container` is its podman name.
    """

    name: str
    address: str
    port: int
    user: str
    key: Path
    container: str
    docker: bool
    host_key: str

    def to_json(self) -> dict[str, object]:
        """Return the machine as plain JSON values."""
        return {**asdict(self), "key": str(self.key)}


def octet(name: str) -> int:
    """Return the last octet of a machine's addresses: m1 is 11, d1 is 101."""
    match = _NAME.match(name)
    if match is None:
        message = f"{name!r} is not a machine name: use m1, m2, ... or d1, d2, ... (Docker inside)"
        raise LabError(message)
    return _FIRST_OCTET[match[1]] + int(match[2])


def is_machine_name(name: str) -> bool:
    """Tell whether a podman container name is one of our machines."""
    return _NAME.match(name) is not None


def has_docker(name: str) -> bool:
    """Tell whether a machine of this name runs a Docker engine."""
    return name.startswith("d")


def address(name: str) -> str:
    """Return the loopback address where port 22 is this machine's sshd."""
    return f"127.0.1.{octet(name)}"


def inner_address(name: str) -> str:
    """Return the address the machine has on the lab's own network."""
    return f"10.77.0.{octet(name)}"


def inner_hardware_address(name: str) -> str:
    """Return a fixed MAC address, so that nobody's neighbor table is wrong after a restart."""
    return f"02:00:0a:4d:00:{octet(name):02x}"
