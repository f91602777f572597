"""The grounds of a decision: what the finding showed, its numbers over time, what the plan can reach."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from steward.core.routes import Caller
from steward.lib.text import moment_of
from steward.model.errors import NotFound, StewardError
from steward.model.risk import Risk
from steward.model.taint import Taint
from steward.surfaces.web.site import Data, Site

_SINCE = "7d"
_MOST_CHARTS = 2
_MILD = frozenset({Risk.READ.value, Risk.REVERSIBLE.value})
_TONES = {"up": "ok", "down": "down"}


async def grounds_of(site: Site, caller: Caller, plan: Data, code: str) -> Data:
    """Return what helps to decide on a plan that waits; a finding that is over is None."""
    explained = await _explained(site, caller, plan["finding"]) if plan["finding"] else None
    return {
        "weighing": await site.ask(caller, "approvals.weigh", code=code),
        "explained": explained,
        "numbers": await _numbers(site, caller, explained["finding"]) if explained else [],
        "held": "",
    }


async def _explained(site: Site, caller: Caller, finding: str) -> Data | None:
    try:
        return (await site.ask(caller, "why", target=finding))["explained"][0]
    except NotFound:
        return None


async def _numbers(site: Site, caller: Caller, finding: Data) -> list[Data]:
    """Return the first numbers that are kept of what a finding is about, where it rests on a number at all."""
    rests = any(
        isinstance(each["value"], (int, float)) and not isinstance(each["value"], bool) for each in finding["evidence"]
    )
    return (await _series(site, caller, finding))["series"][:_MOST_CHARTS] if rests else []


async def _series(site: Site, caller: Caller, finding: Data) -> Data:
    name = finding["resource"]["name"]
    try:
        kept = await site.ask(caller, "history", machine=finding["machine"], name=name, since=_SINCE)
    except StewardError:
        return {"series": [], "window": {"begin": None, "end": None}}
    own = [each for each in kept["series"] if each["name"].startswith(f"{name} ")]
    return {**kept, "series": own}


async def numbers_of(site: Site, caller: Caller, plan: Data, name: str) -> Data:
    """Return one number over the last week, as the script that draws charts reads it."""
    explained = await _explained(site, caller, plan["finding"]) if plan["finding"] else None
    if explained is None:
        return {"times": [], "series": [], "events": []}
    kept = await _series(site, caller, explained["finding"])
    begin, end = moment_of(kept["window"]["begin"]), moment_of(kept["window"]["end"])
    line = next((each for each in kept["series"] if each["name"] == name), None)
    if line is None or begin is None or end is None:
        return {"times": [], "series": [], "events": []}
    step = (end - begin) / len(line["trend"])
    times = [round((begin + step * (number + 0.5)).timestamp()) for number in range(len(line["trend"]))]
    seen = moment_of(explained["finding"]["since"])
    events = [{"at": seen.timestamp(), "says": explained["finding"]["title"]}] if seen and seen > begin else []
    unit = f"{line['unit']}/s" if line["is_rate"] else line["unit"]
    series = [{"name": line["name"], "unit": unit, "values": line["trend"]}]
    return {"times": times, "series": series, "events": events}


def drawing_of(weighing: Data) -> Data:
    """Return what a plan can reach, as the script that draws it reads it."""
    nodes: list[dict[str, Any]] = [
        {
            "id": each["id"],
            "name": each["name"],
            "kind": each["kind"],
            "tone": _TONES.get(each["state"], "unknown"),
            "state": each["state"],
            "machine": each["machine"],
            "address": "",
            "is_touched": each["is_touched"],
        }
        for each in weighing["reached"]
    ]
    edges = [{name: each[name] for name in ("of", "on", "tie", "is_spare")} for each in weighing["edges"]]
    return {"nodes": nodes, "edges": edges}


def grantable(plan: Data) -> list[Data]:
    """Return where a grant of each kind of step would be tried out; nothing where none could ever cover the plan."""
    if plan["risk"] not in _MILD or plan["taint"] == Taint.OUTSIDE.value or plan["undoes"]:
        return []
    names = {target["machine"]: target["name"] for target in plan["targets"]}
    machines: dict[str, list[str]] = {}
    for step in plan["steps"]:
        machines.setdefault(step["command"]["name"], []).append(names[step["machine"]])
    return [
        {"command": command, "query": urlencode({"command": command, "machine": sorted(set(on))}, doseq=True)}
        for command, on in machines.items()
    ]
