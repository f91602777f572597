"""Machines: the list. Single machines go through the default view."""

from __future__ import annotations

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.views.shape import Object, following, rows, sections
from steward.surfaces.cli.views.status import machines_table


def listing(result: Object, style: Style) -> str:
    """Write the machines as a table."""
    found = machines_table(rows(result, "machines"), style)
    return sections(found or "No machines yet. Add one: steward machines add NAME", following(result))
