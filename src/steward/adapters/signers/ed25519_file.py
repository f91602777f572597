"""An Ed25519 key in a file that only its user can read, outside the data directory and outside backups."""

from __future__ import annotations

import base64
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steward.model.errors import NeedsPerson


class Ed25519File:
    """Implements `ports.signer.Signer`. The key is read at each use: an edited or opened-up file is noticed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def public_key(self) -> str:
        """Return `ed25519:` and the key in base64."""
        raw = self._key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return "ed25519:" + base64.b64encode(raw).decode()

    def sign(self, message: bytes) -> str:
        """Return the signature in base64."""
        return base64.b64encode(self._key().sign(message)).decode()

    def is_signed(self, message: bytes, signature: str) -> bool:
        """Tell whether this key signed this message."""
        try:
            self._key().public_key().verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            self._create()
        mode = self._path.stat()
        if mode.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or mode.st_uid != os.geteuid():
            raise NeedsPerson(
                "the audit's key cannot be trusted",
                where=str(self._path),
                why="others can read it or own it",
                next_step="find out who read it, then chmod 600 it or put a new one there",
            )
        try:
            key = serialization.load_pem_private_key(self._path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise self._no_key(str(error)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._no_key("it is a key of another kind")
        return key

    def _no_key(self, why: str) -> NeedsPerson:
        next_step = "put the key back from where you keep a copy, or move the file away to begin with a new key"
        return NeedsPerson("the audit's key cannot be read", where=str(self._path), why=why, next_step=next_step)

    def _create(self) -> None:
        """Make the key, whole or not at all; of two processes that make one at once, the first wins."""
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            self._path.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()


PLUGIN = Ed25519File
