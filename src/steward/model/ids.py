"""Ids: opaque, immutable, typed. People see names, fingerprints hash ids."""

from __future__ import annotations

import hashlib
from typing import NewType

ResourceId = NewType("ResourceId", str)
MachineId = NewType("MachineId", str)
PrincipalId = NewType("PrincipalId", str)
FindingId = NewType("FindingId", str)
PlanId = NewType("PlanId", str)
ApprovalId = NewType("ApprovalId", str)
RunId = NewType("RunId", str)
ChangeId = NewType("ChangeId", str)
GrantId = NewType("GrantId", str)
TokenId = NewType("TokenId", str)
SessionId = NewType("SessionId", str)
PasskeyId = NewType("PasskeyId", str)


def derived(prefix: str, *parts: str) -> str:
    """Return the id that always belongs to these parts: the same thing seen twice has one id."""
    text = "\0".join(parts)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
