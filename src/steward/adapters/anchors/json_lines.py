"""Checkpoints as lines of a file outside the data directory; it may be made append-only with `chattr +a`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from steward.lib.codec import decode, encode
from steward.model.audit import Checkpoint
from steward.model.errors import TryLater


class JsonLinesAnchor:
    """Implements `ports.anchor.Anchor`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, checkpoint: Checkpoint) -> None:
        """Add a line, on disk when this returns.

        It begins with a line break of its own: a line that a power cut tore then spoils nothing but itself.
        """
        line = "\n" + json.dumps(encode(checkpoint), separators=(",", ":"))
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "wb") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._later("written", error) from error

    def read(self) -> tuple[Checkpoint, ...]:
        """Return every whole line; torn ones were never promised to anybody."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._later("read", error) from error
        return tuple(checkpoint for line in text.split("\n") if (checkpoint := _checkpoint(line)))

    def _later(self, what: str, error: OSError) -> TryLater:
        next_step = "mend the disk or the rights of the folder; Steward goes on by itself"
        return TryLater(
            f"the audit's anchor cannot be {what}", where=str(self._path), why=str(error), next_step=next_step
        )


def _checkpoint(line: str) -> Checkpoint | None:
    try:
        return decode(Checkpoint, json.loads(line))
    except ValueError:
        return None


PLUGIN = JsonLinesAnchor
