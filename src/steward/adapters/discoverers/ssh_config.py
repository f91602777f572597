"""The OpenSSH client configuration of the user Steward runs as, with the files it includes."""

from __future__ import annotations

import asyncio
import glob
import os.path
from pathlib import Path

from steward.lib.io.bounded import Unfit, bounded_text
from steward.lib.ssh_config import directives
from steward.model.discovery import Gathered, LeftOut
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

_MOST_BYTES = 1 << 20
_MOST_FILES = 200
_DEEPEST = 16
"""As deep as OpenSSH goes."""


class SshConfig:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return the configuration, or the file that was named, and whatever it includes."""
        main = Path(inquiry.target or self._places.ssh_config)
        return await asyncio.to_thread(self._gathered, main)

    def _gathered(self, main: Path) -> Gathered:
        texts: dict[str, str] = {}
        stands_for: dict[str, tuple[str, ...]] = {}
        left_out: list[LeftOut] = []
        waiting = [(str(main), 0)]
        while waiting:
            path, depth = waiting.pop(0)
            if path in texts:
                continue
            if len(texts) >= _MOST_FILES or depth > _DEEPEST:
                left_out.append(LeftOut(what=path, why=f"more than {_MOST_FILES} files, or included too deep"))
                continue
            try:
                texts[path] = bounded_text(Path(path), _MOST_BYTES)
            except Unfit as error:
                left_out.append(LeftOut(what=path, why=str(error)))
                continue
            for pattern in _includes(texts[path]):
                stands_for[pattern] = self._files(pattern)
                waiting += [(each, depth + 1) for each in stands_for[pattern]]
        return Gathered(texts=texts, stands_for=stands_for, left_out=tuple(left_out))

    def _files(self, pattern: str) -> tuple[str, ...]:
        """Return the files a pattern means, in the order OpenSSH reads them."""
        home = self._places.home
        path = os.path.join(home, pattern[2:]) if pattern.startswith("~/") else pattern  # noqa: PTH118 - a pattern
        if not os.path.isabs(path):  # noqa: PTH117 - a pattern
            path = os.path.join(home, ".ssh", path)  # noqa: PTH118 - a pattern
        return tuple(sorted(glob.glob(path))[:_MOST_FILES])  # noqa: PTH207 - a pattern with a root


def _includes(text: str) -> tuple[str, ...]:
    return tuple(pattern for _, keyword, words in directives(text) if keyword == "include" for pattern in words)


PLUGIN = DiscovererPlugin(name="ssh-config", build=SshConfig)
