"""An address range: which addresses have an SSH server, told by its greeting. Nobody logs in."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence

from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.discovery import Gathered, LeftOut
from steward.model.errors import InvalidInput
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

MOST_ADDRESSES = 1_024
"""Most addresses of one range: four times what a house has, and asked within a minute."""
_LONGEST_GREETING = 255
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@record
class RangeSettings:
    """Settings of looking through a range."""

    port: int = 22
    """Port that is tried; 22 is where SSH servers are."""
    at_once: int = 64
    """Addresses tried at the same time; little enough for a cheap switch."""
    connect_seconds: float = 1.5
    """Patience with one address; in a house an answer takes milliseconds."""
    greeting_seconds: float = 3.0
    """Patience with the greeting of one that answers; a server may look up a name first."""


class Range:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places, settings: RangeSettings | None = None) -> None:
        del places
        self._settings = settings or RangeSettings()

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Try every address of the range and return the greetings, a line each."""
        addresses = _addresses(inquiry.target, allows_public=inquiry.allows_public)
        slots = asyncio.Semaphore(self._settings.at_once)

        async def greeting(address: Address) -> str | None:
            async with slots:
                return await self._greeting(str(address))

        found = await asyncio.gather(*(greeting(address) for address in addresses))
        return _told(addresses, found)

    async def _greeting(self, address: str) -> str | None:
        """Return what the server says first; None when nobody answers, empty when it says nothing in time."""
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                reader, writer = await asyncio.open_connection(address, self._settings.port, limit=4_096)
        except (OSError, TimeoutError):
            return None
        try:
            async with asyncio.timeout(self._settings.greeting_seconds):
                said = await reader.read(_LONGEST_GREETING)
        except (OSError, TimeoutError):
            said = b""
        finally:
            writer.transport.abort()
        return said.split(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")


def _addresses(text: str, *, allows_public: bool) -> Sequence[Address]:
    """Return the addresses of a range.

    Raises:
        InvalidInput: it is no range, too large, or leads into the internet without anybody saying so.
    """
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        step = "write it as `192.168.1.0/24`"
        raise InvalidInput(
            f"`{visible_line(text[:80])}` is no address range", why=str(error)[:200], next_step=step
        ) from error
    if network.num_addresses > MOST_ADDRESSES:
        why = f"it has {network.num_addresses} addresses; at most {MOST_ADDRESSES} are tried at a time"
        raise InvalidInput(f"{network} is too large", why=why, next_step="take a part of it, for example a /24")
    addresses: list[Address] = list(network.hosts())
    if any(address.is_multicast or address.is_unspecified for address in addresses):
        raise InvalidInput(f"{network} holds addresses that are no machine's")
    if not allows_public and any(address.is_global for address in addresses):
        raise InvalidInput(
            f"{network} leads into the internet",
            why="somebody else may not like being tried",
            next_step="add `--public` if these are your own addresses",
        )
    return addresses


def _told(addresses: Iterable[Address], greetings: Iterable[str | None]) -> Gathered:
    lines: list[str] = []
    left_out: list[LeftOut] = []
    for address, said in zip(addresses, greetings, strict=True):
        if said is not None and said.startswith("SSH-"):
            lines.append(f"{address} {visible_line(said)}")
        elif said is not None:
            left_out.append(LeftOut(what=str(address), why="something answers that is no SSH server"))
    return Gathered(texts={"greetings": "\n".join(lines)}, left_out=tuple(left_out))


PLUGIN = DiscovererPlugin(name="range", build=Range)
