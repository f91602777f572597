"""What lies in a folder, links left alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from steward.model.errors import NeedsPerson
from steward.model.file_states import Stamp
from steward.model.watches import FileWatch

MOST_FILES = 5000
"""Files of one folder that are watched; what is known of them is written anew at each change."""
_MOST_DEEP = 32


def listed(watch: FileWatch) -> dict[str, Stamp] | None:
    """Return the files that count by their path inside the folder, or None when there is no such folder.

    Raises:
        NeedsPerson: there are too many, or the folder may not be read.
    """
    found: dict[str, Stamp] = {}
    try:
        if not stat.S_ISDIR(Path(watch.folder).stat().st_mode):
            return None
        for path, stamp in _files(watch, "", 0):
            found[path] = stamp
            if len(found) > MOST_FILES:
                step = "narrow `patterns`, or watch a folder inside"
                raise NeedsPerson(f"more than {MOST_FILES} files count", where=watch.folder, next_step=step)
    except FileNotFoundError:
        return None
    except OSError as error:
        step = "give the user Steward runs as the right to read it"
        raise NeedsPerson("cannot be read", where=watch.folder, why=error.strerror or "", next_step=step) from error
    return found


def _files(watch: FileWatch, inside: str, depth: int) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(Path(watch.folder) / inside) as entries:
        for entry in entries:
            path = f"{inside}{entry.name}"
            if any(_fits(path, each) for each in watch.skip) or not _is_text(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if watch.recursive and depth < _MOST_DEEP:
                    yield from _below(watch, f"{path}/", depth + 1)
            elif any(_fits(path, each) for each in watch.patterns):
                yield from _stamped(entry, path)


def _below(watch: FileWatch, inside: str, depth: int) -> Iterator[tuple[str, Stamp]]:
    try:
        yield from _files(watch, inside, depth)
    except FileNotFoundError:  # it went while it was listed
        return


def _stamped(entry: os.DirEntry[str], path: str) -> Iterator[tuple[str, Stamp]]:
    try:
        seen = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISREG(seen.st_mode):
        yield path, (seen.st_size, seen.st_mtime_ns, seen.st_ino)


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)


def _is_text(name: str) -> bool:
    """Tell whether a name is UTF-8: another could be kept nowhere."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
