"""A use of each operation on keeping failures, and the facts for it."""

from typing import Any

from steward.knowhow.facts.unit_failures import Keeping, UnitFailures

SEEN: dict[str, Any] = {"unit_failures": UnitFailures(systemd=252, keeping=Keeping.OTHER, failures=())}
USES: list[tuple[str, dict[str, Any]]] = [("unit.watch_failure", {}), ("unit.unwatch_failure", {})]
