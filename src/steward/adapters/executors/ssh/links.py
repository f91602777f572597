"""Connections: opened once, proven by the pinned host key before anything is sent, kept and shared."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from steward.adapters.executors.ssh.route import Hop, Route, Routes
from steward.adapters.executors.ssh.settings import SshSettings
from steward.model.errors import NeedsPerson, StewardError, Unreachable

_HOST_KEY_TYPES: tuple[tuple[str, ...], ...] = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
_NO_KNOWN_HOSTS: tuple[list[str], list[str], list[str]] = ([], [], [])
_KEEPALIVES = 2
"""Unanswered ones before a link is given up: with the silence before the first, three times the interval."""

TRANSPORT_ERRORS = (asyncssh.Error, OSError, TimeoutError)
"""What asyncssh raises when a connection or a channel breaks."""


@dataclass(eq=False)
class Link:
    """One kept connection."""

    connection: asyncssh.SSHClientConnection
    route: Route
    talks: int = 0
    """Conversations going on over it."""

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return not self.connection.is_closed()


class _PinnedClient(asyncssh.SSHClient):
    """Accepts the pinned host key and no other; remembers what was presented."""

    def __init__(self, pin: str) -> None:
        self._pin = pin
        self.presented = ""
        self.algorithm = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Compare the fingerprint; called before the login begins."""
        del host, addr, port
        self.presented, self.algorithm = key.get_fingerprint(), key.get_algorithm()
        return bool(self._pin) and self.presented == self._pin


