"""Check Steward itself."""

from __future__ import annotations


def doctor(words: list[str]) -> int:
    """Check Steward itself: files, keys, store, daemon, audit."""
    raise NotImplementedError
