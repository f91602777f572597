"""Questions about containers that more than one operation asks."""

from __future__ import annotations

from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.model.fact import Snapshot
from steward.model.probe import Probe


def stands(snapshot: Snapshot, name: str, state: str) -> Probe:
    """Return the proof that a container comes into a state and stays in it."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"container {name} is {state}",
        fact=CONTAINERS.name,
        path=("containers", name, "state"),
        expected=state,
        within_seconds=20,
        hold_seconds=5,
    )


def runs_image(snapshot: Snapshot, name: str, image_id: str, *, within_seconds: int = 0) -> Probe:
    """Return the proof that a container is made from an image, by its id as the engine writes it."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"container {name} is made from image {image_id.removeprefix('sha256:')[:12]}",
        fact=CONTAINERS.name,
        path=("containers", name, "image_id"),
        expected=image_id,
        within_seconds=within_seconds,
    )


def has_setting(snapshot: Snapshot, name: str, setting: str, value: str | int, says: str) -> Probe:
    """Return the proof that a container is set up so."""
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=SETTINGS.name,
        path=("containers", name, setting),
        expected=value,
    )
