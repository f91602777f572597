"""Bind the value that each secret of a plan has now, so that another one makes the plan stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from steward.model.plan import EnvironmentValue, PlannedAction, PlanStep

Version = Callable[[str], str]
"""Tells the version of a secret by its name. Raises NotFound."""


def with_versions(steps: tuple[PlanStep, ...], version: Version) -> tuple[PlanStep, ...]:
    """Return the steps with the version of every secret that their programs are given."""
    return tuple(_step(step, version) if _has_secret(step) else step for step in steps)


def _has_secret(step: PlanStep) -> bool:
    return any(value.secret for action in (step.action, *step.undo.actions) for value in action.environment)


def _step(step: PlanStep, version: Version) -> PlanStep:
    undo = replace(step.undo, actions=tuple(_action(action, version) for action in step.undo.actions))
    return replace(step, action=_action(step.action, version), undo=undo)


def _action(action: PlannedAction, version: Version) -> PlannedAction:
    return replace(action, environment=tuple(_value(value, version) for value in action.environment))


def _value(value: EnvironmentValue, version: Version) -> EnvironmentValue:
    if value.secret is None:
        return value
    return replace(value, secret=replace(value.secret, version=version(value.secret.name)))
