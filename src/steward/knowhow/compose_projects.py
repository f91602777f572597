"""What is known of a Compose project from the containers it made: which run, and which should."""

from __future__ import annotations

from dataclasses import dataclass

from steward.knowhow.container_setup import with_state
from steward.knowhow.facts.container_settings import Compose, ContainerSettings
from steward.knowhow.facts.containers import Container
from steward.model.fact import Snapshot

_ASKED_TO_END = frozenset({0, 130, 137, 143})
"""What a container gives that ended by itself or was told to."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """One Compose project on one machine."""

    name: str
    """Its name."""
    compose: Compose
    """What Compose wrote on the first of its containers."""
    running: tuple[str, ...]
    """Its containers that run, by name."""
    off: tuple[str, ...]
    """Its containers that are off, are no jobs that did their work, and that no policy brings back; by name."""
    failed: tuple[str, ...]
    """Those of them that ended by themselves and not well."""
    engine: str
    """Engine it runs on."""


def projects(snapshot: Snapshot) -> dict[str, Project]:
    """Return the projects by name; single runs do not belong to them."""
    members: dict[str, list[tuple[str, ContainerSettings, Container, Compose]]] = {}
    for name, (one, state) in sorted(with_state(snapshot).items()):
        if one.compose is not None and not one.compose.is_one_off:
            members.setdefault(one.compose.project, []).append((name, one, state, one.compose))
    return {project: _project(project, found) for project, found in members.items()}


def _project(project: str, members: list[tuple[str, ContainerSettings, Container, Compose]]) -> Project:
    off = [name for name, one, state, _ in members if _is_down(one, state)]
    failed = [name for name, one, state, _ in members if _is_down(one, state) and _has_failed(state)]
    return Project(
        name=project,
        compose=members[0][3],
        running=tuple(name for name, _, state, _ in members if state.state == "running"),
        off=tuple(off),
        failed=tuple(failed),
        engine=members[0][1].engine,
    )


def _is_down(one: ContainerSettings, state: Container) -> bool:
    """Tell whether a container failed to start, or is off for good without having done its work.

    What is off against its restart policy is told by a check of its own; one that was made and not started may be
    waiting for another.
    """
    if state.state == "created":
        return bool(state.error)
    is_job_done = state.exit_code == 0 and not state.is_out_of_memory
    return state.state == "exited" and one.restart_policy == "no" and not is_job_done


def _has_failed(state: Container) -> bool:
    return state.state == "created" or state.is_out_of_memory or state.exit_code not in _ASKED_TO_END
