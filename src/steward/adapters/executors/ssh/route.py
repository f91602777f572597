"""Which way leads to a machine: its own entry, the OpenSSH configuration, and the jump hosts between."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from asyncssh.config import ConfigParseError, SSHClientConfig, SSHConfig

from steward.adapters.executors.ssh.settings import SshSettings
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.errors import Unreachable
from steward.model.machine import Machine
from steward.ports.executor import FindMachine

_DESTINATION = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[^]\s]+\]|[^:@\s\[]+)(?::(?P<port>\d{1,5}))?\Z")
_DEFAULT_PORT = 22
_DEFAULT_USER = "steward"
_MOST_HOPS = 8
_FIRST_PASS = (False, False, False)
"""Not a reload, the name not canonical yet, not the final pass."""


@record
class Hop:
    """One SSH server on the way, and how it is asked for and proven."""

    name: str
    """Name for messages."""
    host: str
    """Name looked up in the configuration, then connected to."""
    port: int | None
    """Port, or None for the configuration's."""
    user: str
    """User to log in as."""
    pin: str
    """Fingerprint of its host key; empty: it must be in the known hosts file."""
    identity_files: tuple[str, ...]
    """Private keys to log in with."""
    agent: str
    """Socket of an agent the configuration names, or empty. It is never forwarded."""


Route = tuple[Hop, ...]


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Works out routes."""

    settings: SshSettings
    find_machine: FindMachine

    @property
    def config(self) -> list[str] | None:
        """Return the configuration files as asyncssh takes them; None keeps it from looking for one itself."""
        file = self.settings.config_file
        return [file] if file and Path(file).is_file() else None

    async def to(self, machine: Machine) -> Route:
        """Return the way to a machine, the machine last.

        Raises:
            Unreachable: the way cannot be worked out.
        """
        return await self._to_machine(machine, seen=())

    async def _to_machine(self, machine: Machine, *, seen: tuple[str, ...], user: str = "", port: int = 0) -> Route:
        chosen = port or (machine.port if machine.port != _DEFAULT_PORT else 0)
        hop, jump = await self._hop(
            host=machine.address or machine.name, user=user or machine.user, port=chosen, machine=machine
        )
        return (*await self._jumps(machine.proxy_jump or jump, hop, seen=seen), hop)

    async def _jumps(self, jump: str, hop: Hop, *, seen: tuple[str, ...]) -> Route:
        if not jump or jump.lower() == "none":
            return ()
        if hop.name in seen or len(seen) >= _MOST_HOPS:
            raise Unreachable("the way there goes in a circle", where=hop.name, why=" -> ".join((*seen, hop.name)))
        route: Route = ()
        for destination in jump.split(","):
            found = await self._to_destination(destination.strip(), seen=(*seen, hop.name), is_first=not route)
            route = (*route, *found)
        return route

    async def _to_destination(self, destination: str, *, seen: tuple[str, ...], is_first: bool) -> Route:
        """Return the hops to one jump host; what it is itself reached through counts for the first one only."""
        match = _DESTINATION.match(destination.removeprefix("ssh://"))
        if match is None:
            raise Unreachable("the jump host cannot be read", where=seen[-1], why=visible_line(destination))
        host, user, port = match["host"].strip("[]"), match["user"] or "", int(match["port"] or 0)
        machine = self.find_machine(host)
        if machine is not None:
            route = await self._to_machine(machine, seen=seen, user=user, port=port)
        else:
            hop, jump = await self._hop(host=host, user=user, port=port, machine=None)
            route = (*await self._jumps(jump, hop, seen=seen), hop)
        return route if is_first else route[-1:]

    async def _hop(self, *, host: str, user: str, port: int, machine: Machine | None) -> tuple[Hop, str]:
        """Return a hop, and the jump hosts the configuration names for it."""
        try:
            told = await asyncio.to_thread(self._configured, host, user, port)
        except (ConfigParseError, OSError, ValueError) as error:
            raise Unreachable("the SSH configuration cannot be read", where=host, why=str(error)) from error
        own = (machine.identity_file,) if machine and machine.identity_file else ()
        named = tuple(cast("Sequence[str]", told.get("IdentityFile", ())))
        hop = Hop(
            name=machine.name if machine else host,
            host=host,
            port=port or None,
            user=user or str(told.get("User", _DEFAULT_USER)),
            pin=machine.host_key if machine else "",
            identity_files=own or named or self.settings.identity_files,
            agent=str(told.get("IdentityAgent") or ""),
        )
        return hop, str(told.get("ProxyJump") or "")

    def _configured(self, host: str, user: str, port: int) -> SSHConfig:
        """Read the configuration; in a thread, because its `Match exec` may run programs."""
        local_user = pwd.getpwuid(os.getuid()).pw_name
        return SSHClientConfig.load(None, self.config or (), *_FIRST_PASS, local_user, user or (), host, port or ())
