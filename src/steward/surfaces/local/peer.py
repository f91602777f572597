"""Who is at the other end of a local socket, as the kernel tells it."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from steward.lib.record import record
from steward.model.access import Right
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind

_UCRED = struct.Struct("3i")
_SESSION, _TERMINAL, _STARTED = 3, 4, 19
"""Places of session, tty_nr and starttime in proc(5)'s stat, counted after the command name."""


@record
class Peer:
    """The process that connected."""

    uid: int
    """Its user."""
    terminal: str
    """Names its terminal session for as long as that lives; empty for a process without a terminal."""

    def principal(self) -> Principal:
        """Return the unproven principal of this process: it may look, propose and brake.

        The owner's own processes, so a person until more is known; it may be an agent, and policy treats it so.
        """
        return Principal(
            id=PrincipalId(f"uid-{self.uid}"),
            kind=PrincipalKind.PERSON,
            name=f"user {self.uid}",
            channel="cli",
            rights=(Right.GLANCE, Right.READ, Right.PROPOSE, Right.BRAKE),
        )

    def agent(self, channel: str) -> Principal:
        """Return the agent this process says it speaks for: whatever else is known of the process, it is no person."""
        return Principal(
            id=PrincipalId(f"{channel}-uid-{self.uid}"),
            kind=PrincipalKind.AGENT,
            name=f"an agent of user {self.uid}",
            channel=channel,
            on_behalf_of=PrincipalId(f"uid-{self.uid}"),
            rights=(Right.GLANCE, Right.READ, Right.PROPOSE, Right.BRAKE),
        )


def peer_of(connection: socket.socket) -> Peer:
    """Ask the kernel who connected (SO_PEERCRED), and /proc which terminal session that process belongs to."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    pid, uid, _ = _UCRED.unpack(raw)
    return Peer(uid=uid, terminal=_terminal(pid))


def _terminal(pid: int) -> str:
    """Name the session by its leader's pid and start time and its terminal: all kernel facts, none can be given."""
    fields = _stat(pid)
    if fields is None or fields[_TERMINAL] == "0":
        return ""
    leader = _stat(int(fields[_SESSION]))
    if leader is None:
        return ""
    return f"{fields[_SESSION]}-{leader[_STARTED]}-{fields[_TERMINAL]}"


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the command name, or None when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
