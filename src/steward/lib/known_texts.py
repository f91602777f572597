"""Remember which texts were looked at and are well, by their hash: machines and plans say the same again and again."""

from __future__ import annotations

from hashlib import blake2b

_MOST = 16_384
_BYTES = 16


class KnownTexts:
    """Some ten thousand texts, those met last; nothing of a text is kept but its hash. Any thread may use it.

    Two generations: what is met moves to the young one, and when that is full the old one is forgotten whole.
    """

    def __init__(self, most: int = _MOST) -> None:
        """Remember at least so many, and at most twice as many."""
        self._most = most
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()

    def __contains__(self, text: str) -> bool:
        """Tell whether a text was added and not forgotten since."""
        key = _key(text)
        if key in self._young:
            return True
        is_known = key in self._old
        if is_known:
            self._add(key)
        return is_known

    def add(self, text: str) -> None:
        """Remember a text."""
        self._add(_key(text))

    def _add(self, key: bytes) -> None:
        """Add to the young; two threads that begin a new generation at once forget a little more, and nothing wrong."""
        if len(self._young) >= self._most:
            self._old, self._young = self._young, set()
        self._young.add(key)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
