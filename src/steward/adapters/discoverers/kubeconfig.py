"""A kubeconfig: the API servers somebody uses from this box."""

from __future__ import annotations

import asyncio
from pathlib import Path

from steward.lib.io.bounded import Unfit, bounded_text
from steward.model.discovery import Gathered, LeftOut
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

_MOST_BYTES = 1 << 20


class Kubeconfig:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return the file; the parser takes addresses out of it and no keys."""
        path = Path(inquiry.target) if inquiry.target else Path(self._places.home) / ".kube" / "config"
        return await asyncio.to_thread(_gathered, path)


def _gathered(path: Path) -> Gathered:
    try:
        return Gathered(texts={str(path): bounded_text(path, _MOST_BYTES)})
    except Unfit as error:
        return Gathered(left_out=(LeftOut(what=str(path), why=str(error)),))


PLUGIN = DiscovererPlugin(name="kubeconfig", build=Kubeconfig)
