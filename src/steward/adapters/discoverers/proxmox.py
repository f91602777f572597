"""The API of Proxmox VE: which nodes and guests a cluster has. The token is sent to the proven server and nobody else.

Paths after the API viewer (https://pve.proxmox.com/pve-docs/api-viewer/): `cluster/resources` and `cluster/status`.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import re
import ssl
from urllib.parse import urlsplit

from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.discovery import Gathered
from steward.model.errors import InvalidInput, NeedsPerson, NotAllowed, Unreachable
from steward.model.secret import Secret
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

_PATHS = {"resources": "/api2/json/cluster/resources", "status": "/api2/json/cluster/status"}
_LARGEST = 4 << 20
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}")
_TOKEN = re.compile(r"[^\s!=]+@[^\s!=]+![^\s!=]+=\S+")


@record
class ProxmoxSettings:
    """Settings of asking a Proxmox VE."""

    port: int = 8006
    """Port of its API."""
    seconds: float = 15.0
    """Patience with one request; a cluster with a dead node takes ten seconds."""


class Proxmox:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places, settings: ProxmoxSettings | None = None) -> None:
        del places
        self._settings = settings or ProxmoxSettings()

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what the cluster says of its nodes and guests."""
        if inquiry.token is None or not _TOKEN.fullmatch(inquiry.token.reveal()):
            why = "it must read `USER@REALM!NAME=UUID`, as Proxmox shows it when it is made"
            raise InvalidInput("the token cannot be used", why=why, next_step="steward secrets set proxmox-token")
        if inquiry.certificate and not _FINGERPRINT.fullmatch(inquiry.certificate):
            why = "it must be 32 pairs of hexadecimal digits with colons"
            raise InvalidInput("the certificate's fingerprint cannot be used", why=why)
        return await asyncio.to_thread(self._gathered, inquiry, inquiry.token)

    def _gathered(self, inquiry: Inquiry, token: Secret) -> Gathered:
        host, port = self._place(inquiry.target)
        try:
            connection = self._connected(host, port, inquiry.certificate)
            try:
                return Gathered(texts={name: _get(connection, path, token) for name, path in _PATHS.items()})
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable("the API does not answer", where=f"{host}:{port}", why=str(error)[:200]) from error

    def _place(self, target: str) -> tuple[str, int]:
        try:
            parts = urlsplit(target if "//" in target else f"//{target}")
            host, port = parts.hostname or "", parts.port or self._settings.port
        except ValueError:
            host, port = "", 0
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.:-]*", host):
            raise InvalidInput(f"`{visible_line(target[:80])}` is no address", next_step="name a node: `192.168.1.5`")
        return host, port

    def _connected(self, host: str, port: int, certificate: str) -> http.client.HTTPSConnection:
        """Connect, and prove the server before anything is sent."""
        connection = http.client.HTTPSConnection(
            host, port, timeout=self._settings.seconds, context=_context(certificate)
        )
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise NeedsPerson(
                "the certificate is signed by nobody this box trusts",
                where=f"{host}:{port}",
                why=f"it shows {self._shown(host, port)}",
                next_step="compare that with Node > System > Certificates of Proxmox, then add `--certificate` with it",
            ) from error
        if certificate and _fingerprint(connection) != certificate.upper():
            shown = _fingerprint(connection)
            connection.close()
            raise NeedsPerson("the certificate is another one", where=f"{host}:{port}", why=f"it shows {shown}")
        return connection

    def _shown(self, host: str, port: int) -> str:
        """Return the fingerprint a server shows, without telling it anything."""
        connection = http.client.HTTPSConnection(host, port, timeout=self._settings.seconds, context=_context("any"))
        try:
            connection.connect()
            return _fingerprint(connection)
        finally:
            connection.close()


def _context(certificate: str) -> ssl.SSLContext:
    """Return what this box trusts; a certificate that is compared by its fingerprint needs nobody's signature."""
    context = ssl.create_default_context()
    if certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint(connection: http.client.HTTPSConnection) -> str:
    socket = connection.sock
    shown = socket.getpeercert(binary_form=True) if isinstance(socket, ssl.SSLSocket) else None
    digest = hashlib.sha256(shown or b"").hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _get(connection: http.client.HTTPSConnection, path: str, token: Secret) -> str:
    connection.request("GET", path, headers={"Authorization": f"PVEAPIToken={token.reveal()}"})
    answer = connection.getresponse()
    body = answer.read(_LARGEST + 1)
    if answer.status in {401, 403}:
        why = f"{answer.status} {visible_line(answer.reason)[:120]}"
        step = "give the token the role PVEAuditor on `/`, without privilege separation or with its own permission"
        raise NotAllowed("Proxmox refuses the token", where=path, why=why, next_step=step)
    if answer.status != 200 or len(body) > _LARGEST:
        why = f"{answer.status} {visible_line(answer.reason)[:120]}, {len(body)} bytes"
        raise Unreachable("the API gives no answer that can be used", where=path, why=why)
    return body.decode("utf-8", "replace")


PLUGIN = DiscovererPlugin(name="proxmox", build=Proxmox)
