from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from steward.adapters.signers.ed25519_file import PLUGIN
from steward.model.errors import NeedsPerson


def test_a_key_is_made_on_first_use_for_its_user_alone_and_kept(tmp_path: Path):
    path = tmp_path / "deep" / "key"
    old = os.umask(0)
    try:
        first = PLUGIN(path).public_key()
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]
    assert PLUGIN(path).public_key() == first
    assert first.startswith("ed25519:")


def test_only_this_keys_signature_of_this_very_message_counts(tmp_path: Path):
    ours, theirs = PLUGIN(tmp_path / "a"), PLUGIN(tmp_path / "b")
    signature = ours.sign(b"message")
    assert ours.is_signed(b"message", signature)
    assert not ours.is_signed(b"massage", signature)
    assert not theirs.is_signed(b"message", signature)
    assert not any(ours.is_signed(b"message", bad) for bad in ("", "!", "AAAA", signature[:-4], "ünicode"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_others_can_read_is_not_used(tmp_path: Path, mode: int):
    signer = PLUGIN(tmp_path / "key")
    signer.public_key()
    (tmp_path / "key").chmod(mode)
    with pytest.raises(NeedsPerson, match=r"others can read.*chmod 600"):
        signer.sign(b"x")


def test_what_is_no_ed25519_key_is_not_used_and_not_overwritten(tmp_path: Path):
    other = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"hello", other):
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(NeedsPerson, match="cannot be read"):
            PLUGIN(path).sign(b"x")
        assert path.read_bytes() == content


def test_of_many_that_make_a_key_at_once_all_use_the_same(tmp_path: Path):
    start, seen = threading.Barrier(8), []

    def use():
        start.wait()
        seen.append(PLUGIN(tmp_path / "key").public_key())

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]
