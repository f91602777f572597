"""Who signs the audit's checkpoints."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """One key. It is made on first use and never leaves its place."""

    def public_key(self) -> str:
        """Return the public key as text.

        Raises:
            NeedsPerson: the key is there and must not be used as it is.
        """
        ...

    def sign(self, message: bytes) -> str:
        """Return the signature as text.

        Raises:
            NeedsPerson: as above.
        """
        ...

    def is_signed(self, message: bytes, signature: str) -> bool:
        """Tell whether this very key signed this very message.

        Raises:
            NeedsPerson: as above.
        """
        ...
