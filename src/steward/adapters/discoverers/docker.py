"""Contexts of the Docker client: the engines somebody uses from this box."""

from __future__ import annotations

import asyncio
from pathlib import Path

from steward.lib.io.bounded import Unfit, bounded_text
from steward.model.discovery import Gathered, LeftOut
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

_MOST_BYTES = 65_536
_MOST_CONTEXTS = 200


class Docker:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return the description of every context; keys and certificates lie elsewhere and are not read."""
        return await asyncio.to_thread(_gathered, Path(inquiry.target or self._places.docker_config))


def _gathered(folder: Path) -> Gathered:
    texts: dict[str, str] = {}
    left_out: list[LeftOut] = []
    contexts = folder / "contexts" / "meta"
    for path in sorted(contexts.glob("*/meta.json"))[:_MOST_CONTEXTS]:
        try:
            texts[str(path)] = bounded_text(path, _MOST_BYTES)
        except Unfit as error:
            left_out.append(LeftOut(what=str(path), why=str(error)))
    if not contexts.is_dir():
        left_out.append(LeftOut(what=str(contexts), why="there are no contexts here"))
    return Gathered(texts=texts, left_out=tuple(left_out))


PLUGIN = DiscovererPlugin(name="docker", build=Docker)
