"""TCP connections opened from the control plane and closed at once."""

from __future__ import annotations

import asyncio


class TcpDialer:
    """Implements `ports.dialer.Dialer`."""

    async def connects(self, address: str, port: int, *, timeout_seconds: float) -> bool:
        """Tell whether the port accepts a connection."""
        try:
            async with asyncio.timeout(timeout_seconds):
                _, writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True


PLUGIN = TcpDialer
