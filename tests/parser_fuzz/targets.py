"""Everything that is fuzzed, by name."""

from __future__ import annotations

from tests.parser_fuzz import deliveries, expressions, files, schedules

TARGETS = {
    target.name: target for target in (*files.TARGETS, *expressions.TARGETS, *schedules.TARGETS, *deliveries.TARGETS)
}
