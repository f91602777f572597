"""An inventory of Ansible: a file or folder, with the variables of hosts and groups beside it. Nothing is executed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from steward.lib.io.bounded import Unfit, bounded_text
from steward.model.discovery import Gathered, LeftOut
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places

_USUAL = "/etc/ansible/hosts"
_MOST_BYTES = 2 << 20
_MOST_FILES = 2_000
_VARIABLES = ("group_vars", "host_vars")
_NO_INVENTORY = (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".orig", ".cfg", ".retry", ".py", ".sh")


class Ansible:
    """Implements `ports.discoverer.Discoverer`."""

    def __init__(self, places: Places) -> None:
        del places

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return the inventory that was named, or the one of this box."""
        return await asyncio.to_thread(_gathered, Path(inquiry.target or _USUAL))


def _gathered(target: Path) -> Gathered:
    root = target if target.is_dir() else target.parent
    texts: dict[str, str] = {}
    left_out: list[LeftOut] = []
    for path in _files(target, root):
        if len(texts) >= _MOST_FILES:
            left_out.append(LeftOut(what=str(root), why=f"more than {_MOST_FILES} files"))
            break
        name = path.relative_to(root).as_posix()
        try:
            text = bounded_text(path, _MOST_BYTES)
        except Unfit as error:
            left_out.append(LeftOut(what=str(path), why=str(error)))
            continue
        if text.startswith("#!"):
            left_out.append(LeftOut(what=str(path), why="a program that would write the inventory; it is not run"))
        else:
            texts[name] = text
    return Gathered(texts=texts, left_out=tuple(left_out))


def _files(target: Path, root: Path) -> Iterator[Path]:
    """Yield the inventory itself, then variables; links to folders are not followed."""
    if target.is_dir():
        yield from sorted(each for each in target.iterdir() if each.is_file() and _can_be(each.name))
    else:
        yield target
    for name in _VARIABLES:
        for folder, folders, files in os.walk(root / name):
            folders.sort()
            yield from (Path(folder) / file for file in sorted(files))


def _can_be(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(_NO_INVENTORY)


PLUGIN = DiscovererPlugin(name="ansible", build=Ansible)
