"""What a plug-in file exports as `PLUGIN`; built-ins and third parties come through the same door."""

from __future__ import annotations

from typing import Any

from steward.model.check import Check
from steward.model.fact import Fact
from steward.model.fix import Fix
from steward.model.operation import Operation
from steward.model.relation import Relation

KnowHow = Fact[Any] | Check | Fix | Operation[Any] | Relation
"""A file under `knowhow/` exports one of these; the entry point group `steward.plugins` does the same."""
