"""Everything a front door needs and nothing behind it: a real store, the owner, tokens, people and sessions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from steward.adapters.anchors.json_lines import JsonLinesAnchor
from steward.adapters.signers.ed25519_file import Ed25519File
from steward.core.access import Access
from steward.core.audit import Audit
from steward.core.owner import OWNER as OWNER_ID
from steward.core.owner import Owner
from steward.core.sealed import Seal
from steward.core.storage import Storage
from steward.lib.redact import Redactor
from steward.model.access import Right
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.store.database import Database
from steward.testing.clock import MovedClock

FAST = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
OWNER = Principal(
    id=OWNER_ID,
    kind=PrincipalKind.PERSON,
    name="the owner",
    strength=Strength.STEP_UP,
    channel="web",
    rights=tuple(Right),
)


@dataclass(frozen=True, kw_only=True)
class Hall:
    """Who may come in, and what remembers it."""

    storage: Storage
    clock: MovedClock
    audit: Audit
    redactor: Redactor
    owner: Owner
    access: Access


def built(template: Path, folder: Path) -> Hall:
    """Build one on a copy of an empty store."""
    shutil.copy(template, folder / "hall.sqlite")
    storage, clock, redactor = Storage(Database(f"sqlite:///{folder}/hall.sqlite")), MovedClock(), Redactor()
    audit = Audit(
        database=storage.database,
        clock=clock,
        signer=Ed25519File(folder / "audit-key"),
        anchor=JsonLinesAnchor(folder / "anchor.jsonl"),
        redact=redactor.json,
    )
    owner = Owner(storage=storage, clock=clock)
    access = Access(storage=storage, clock=clock, owner=owner, audit=audit, redactor=redactor, seal=Seal(bytes(32)))
    owner._hasher = access.people._hasher = FAST
    access.people._decoy = FAST.hash("decoy")
    return Hall(storage=storage, clock=clock, audit=audit, redactor=redactor, owner=owner, access=access)


@pytest.fixture
def hall(sqlite_template: Path, tmp_path: Path) -> Iterator[Hall]:
    """One hall."""
    made = built(sqlite_template, tmp_path)
    yield made
    made.storage.close()
