"""What the checks of how containers are set up share: which they look at, and how they are grouped."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.findings import Case, case
from steward.model.fact import Snapshot
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_MOST_NAMES = 20
_MOST_IN_TITLE = 3


def all_settings(snapshot: Snapshot) -> dict[str, ContainerSettings]:
    """Return the settings by the name of the container; none where they were not read."""
    settings = snapshot.of(SETTINGS)
    return {} if settings is None else settings.containers


def with_state(snapshot: Snapshot) -> dict[str, tuple[ContainerSettings, Container]]:
    """Return the settings with how the container stands; one made anew since they were read is left out."""
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        return {}
    both = {name: (one, containers.containers.get(name)) for name, one in all_settings(snapshot).items()}
    return {name: (one, state) for name, (one, state) in both.items() if state is not None and state.id == one.id}


def running(snapshot: Snapshot) -> dict[str, ContainerSettings]:
    """Return the settings of the containers that run."""
    return {name: one for name, (one, state) in with_state(snapshot).items() if state.state == "running"}


def setup_case(check: str, snapshot: Snapshot, name: str, one: ContainerSettings) -> Case:
    """Open a case about how a container is set up."""
    return case(check, snapshot, ResourceKind.CONTAINER, name, one.engine, fact=SETTINGS.name)


def engine_case(check: str, snapshot: Snapshot, engine: str) -> Case:
    """Open a case about many containers of one engine, so that they are one finding and not many."""
    return case(check, snapshot, ResourceKind.SERVICE, engine, engine, fact=SETTINGS.name)


def by_engine(chosen: Iterable[tuple[str, ContainerSettings]]) -> dict[str, list[str]]:
    """Return the names of some containers by their engine, in order."""
    names: dict[str, list[str]] = {}
    for name, one in sorted(chosen):
        names.setdefault(one.engine, []).append(name)
    return names


def some_of(names: list[str]) -> str:
    """Write the first names, and how many more there are."""
    more = len(names) - _MOST_IN_TITLE
    return ", ".join(names[:_MOST_IN_TITLE]) + (f" and {more} more" if more > 0 else "")


def named(this: Case, names: list[str]) -> tuple[Observation, ...]:
    """Return how many containers it is about, and the first of them."""
    return (this.seen("count", len(names)), *(this.seen("container", name) for name in names[:_MOST_NAMES]))