class Links:
    """Keeps one connection for each route; a route to a machine behind a jump host shares the way there."""

    def __init__(self, settings: SshSettings, routes: Routes) -> None:
        self._settings = settings
        self._routes = routes
        self._links: dict[Route, Link] = {}
        self._retired: set[Link] = set()
        self._locks: dict[Route, asyncio.Lock] = {}
        self._connects = asyncio.Semaphore(settings.connects_at_once)

    async def get(self, route: Route) -> tuple[Link, bool]:
        """Return the link to the last hop of a route, and whether it was there before.

        Raises:
            Unreachable: it cannot be opened.
            NeedsPerson: the last hop does not show its pinned host key; nothing was sent.
        """
        async with self._locks.setdefault(route, asyncio.Lock()):
            link = self._links.get(route)
            if link is not None and link.is_open:
                return link, True
            tunnel = await self.tunnel(route)
            link = Link(await self._login(route[-1], tunnel), route)
            self._forget_others(route)
            self._links[route] = link
            return link, False

    async def tunnel(self, route: Route) -> asyncssh.SSHClientConnection | None:
        """Return the connection the last hop is reached through, or None when it is reached directly.

        Raises:
            Unreachable: a jump host does not answer, or does not show the right key: that is not the machine's fault.
        """
        if len(route) < 2:
            return None
        try:
            link, _ = await self.get(route[:-1])
        except NeedsPerson as error:
            raise Unreachable(
                f"the jump host {route[-2].name} is not trusted",
                where=route[-1].name,
                why=f"{error.what}: {error.why}" if error.why else error.what,
                next_step=error.next_step,
            ) from error
        return link.connection

    def drop(self, link: Link) -> None:
        """Use a link no more; what still goes on over it may end."""
        if self._links.get(link.route) is link:
            del self._links[link.route]
        self._retired.add(link)
        self._bury()

    def release(self, link: Link) -> None:
        """End one conversation over a link."""
        link.talks -= 1
        self._bury()

    def _bury(self) -> None:
        """Close dropped links that carry neither a conversation nor another link."""
        for link in list(self._retired):
            if not link.talks and not any(other.route[:-1] == link.route for other in self._links.values()):
                self._retired.discard(link)
                link.connection.abort()

    async def presented(self, route: Route) -> str:
        """Return the fingerprint of the key the last hop presents, without logging in there.

        Raises:
            Unreachable: it does not answer.
        """
        hop = route[-1]
        tunnel = await self.tunnel(route)
        try:
            async with self._connects, asyncio.timeout(self._settings.connect_seconds):
                key = await asyncssh.get_server_host_key(
                    hop.host,
                    hop.port or (),
                    tunnel=tunnel,
                    config=self._routes.config,
                    server_host_key_algs=_algorithms(),
                )
        except (*TRANSPORT_ERRORS, ValueError) as error:
            raise self._unreachable(hop, error) from error
        if key is None:
            raise Unreachable("it presents no host key", where=hop.name)
        return key.get_fingerprint()

    async def close(self) -> None:
        """Drop every connection, the far ends first."""
        links = sorted(self._links.values(), key=lambda link: -len(link.route))
        self._links.clear()
        for link in (*links, *self._retired):
            link.connection.abort()
        for link in (*links, *self._retired):
            await link.connection.wait_closed()
        self._retired.clear()

    def _forget_others(self, route: Route) -> None:
        """Drop links to the same machine by another way, under another key or as another user."""
        for other in [link for key, link in self._links.items() if key[-1].name == route[-1].name and key != route]:
            self.drop(other)

    async def _login(self, hop: Hop, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
        """Connect, with the key type the pin belongs to: a host has several, and the pin does not tell which.

        A server that has none of the types still offered ends the connection in one way or another.
        """
        first = ""
        refused: set[str] = set()
        while True:
            client = _PinnedClient(hop.pin)
            try:
                async with self._connects, asyncio.timeout(self._settings.connect_seconds):
                    return await self._connect(hop, tunnel, client, refused)
            except asyncssh.HostKeyNotVerifiable as error:
                first = first or client.presented
                refused.add(client.algorithm)
                if not hop.pin or not client.algorithm or not _algorithms(refused):
                    raise _changed(hop, first, error) from error
            except (*TRANSPORT_ERRORS, ValueError) as error:
                if first:
                    raise _changed(hop, first, error) from error
                raise self._unreachable(hop, error) from error

    async def _connect(
        self, hop: Hop, tunnel: asyncssh.SSHClientConnection | None, client: _PinnedClient, refused: set[str]
    ) -> asyncssh.SSHClientConnection:
        """Open one connection. What is not proof by key is off, whatever the configuration says."""
        seconds = self._settings.connect_seconds
        return await asyncssh.connect(
            hop.host,
            hop.port or (),
            tunnel=tunnel,
            config=self._routes.config,
            client_factory=lambda: client,
            known_hosts=_NO_KNOWN_HOSTS if hop.pin else self._known_hosts(),
            server_host_key_algs=_algorithms(refused) if hop.pin else (),
            x509_trusted_certs=None,
            x509_trusted_cert_paths=None,
            username=hop.user,
            client_keys=self._client_keys(hop),
            agent_path=hop.agent or None,
            agent_forwarding=False,
            x11_forwarding=False,
            preferred_auth="publickey",
            public_key_auth=True,
            password=None,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            client_host_keysign=False,
            pkcs11_provider=None,
            gss_host=None,
            gss_kex=False,
            gss_auth=False,
            env=None,
            send_env=None,
            request_pty=False,
            connect_timeout=seconds,
            login_timeout=seconds,
            keepalive_interval=self._settings.keepalive_seconds,
            keepalive_count_max=_KEEPALIVES,
        )

    def _known_hosts(self) -> list[str] | tuple[list[str], list[str], list[str]]:
        file = self._settings.known_hosts_file
        if not file and self._settings.config_file:
            file = str(Path(self._settings.config_file).with_name("known_hosts"))
        return [file] if file and Path(file).is_file() else _NO_KNOWN_HOSTS

    def _client_keys(self, hop: Hop) -> Sequence[str]:
        there = [file for file in (_expanded(name) for name in hop.identity_files) if Path(file).is_file()]
        if not there and not hop.agent:
            names = ", ".join(hop.identity_files) or "none is configured"
            raise Unreachable("there is no private key to log in with", where=hop.name, why=names)
        return there

    def _unreachable(self, hop: Hop, error: BaseException) -> StewardError:
        if isinstance(error, asyncssh.PermissionDenied):
            return Unreachable(
                f"the login of {hop.user} was refused",
                where=hop.name,
                why=f"it accepts none of {', '.join(hop.identity_files) or 'the keys offered'}",
                next_step=f"put the line of {_public_key(hop)} into ~{hop.user}/.ssh/authorized_keys there",
            )
        why = _plainly(error) or f"no answer within {self._settings.connect_seconds} s"
        return Unreachable("does not answer", where=hop.name, why=why, next_step="is it on, and is its address right?")


def _public_key(hop: Hop) -> str:
    return f"{hop.identity_files[-1]}.pub" if hop.identity_files else "its public key"


def _plainly(error: BaseException) -> str:
    """Say `Connection refused` and not `[Errno 111] Connect call failed ('192.168.1.20', 22)`."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno > 0 else error.strerror or str(error)
    return str(error)


def _algorithms(refused: set[str] | None = None) -> list[str]:
    """Return the host key algorithms to offer, without the families of refused key types."""
    return [name for family in _HOST_KEY_TYPES if not _is_refused(family, refused or set()) for name in family]


def _is_refused(family: tuple[str, ...], refused: set[str]) -> bool:
    return bool(refused & set(family)) or ("ssh-rsa" in refused and family[0].startswith("rsa"))


def _expanded(name: str) -> str:
    return str(Path(name).expanduser())


def _changed(hop: Hop, presented: str, error: Exception) -> NeedsPerson:
    if not hop.pin:
        return NeedsPerson(
            f"the host key of {hop.name} is not known",
            where=hop.name,
            why=str(error),
            next_step=f"add {hop.name} as a machine, or log in there once with ssh and compare the key",
        )
    return NeedsPerson(
        "the host key is not the confirmed one",
        where=hop.name,
        why=f"confirmed {hop.pin}, presented {presented or 'none'}",
        next_step=f"compare it at the console of {hop.name}, then: steward machines confirm {hop.name}",
    )
