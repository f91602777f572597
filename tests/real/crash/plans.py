"""The plans of the matrix, as workflow files."""

from __future__ import annotations

import json
from typing import Any

from tests.real.crash.machine import script
from tests.real.crash.points import Shape

QUESTION = "go-on"
"""Id of the question in the plan that asks."""
ASKED_AFTER = 2
"""Waves before it."""


def workflow(shape: Shape, case: str, first: str, second: str) -> str:
    """Return the workflow file of a case; JSON is YAML."""
    makers = {Shape.STRAIGHT: _straight, Shape.MACHINES: _machines, Shape.UNDO: _undo, Shape.ASKING: _asking}
    steps = makers[shape](case, first, second)
    title = title_of(shape, case)
    return json.dumps({"kind": "Workflow", "name": case, "title": title, "goal": "the case ends", "steps": steps})


def title_of(shape: Shape, case: str) -> str:
    """Return the title by which the run of a case is found again."""
    return f"Crash {case} {shape.value}"


def _shell(case: str, step: str, machine: str, *needs: str) -> dict[str, Any]:
    given = {"script": script(f"{case}/{step}"), "reason": "a crash case"}
    return {"id": step, "command": "shell.run", "on": machine, "with": given, "needs": list(needs)}


def _straight(case: str, first: str, _second: str) -> list[dict[str, Any]]:
    return [_shell(case, "one", first), _shell(case, "two", first, "one"), _shell(case, "three", first, "two")]


def _machines(case: str, first: str, second: str) -> list[dict[str, Any]]:
    return [_shell(case, "one", first), _shell(case, "two", second), _shell(case, "three", first, "one", "two")]


def _asking(case: str, first: str, second: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    before: tuple[str, ...] = ()
    for wave in range(5):
        if wave == ASKED_AFTER:
            steps.append({"id": QUESTION, "ask": {"text": "Go on?"}, "needs": list(before)})
            before = (QUESTION,)
        names = (f"s{wave}a", f"s{wave}b")
        steps += [_shell(case, name, machine, *before) for name, machine in zip(names, (first, second), strict=True)]
        before = names
    return steps


def _undo(_case: str, first: str, _second: str) -> list[dict[str, Any]]:
    return [
        {"id": "one", "command": "unit.stop", "on": first, "with": {"unit": "crash-a.service"}},
        {"id": "two", "command": "unit.stop", "on": first, "with": {"unit": "crash-b.service"}, "needs": ["one"]},
        {"id": "three", "command": "unit.start", "on": first, "with": {"unit": "crash-c.service"}, "needs": ["two"]},
    ]
