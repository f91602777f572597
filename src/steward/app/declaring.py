"""How registered repositories are read: by the readers of `steward import`, as a folder of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steward.adapters.trees.folder import FolderTree, stamp_of
from steward.app.plugins import load_readers
from steward.core.declared import Folders
from steward.engines.services.gather import gather
from steward.model.declared import Declaration


def read_folder(path: str) -> Declaration:
    """Return everything a folder declares, and what in it could not be read.

    Raises:
        InvalidInput: it is no folder, or may not be listed.
    """
    tree = FolderTree(Path(path))
    found = gather(tree, load_readers())
    return replace(found, unreadable=(*found.unreadable, *tree.unreadable))


def stamp_folder(path: str) -> str:
    """Return a text that is another one when a file of a folder changed.

    Raises:
        InvalidInput: it is no folder, or may not be listed.
    """
    return stamp_of(Path(path))


FOLDERS = Folders(read=read_folder, stamp=stamp_folder)
