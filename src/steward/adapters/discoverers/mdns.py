"""Multicast DNS, asked once: who in this network offers SSH, or calls itself a workstation."""

from __future__ import annotations

import asyncio
import socket

from steward.lib.dns_message import AAAA, PTR, SRV, A, NoMessage, answers, question
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.discovery import Gathered, LeftOut
from steward.model.errors import Unreachable
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

SERVICES = ("_ssh._tcp.local", "_workstation._tcp.local")
"""What is asked for."""
_WORDS = {A: "A", AAAA: "AAAA", PTR: "PTR", SRV: "SRV"}
_MOST_MESSAGES = 500
_TIME_TO_LIVE = 1
"""Asked in this network only: no router carries it on."""


@record
class MdnsSettings:
    """Settings of asking by multicast."""

    group: str = "224.0.0.251"
    """Address everybody who answers listens at (RFC 6762)."""
    port: int = 5353
    """Port they listen at."""
    seconds: float = 3.0
    """How long answers are waited for; a healthy machine answers within half a second."""


class Mdns:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places, settings: MdnsSettings | None = None) -> None:
        del places
        self._settings = settings or MdnsSettings()

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Ask once from a port of our own, so that the answers come here alone, and return their records."""
        del inquiry
        heard = _Heard()
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: heard, sock=_socket())
        except OSError as error:
            raise Unreachable("no question can be sent to this network", why=error.strerror or str(error)) from error
        try:
            transport.sendto(question(SERVICES), (self._settings.group, self._settings.port))
            await asyncio.sleep(self._settings.seconds)
        finally:
            transport.close()
        if heard.error:
            raise Unreachable("no question can be sent to this network", why=heard.error)
        unread = (LeftOut(what="an answer", why=f"{heard.broken} could not be read"),) if heard.broken else ()
        return Gathered(texts={"records": "\n".join(heard.lines)}, left_out=unread)


class _Heard(asyncio.DatagramProtocol):
    """Collects records, a line each: type, who sent it, port, name and value with tabs between."""

    def __init__(self) -> None:
        self.lines: dict[str, None] = {}
        self.messages = self.broken = 0
        self.error = ""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one answer."""
        self.messages += 1
        if self.messages > _MOST_MESSAGES:
            return
        try:
            found = answers(data)
        except NoMessage:
            self.broken += 1
            return
        for each in found:
            words = (_WORDS[each.type], addr[0], str(each.port), each.name, each.value)
            self.lines["\t".join(visible_line(word) for word in words)] = None

    def error_received(self, exc: Exception) -> None:
        """Remember that the network refused the question."""
        self.error = str(exc)


def _socket() -> socket.socket:
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.setblocking(False)  # noqa: FBT003 - of the standard library
    asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _TIME_TO_LIVE)
    asking.bind(("", 0))
    return asking


PLUGIN = DiscovererPlugin(name="mdns", build=Mdns)
