"""The stop flag as a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
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

    def reword(self, change: Callable[[str], str]) -> None:
        """Write the words anew by an atomic rename; where that fails, the old ones are emptied and the flag stays."""
        try:
            words = self._path.read_bytes().decode("utf-8", "replace")
        except OSError:  # no flag, or one that cannot be read: there are no words
            return
        if (changed := change(words)) == words:
            return
        draft = self._path.with_name(f".{self._path.name}.new")
        try:
            draft.write_text(changed)
            draft.chmod(self._path.stat().st_mode & 0o777)
            draft.replace(self._path)
        except OSError:
            os.truncate(self._path, 0)
            draft.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


PLUGIN = FileFlag
