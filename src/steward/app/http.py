"""Every way in over HTTP, composed: the routes of the surfaces behind the front door, served in the daemon's loop.

Steward answers on loopback unless told otherwise, and nowhere else without an owner and TLS or a trusted proxy. When
it cannot listen it says why, goes on without, and tries again.
"""

from __future__ import annotations

import asyncio
import logging
import socket

from steward.app.agents import Agents
from steward.app.api import api_routes
from steward.app.pages import page_routes, problem_page
from steward.app.settings import HttpSettings
from steward.app.ways import WaysSettings
from steward.app.wiring import Steward
from steward.core.forwarded import Forwarded
from steward.core.routes import Mount, Route
from steward.model.errors import InvalidInput, NotAllowed, StewardError, TryLater
from steward.surfaces.http.forwarding import Doorman
from steward.surfaces.http.front import Front
from steward.surfaces.http.server import Server, bound, server
from steward.surfaces.http.site import LOOPBACK_NAMES, Forwarding, Site, is_loopback, name_of, networks

_log = logging.getLogger("steward.http")
_RETRY_SECONDS = 10.0


def routes(steward: Steward) -> tuple[Route | Mount, ...]:
    """Return every route of every surface; a new surface adds its line here."""
    return (Agents(steward).mount(), *api_routes(steward), *page_routes(steward))


def front(steward: Steward) -> Front:
    """Return the front door with everything behind it."""
    return Front(
        routes(steward),
        steward.access,
        site_of(steward.settings.http, steward.settings.ways),
        redact=steward.redactor.json,
        error_page=problem_page(steward),
        doorman=_doorman(steward),
    )


def site_of(http: HttpSettings, ways: WaysSettings | None = None) -> Site:
    """Return the names this Steward answers to and the proxies it believes.

    Raises:
        InvalidInput: a proxy's address cannot be read.
    """
    names = {
        *http.hosts,
        name_of(http.host),
        *({name_of(http.public_url.partition("://")[2])} if http.public_url else ()),
    }
    return Site(
        hosts=frozenset({name.lower() for name in names if name} | LOOPBACK_NAMES),
        public_origin=http.public_url.removesuffix(http.base).lower(),
        base=http.base,
        proxies=networks(http.trusted_proxies),
        forwarding=_forwarding(ways) if ways is not None and ways.forward_auth_header else None,
    )


def _forwarding(ways: WaysSettings) -> Forwarding:
    return Forwarding(header=ways.forward_auth_header, proxies=networks(ways.forward_auth_proxies))


def _doorman(steward: Steward) -> Doorman | None:
    """Return who lets in whom a proxy names, where one may."""
    ways = steward.settings.ways
    if not ways.forward_auth_header:
        return None
    return Doorman(Forwarded(storage=steward.storage, access=steward.access, owner=ways.forward_auth_owner))


class Listener:
    """Listens for as long as the daemon runs."""

    def __init__(self, steward: Steward) -> None:
        self._steward = steward
        self._http = steward.settings.http
        self._server: Server | None = None
        self._said = ""

    async def run(self) -> None:
        """Serve until cancelled; what keeps it from listening is logged once and tried again."""
        if not self._http.is_on:
            return
        application = front(self._steward)
        while True:
            try:
                await self._serve(application, await self._listen())
            except StewardError as error:
                self._say(str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> socket.socket:
        """Take the address.

        Raises:
            NotAllowed: it is open to others and there is no owner, or nothing that encrypts.
            TryLater: another program has it.
        """
        refuse_open_house(self._http, is_owned=await self._steward.access.is_owned())
        try:
            return bound(self._http.host, self._http.port)
        except OSError as error:
            step = "end what listens there, or set STEWARD_LISTEN to another address (or `off`)"
            raise TryLater(f"cannot listen on {self._http.listen}", why=str(error), next_step=step) from error

    async def _serve(self, application: Front, listening: socket.socket) -> None:
        tls = (str(self._http.tls_cert), str(self._http.tls_key)) if self._http.tls_cert else None
        try:
            serving = server(application, tls)
            self._say(f"listening on {self._http.url}", level=logging.INFO)
            await _until_cancelled(serving, listening)
        except OSError as error:
            step = "look at STEWARD_TLS_CERT and STEWARD_TLS_KEY"
            raise InvalidInput("the certificate cannot be used", why=str(error), next_step=step) from error
        finally:
            listening.close()

    def _say(self, text: str, *, level: int = logging.WARNING) -> None:
        if text != self._said:
            self._said = text
            _log.log(level, "%s", text)


def refuse_open_house(http: HttpSettings, *, is_owned: bool) -> None:
    """Refuse to listen beyond this machine where that would let anybody in or let anybody read along.

    Raises:
        NotAllowed: with what is missing.
    """
    if http.host in LOOPBACK_NAMES or is_loopback(http.host):
        return
    if http.tls_cert is None and not http.trusted_proxies:
        step = "set STEWARD_TLS_CERT and STEWARD_TLS_KEY, or STEWARD_TRUSTED_PROXIES to the address of your TLS proxy"
        raise NotAllowed(
            f"will not listen on {http.listen}", why="others could read passwords on the way", next_step=step
        )
    if not is_owned:
        step = "set the owner's secret first: `steward owner password`; Steward then listens by itself"
        raise NotAllowed(f"will not listen on {http.listen}", why="there is no owner yet", next_step=step)


async def _until_cancelled(serving: Server, listening: socket.socket) -> None:
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        serving.should_exit = True
        await asyncio.wait({task}, timeout=5.0)
        task.cancel()
        raise
