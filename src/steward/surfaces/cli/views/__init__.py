"""Views: pure functions from a result to text, one file for each family of commands.

A result goes to the view of its command, else to the view of its shape, else to the default one, so that a new
command of the catalogue is readable without any code here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.views import (
    approvals,
    audit,
    brakes,
    changed,
    changes,
    default,
    discovery,
    docs,
    files,
    goals,
    history,
    holds,
    machines,
    plans,
    policy,
    runs,
    services,
    status,
    triggers,
    why,
    workflow_import,
    workflows,
)
from steward.surfaces.cli.views.receipts import receipt
from steward.surfaces.cli.views.shape import Object

View: TypeAlias = Callable[[Object, Style], str]

_BY_COMMAND: Mapping[str, View] = {
    "status": status.status,
    "why": why.why,
    "approvals.ls": approvals.listing,
    "waiting": approvals.waiting,
    "approvals.approve": approvals.decided,
    "approvals.reject": approvals.decided,
    "apply": approvals.decided,
    "runs.ls": runs.listing,
    "runs.logs": runs.ended,
    "runs.cancel": runs.ended,
    "runs.settle": runs.ended,
    "runs.progress": runs.progress,
    "holds.ls": holds.listing,
    "holds.answer": holds.line,
    "holds.done": holds.line,
    "holds.refuse": holds.line,
    "holds.picture": holds.picture,
    "runs.story": discovery.as_it_is,
    "machines.ls": machines.listing,
    "machines.discover": discovery.discovery,
    "machines.export": discovery.as_it_is,
    "machines.join": discovery.as_it_is,
    "machines.remove": default.sentence,
    "machines.rights": machines.rights,
    "owner.password": default.sentence,
    "secrets.set": default.sentence,
    "secrets.remove": default.sentence,
    "policy.explain": policy.explanation,
    "audit.verify": audit.verification,
    "changes.ls": changes.listing,
    "changed": changed.listing,
    "history": history.listing,
    "docs.build": docs.built,
    "docs.check": docs.built,
    "docs.ls": docs.listing,
    "docs.show": docs.page,
    "docs.search": docs.hits,
    "services.ls": services.listing,
    "services.show": services.page,
    "services.place": services.places,
    "graph": services.drawing,
    "breaks": services.breaking,
    "files.ls": files.listing,
    "files.diff": files.difference,
    "files.drop": default.sentence,
    "workflow.import": workflow_import.imported,
    "workflow.ls": workflows.listing,
    "workflow.show": workflows.page,
    "workflow.check": workflows.checked,
    "workflow.save": default.sentence,
    "trigger.ls": triggers.listing,
    "trigger.show": triggers.page,
    "trigger.history": triggers.history,
    "trigger.check": triggers.check,
    "trigger.add": default.sentence,
    "trigger.new": discovery.as_it_is,
    "trigger.schedule": default.sentence,
    "trigger.address": triggers.address,
    "trigger.renew": triggers.address,
    "schedule.address": triggers.address,
    "schedule.renew": triggers.address,
    "trigger.rm": default.sentence,
    "trigger.pause": default.sentence,
    "trigger.resume": default.sentence,
    "trigger.fire": default.sentence,
    "schedule.ls": triggers.listing,
    "schedule.next": triggers.upcoming,
    "schedule.week": triggers.week,
    "schedule.ics": discovery.as_it_is,
    "goal.ls": goals.listing,
    "goal.check": goals.listing,
    "goal.show": goals.page,
    "goal.run": goals.report,
    "pause": brakes.state,
    "freeze": brakes.state,
    "stop": brakes.state,
    "resume": brakes.state,
}

_BY_SHAPE: tuple[tuple[frozenset[str], View], ...] = (
    (frozenset({"plan", "shown"}), plans.card),
    (frozenset({"run", "plan", "steps"}), receipt),
    (frozenset({"verdict", "reasons"}), policy.explanation),
    (frozenset({"machine", "presented_key"}), machines.card),
    (frozenset({"preview"}), plans.preview),
)

_EVENTS: Mapping[str, View] = {"runs.logs": runs.log_line, "runs.wait": runs.log_line}


def view(name: str, result: Any, style: Style) -> str:
    """Write a result."""
    if not isinstance(result, dict):
        return default.default(result, style)
    known = cast("Object", result)
    by_shape = next((each for keys, each in _BY_SHAPE if keys <= known.keys()), default.default)
    chosen = by_shape if "preview" in known else _BY_COMMAND.get(name, by_shape)
    return chosen(known, style)


def event_view(name: str, event: Object, style: Style) -> str:
    """Write one event of a stream; a stream nobody has a view for is JSON lines."""
    chosen = _EVENTS.get(name)
    return chosen(event, style) if chosen else json.dumps(event, separators=(",", ":"))
