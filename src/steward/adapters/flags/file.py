"""The stop flag as a file."""

from __future__ import annotations

import json
from pathlib import Path


class FileFlag:
    """Implements `ports.flag.StopFlag`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_set(self) -> bool:
        """Tell whether the file is there; any doubt counts as yes."""
        try:
            self._path.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def set(self, *, by: str, reason: str) -> None:
        """Create the file first, which needs no free block, then write who and why."""
        self._path.touch(mode=0o600, exist_ok=True)
        try:
            self._path.write_text(json.dumps({"by": by, "reason": reason}) + "\n")
        except OSError:  # a full disk: the empty file is the flag, the words are a courtesy
            return

    def clear(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


PLUGIN = FileFlag
