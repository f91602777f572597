"""Make SSH keys, and write the client configuration that a person uses."""

from collections.abc import Iterable
from pathlib import Path

from tests.real.lab.command import run
from tests.real.lab.machine import Machine
from tests.real.lab.places import Places


def make_key(path: Path, comment: str) -> None:
    """Create an ed25519 key pair at `path` unless it is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


def public_key(path: Path) -> str:
    """Return the public half of a key as one line."""
    return path.with_name(path.name + ".pub").read_text(encoding="utf-8").strip()


def write_ssh_config(places: Places, machines: Iterable[Machine]) -> None:
    """Write `ssh_config`; whether an unknown host key is accepted stays the person's choice."""
    parts = ["# Written by `python -m tests.real.lab up`. Use: ssh -F this-file m1\n"]
    parts += [
        f"Host {one.name}\n"
        f"    HostName {one.address}\n"
        f"    Port {one.port}\n"
        f"    User {one.user}\n"
        f"    IdentityFile {one.key}\n"
        f"    IdentitiesOnly yes\n"
        f"    UserKnownHostsFile {places.known_hosts}\n"
        for one in machines
    ]
    places.ssh_config.write_text("\n".join(parts), encoding="utf-8")
