"""Which numbers of a machine belong in one chart, and these numbers as the script draws them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steward.lib.text import moment_of
from steward.surfaces.web.site import Data

HOURS = (24, 168, 720)
"""How far back a chart may go."""
POINTS = 240
"""Into how many averages that time is cut."""
_MOST_LINES = 8
_MOST_EVENTS = 40


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Numbers that are drawn together."""

    name: str
    """Its words are `chart.<name>`."""
    facts: tuple[str, ...]
    """Facts they come from."""
    endings: tuple[str, ...]
    """How their names end."""


CHARTS = (
    Chart(name="processor", facts=("load",), endings=("busy_seconds", "cpu_waiting_percent", "io_stalled_percent")),
    Chart(name="memory", facts=("memory",), endings=("used_percent", "waiting_percent")),
    Chart(name="disk", facts=("filesystems",), endings=("used_bytes",)),
    Chart(name="network", facts=("traffic",), endings=("received_bytes", "sent_bytes")),
    Chart(name="temperature", facts=("sensors", "disk_health"), endings=("celsius", "temperature_celsius")),
    Chart(name="power", facts=("supplies",), endings=("charge_percent", "load_percent")),
)
"""Charts of a machine, in the order of its page."""


def chart_named(name: str) -> Chart | None:
    """Return the chart of this name, or None."""
    return next((chart for chart in CHARTS if chart.name == name), None)


def lines_of(chart: Chart, series: Iterable[Data]) -> list[Data]:
    """Return the series that belong to a chart, each with its unit as the script reads it."""
    chosen = [
        each
        for each in series
        if each["fact"] in chart.facts and each["name"].rpartition(" ")[2].endswith(chart.endings)
    ]
    return [{**each, "label": label_of(each["name"]), "unit_says": unit_of(each)} for each in chosen[:_MOST_LINES]]


def drawn(window: Data, lines: Sequence[Data], events: Iterable[Data]) -> Data:
    """Return what the script draws: times in seconds, series, and what happened meanwhile."""
    begin, end = _seconds(window["begin"]), _seconds(window["end"])
    count = len(lines[0]["trend"]) if lines else 0
    slot = (end - begin) / max(1, count)
    return {
        "times": [round(begin + (at + 0.5) * slot) for at in range(count)],
        "series": [{"name": each["label"], "unit": each["unit_says"], "values": each["trend"]} for each in lines],
        "events": [each for each in events if begin <= each["at"] <= end][:_MOST_EVENTS],
    }


def event_of(changed: Data) -> Data:
    """Return a change as a mark on a chart; its words are from outside and only ever shown as text."""
    one = changed["difference"]
    return {"at": round(_seconds(one["at"])), "says": f"{one['subject']}: {one['before']} → {one['after']}"[:200]}


def unit_of(line: Data) -> str:
    """Return the unit of a series; of a rate, in a second."""
    return f"{line['unit']}/s" if line["is_rate"] else str(line["unit"])


def label_of(name: str) -> str:
    """Return the name of a number as people read it: `/ used_bytes` is about `/`, `cpu_waiting_percent` waits."""
    front, _, ending = name.rpartition(" ")
    for unit in ("_bytes", "_percent", "_celsius", "_seconds", "celsius"):
        ending = ending.removesuffix(unit)
    return f"{front} {ending.replace('_', ' ')}".strip()


def _seconds(moment: str) -> float:
    then = moment_of(moment)
    return then.timestamp() if then else 0.0
