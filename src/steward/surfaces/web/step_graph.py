"""Steps and holds as the script that draws graphs reads them: what comes first stands left."""

from __future__ import annotations

from collections.abc import Sequence

from steward.surfaces.web.site import Data
from steward.surfaces.web.texts import Texts
from steward.surfaces.web.words import tone_of

_PICTURES = {"ask": "person", "physical": "person"}
_FOR_PEOPLE = frozenset({"ask", "physical", "wait"})


def hangs_together(steps: Sequence[Data]) -> bool:
    """Tell whether a picture says more than the list: more than two steps, and one that needs another."""
    return len(steps) > 2 and any(step["needs"] for step in steps)


def drawn_steps(steps: Sequence[Data], texts: Texts) -> Data:
    """Return nodes and edges of steps; those of a run have a state, those of a workflow have none yet."""
    known = {step["id"] for step in steps}
    before = _before(steps)
    nodes = [
        {
            "id": step["id"],
            "name": step["id"],
            "kind": _PICTURES.get(step["kind"], step["kind"]),
            "kind_says": step.get("machine") or texts(f"holds.kind.{step['kind']}"),
            "tone": tone_of("step", step["state"]) if "state" in step else "watch",
            "state": _state(step, texts),
            "machine": "",
            "address": "",
            "is_touched": step.get("state") in {"running", "waiting"},
        }
        for step in steps
    ]
    edges = [
        {"of": need, "on": step["id"], "tie": texts("step.then"), "is_spare": False}
        for step in steps
        for need in step["needs"]
        if need in known and not any(need in before[other] for other in step["needs"] if other in known)
    ]
    return {"nodes": nodes, "edges": edges}


def _before(steps: Sequence[Data]) -> dict[str, set[str]]:
    """Return all that comes before each step, so that no arrow is drawn that others say already."""
    needs = {step["id"]: set[str](step["needs"]) for step in steps}
    found: dict[str, set[str]] = {}
    for name, own in needs.items():  # each step stands after what it needs
        found[name] = own.union(*(found.get(need, set()) for need in own))
    return found


def _state(step: Data, texts: Texts) -> str:
    if "state" not in step:
        return step["says"][:24] if step["kind"] == "command" else texts(f"holds.kind.{step['kind']}")
    if step["state"] == "waiting" and step["kind"] in _FOR_PEOPLE:
        return texts(f"holds.waits.{step['kind']}")
    return texts(f"state.step.{step['state']}")
