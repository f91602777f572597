"""A real OpenSSH server on loopback, as the current user, for one test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else "")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_INNER = 2
"""Tells bash that it is a shell within a shell: it reads the .bashrc of whoever runs the tests at each command else."""


@dataclass
class Sshd:
    """One server: its own port, host keys, authorized key and folder for the runner's markers."""

    root: Path
    extra: str = ""
    host_key_types: tuple[str, ...] = ("ed25519",)
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)

    @property
    def state(self) -> Path:
        """Folder under which `steward/steps` appears."""
        return self.root / "state"

    @property
    def identity(self) -> Path:
        """Private key that is let in."""
        return self.root / "client"

    def fingerprint(self, kind: str = "ed25519") -> str:
        """Fingerprint of a host key."""
        return asyncssh.read_public_key(self.root / f"host_{kind}.pub").get_fingerprint()

    def start(self, *, identity: Path | None = None) -> Sshd:
        """Make keys where there are none, and serve."""
        self.root.mkdir(parents=True, exist_ok=True)
        for kind in self.host_key_types:
            _key(self.root / f"host_{kind}", kind)
        if identity is None:
            _key(self.identity, "ed25519")
        else:
            shutil.copy(identity, self.identity)
            shutil.copy(f"{identity}.pub", f"{self.identity}.pub")
        shutil.copy(f"{self.identity}.pub", self.root / "authorized_keys")
        keys = "\n".join(f"HostKey {self.root}/host_{kind}" for kind in self.host_key_types)
        (self.root / "sshd_config").write_text(
            f"""Port {self.port}
ListenAddress 127.0.0.1
{keys}
PidFile none
AuthorizedKeysFile {self.root}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PermitRootLogin yes
PrintMotd no
SetEnv XDG_STATE_HOME={self.state} SHLVL={_INNER}
{self.extra}
"""
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        log = (self.root / "log").open("ab")
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(self.root / "sshd_config")], stderr=log, stdin=subprocess.DEVNULL
        )
        log.close()
        self._wait()
        return self

    def sessions(self) -> list[int]:
        """Process ids that serve a connection."""
        assert self.process is not None
        found, left = [], _children(self.process.pid)
        while left:
            pid = left.pop()
            if _name(pid).startswith("sshd"):
                found.append(pid)
                left += _children(pid)
        return found

    def shells(self) -> list[int]:
        """Process ids of what runs directly under a session."""
        return [pid for session in self.sessions() for pid in _children(session) if not _name(pid).startswith("sshd")]

    def cut(self) -> None:
        """Kill what serves connections, as a pulled cable or a dying sshd would end them; keep listening."""
        for pid in self.sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop what serves connections without closing anything: the peer is silent."""
        for pid in self.sessions():
            os.kill(pid, signal.SIGSTOP)

    def stop(self) -> None:
        """End the server and what serves connections."""
        if self.process is not None:
            self.cut()
            self.process.kill()
            self.process.wait()
            self.process = None

    def _wait(self) -> None:
        for _ in range(600):
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise AssertionError((self.root / "log").read_text())


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "stat").read_text().rpartition(") ")[2].split()[1] == str(pid):
                    found.append(int(entry.name))
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def _key(path: Path, kind: str) -> None:
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-rsa" if kind == "rsa" else "ssh-ed25519")
        key.write_private_key(path)
        key.write_public_key(path.with_name(path.name + ".pub"))
        path.chmod(0o600)
