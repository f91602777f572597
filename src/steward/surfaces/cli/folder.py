"""Read the texts of a file or of a whole folder, by their names, to send them along with a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from steward.lib.wire import MAX_LINE_BYTES
from steward.surfaces.cli.failure import usage

MOST_FILES = 500
"""Files of a folder that are sent."""
_MOST_BYTES = MAX_LINE_BYTES // 3
"""Bytes of all of them: as JSON a text may take three times its room."""
_STDIN = "-"
_ENDINGS = (".yaml", ".yml", ".json", ".md")


def texts(path: str) -> dict[str, str]:
    """Return the text of a file, or those of a folder and below; links and hidden folders are left out."""
    root = Path(path).expanduser()
    if path == _STDIN:
        found = {"stdin.yaml": _decoded(sys.stdin.buffer.read(_MOST_BYTES + 1), "standard input")}
    elif root.is_dir():
        names = sorted(_listed(root))
        if not names:
            raise usage(f"{path} holds no texts", why=f"files that end in {', '.join(_ENDINGS)} are read")
        if len(names) > MOST_FILES:
            raise usage(
                f"{path} holds {len(names)} texts",
                why=f"the most is {MOST_FILES}",
                next_step="name one folder less deep",
            )
        found = {str(name.relative_to(root)): _read(name) for name in names}
    else:
        found = {root.name: _read(root)}
    if sum(len(text.encode()) for text in found.values()) > _MOST_BYTES:
        raise usage(f"{path} is too long", why=f"the most is {_MOST_BYTES} bytes")
    return found


def _listed(root: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in files:
            each = Path(folder, name)
            if name.lower().endswith(_ENDINGS) and not each.is_symlink():
                yield each


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise usage(f"{path} cannot be read", why=error.strerror or str(error)) from error
    return _decoded(data, str(path))


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise usage(f"{path} is not text", why=str(error)) from error
