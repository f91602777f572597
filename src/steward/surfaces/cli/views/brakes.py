"""Brakes: which one is on, since when, by whom, and how it is lifted."""

from __future__ import annotations

from steward.surfaces.cli.style import Style, toned
from steward.surfaces.cli.views.shape import Object, following, lines, part, text

_MEANS = {
    "pause": "Steward starts nothing by itself; people still can",
    "freeze": "nothing that changes anything runs; reading goes on",
    "stop": "running steps end and nothing new starts",
}


def state(result: Object, style: Style) -> str:
    """Write the brake that is on now."""
    brake = part(result, "brake") or result
    return lines(brake_line(brake, style) or "No brake is on.", following(result))


def brake_line(brake: Object, style: Style) -> str:
    """Write a brake in one or two lines, or nothing when none is on."""
    name = text(brake, "brake")
    if not name or name == "none":
        return ""
    told = [
        f"since {style.ago(text(brake, 'since'))}" if text(brake, "since") else "",
        f"by {text(brake, 'by')}" if text(brake, "by") else "",
        f"until {style.clock(text(brake, 'until'))}" if text(brake, "until") else "",
    ]
    head = " ".join([f"{name} is on", *(each for each in told if each)])
    reason = f": {text(brake, 'reason')}" if text(brake, "reason") else ""
    means = _MEANS.get(name, "")
    return lines(
        style.cell(toned(head.capitalize()[:1] + head[1:] + reason, "paused")),
        style.prose(f"{means}. Lift it: steward resume" if means else "Lift it: steward resume", indent=2),
    )
