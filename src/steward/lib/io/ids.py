"""New random ids."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY347"


def new_id(prefix: str) -> str:
    """Return `prefix-` and ten random characters (50 bits, Crockford base 32, lower case)."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_code() -> str:
    """Return a four-letter code of 24 characters that people do not confuse."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(4))
