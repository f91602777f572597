"""Looking at a machine from outside, over the network."""

from __future__ import annotations

from typing import Protocol


class Dialer(Protocol):
    """Opens connections only to see whether somebody answers."""

    async def connects(self, address: str, port: int, *, timeout_seconds: float) -> bool:
        """Tell whether a TCP connection to the port is accepted before the deadline."""
        ...
