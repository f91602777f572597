"""Amounts of bytes as people write them: `2G`, `512 MB`, `1.5T`."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"(?P<count>[0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(?P<unit>[KMGT])?(?:i?B)?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def bytes_of(text: str) -> int | None:
    """Read an amount, in powers of 1024; None for anything else."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    return round(float(match["count"]) * 1024 ** _POWERS[(match["unit"] or "").upper()])
