"""Small secrets that the store holds encrypted, with a key that lies outside the data directory and outside backups."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets as entropy

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from steward.model.errors import NeedsPerson

_NONCE_BYTES = 12


class Seal:
    """Encrypts, and tells when what it is to open was sealed with another key or for somebody else."""

    def __init__(self, key: bytes) -> None:
        """Seal with this key of 32 bytes."""
        self._cipher = AESGCM(key)
        self._marking = hmac.digest(key, b"steward-marks-v1", "sha256")

    def close(self, secret: bytes, *, about: str) -> str:
        """Return the secret encrypted; it opens only with the same `about`."""
        nonce = entropy.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret, about.encode())).decode()

    def mark(self, about: str) -> str:
        """Return what nobody without the key can write about something: HMAC-SHA256 (RFC 2104), in hex."""
        return hmac.new(self._marking, about.encode(), "sha256").hexdigest()

    def open(self, sealed: str, *, about: str) -> bytes:
        """Return what was sealed.

        Raises:
            NeedsPerson: the key is another one by now, or the text was changed.
        """
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise NeedsPerson(
                "what was kept of the authenticator app cannot be read",
                why="the key `proofs` in the folder of keys is another one than before",
                next_step="sign in with a recovery code or a passkey, or `steward people reset-proofs NAME`",
            ) from error
