"""Where checkpoints are kept besides the store, so that whoever rewrites the store cannot rewrite them with it."""

from __future__ import annotations

from typing import Protocol

from steward.model.audit import Checkpoint


class Anchor(Protocol):
    """A place to which checkpoints can only be added."""

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint; it is safe when this returns.

        Raises:
            TryLater: the place cannot be written now.
        """
        ...

    def read(self) -> tuple[Checkpoint, ...]:
        """Return every checkpoint that was kept, in the order of keeping.

        Raises:
            TryLater: the place cannot be read now.
        """
        ...
