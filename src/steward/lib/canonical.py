"""Canonical bytes and digests of JSON values (RFC 8785, JSON Canonicalization Scheme)."""

from __future__ import annotations

import hashlib

import rfc8785

from steward.lib.codec import Json


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a JSON value: the same value always gives the same bytes."""
    return rfc8785.dumps(value)  # pyright: ignore[reportArgumentType]


def digest(value: Json, *, domain: str) -> str:
    """Return the SHA-256 (hex) of a JSON value, separated by `domain` from digests of other meaning."""
    return hashlib.sha256(domain.encode() + b"\0" + canonical(value)).hexdigest()


def content_hash(data: bytes) -> str:
    """Return the SHA-256 (hex) of raw bytes."""
    return hashlib.sha256(data).hexdigest()
